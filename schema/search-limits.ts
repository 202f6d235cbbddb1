/** Owns the caps of search and mentions, as limits.ts does those of everything else. */

/** Bounds of the index of the archive, which programs do not meet. */
export const indexHolds = {
  /** Segments of one group, whose tokens are in one index. The number is part of the stored format. */
  slotsMax: 64,
  /** An index of so many bytes takes no further segment. It is rewritten with each segment, and a search reads it whole. */
  bytes: 2_097_152,
} as const;
