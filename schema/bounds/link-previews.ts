/** Owns the bounds of link previews: of what a user may ask, and of what the server brings from other sites for them. */

export const linkPreviewBounds = {
  /** The address of a page. */
  urlCharactersMax: 2_048,
  /** What is read of a page. Its head, which says what the page is, lies within. */
  pageBytesMax: 1_048_576,
  /** A page's picture. It is read whole, because its type comes from its bytes. */
  imageBytesMax: 3_145_728,
  /** Width and height of a page's picture, multiplied: what a small file may unfold to on a reader's device. */
  imagePointsMax: 40_000_000,
  redirectsMax: 4,
  /** How long other sites may take for one call, all redirects together. */
  fetchMs: 6_000,
  titleCodePointsMax: 150,
  siteCodePointsMax: 60,
  descriptionCodePointsMax: 300,
  /** Pages and pictures that one isolate fetches at the same time, for all who ask. */
  fetchesAtOnce: 8,
  /** What one isolate keeps of them in memory: a location's cache may be missing, as on workers.dev, or forget at any time. */
  keptInMemoryMax: 1_000,
  keptInMemoryBytesMax: 8_388_608,
  /** How long a location of the network keeps what it has read. */
  cachedSeconds: 86_400,
  /** How long it remembers that there was nothing. */
  missCachedSeconds: 600,
} as const;
