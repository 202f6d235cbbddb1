/** Owns the caps of search and mentions, as limits.ts does those of everything else. */
/** What a client may meet; `GET /v1/discovery` shows them. */
export const searchLimits = {
  /** A query. Each word of it is looked for in each text. */
  searchQueryCodePointsMax: 256,
  /** Hits of one page. The gateway holds their whole texts until it has found where in them the words stand. */
  searchPageMax: 50,
  searchPageDefault: 20,
  /** Ranges of one hit: a letter may begin 50,000 words of a text. */
  highlightsPerHitMax: 100,
} as const;

export const searchRates = {
  /** Searches of one user in one conversation: each takes some milliseconds of the object's time. */
  searchesPerUser: { perSecond: 5, burst: 100 },
} as const;

/** Bounds of the work of one search, which programs do not meet. */
export const searchHolds = {
  /** Messages, and UTF-16 units of their texts, that one call to a conversation looks at. */
  messagesPerCall: 1_000,
  unitsPerCall: 200_000,
  /** Segments of the archive that one call names the groups of. */
  segmentsPerCall: 2_048,
  /** Bytes of the texts of its hits. The last one may go beyond. */
  bytesPerCall: 524_288,
  /** Conversations that a search over all of them asks together, in order of their last activity; and how many one page asks at most. */
  conversationsPerBlock: 200,
  conversationsPerPage: 1_000,
  /** How many of them are asked at once. */
  callsAtOnce: 32,
  /** Further calls and reads of the archive for one page: in all, and at once. */
  stepsPerPage: 48,
  stepsAtOnce: 6,
  /** After so long a page ends wherever the search is, and its cursor leads on. */
  pageMs: 4_000,
  /** After so long also what the page cannot go on without is named as missing, so that every page ends, and the next one begins further back. */
  pageLastMs: 7_000,
} as const;

/** What a user's object keeps of mentions. */
export const inboxHolds = {
  /** Places of messages that mention the user, the newest ones. Each is a row, and others make them. */
  mentionsMax: 10_000,
  /** Messages that a user has starred. Each is a row. */
  starsMax: 1_000,
  /** Stretches of messages that a user has hidden in one conversation: they are one row, which is read and written whole. */
  hiddenStretchesMax: 1_000,
  /** Messages that one call hides. */
  hiddenAtOnceMax: 1_000,
} as const;

/** Bounds of the index of the archive, which programs do not meet. */
export const indexHolds = {
  /** Segments of one group, whose tokens are in one index. The number is part of the stored format. */
  slotsMax: 64,
  /** An index of so many bytes, unpacked, takes no further segment. It is rewritten with each segment, and a search reads it whole from R2. */
  bytes: 2_097_152,
  /** A page of an index unpacks to no more than this. More means that it is damaged. */
  unpackedBytesMax: 33_554_432,
  /** Bytes of indexes that one isolate keeps: as they are stored, those of a million messages in all languages take 15 MiB. A search unpacks a page of each. */
  keptBytesMax: 41_943_040,
} as const;
