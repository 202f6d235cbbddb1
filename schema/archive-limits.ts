/** Owns the caps of the archive; each name ends in its unit, each says what it defends. Programs do not meet them. */

/** The archive of a conversation: what lies in R2, and what stays in the object. */
export const archive = {
  /** Messages that the object holds before it seals the oldest. Sealing copies those that stay, so it is done seldom. */
  highWaterMessages: 11_264,
  /** The newest messages stay in the object: what people read most, and more than a live socket is ever sent to catch up. */
  lowWaterMessages: 1_024,
  /** Messages of one segment, and the bytes of their texts. A page costs at most a segment or two. */
  segmentMessagesMax: 1_024,
  segmentBytesMax: 1_048_576,
  /** Segments that are written before their messages leave the object, which bounds that transaction. */
  segmentsPerBatchMax: 16,
  /** How often, and how long each time, a batch waits for inboxes that are a little behind. */
  heldBackTimesMax: 3,
  heldBackMs: 2_000,
  /** By how much the store grows before it seals with fewer messages, for they are long. */
  highWaterBytes: 33_554_432,
  /** Rows that lie over one segment before it is written anew. */
  changedRowsMax: 32,
  /** Rows that changed within so many revs stay, for a live socket may have to catch up with them: as many as it is ever sent. */
  recentRevs: 500,
  /** When the hint to the queue is sent again while something is to be done, first and at the latest. */
  hintAgainMs: 60_000,
  hintAgainMaxMs: 3_600_000,
  /** When an object in R2 that never became a segment is deleted. Nothing that was begun earlier can still put it. */
  putMs: 3_600_000,
  /** Pieces of work that one hint leads to, so that one conversation does not keep a consumer. */
  worksPerHintMax: 64,
  /** Objects deleted in one call. */
  deletedPerCallMax: 100,
  /** How long an answer of the object holds while the gateway reads segments. After that the gateway asks again. */
  answerMs: 1_000,
  /** Segments that one isolate keeps unpacked, and the bytes of their texts. */
  unpackedSegmentsMax: 64,
  unpackedBytesMax: 33_554_432,
  /** Segments that a conversation's object keeps unpacked, for changes of old messages. */
  unpackedInObjectMax: 2,
  /** A segment unpacks to no more than this. More means that it is damaged. */
  segmentUnpackedBytesMax: 16_777_216,
  /** How long a location's cache keeps a segment. */
  cacheSeconds: 3_600,
} as const;
