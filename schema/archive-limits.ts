/** Owns the caps of the archive; each name ends in its unit, each says what it defends. Programs do not meet them. */

/** The archive of a conversation: how much is in R2, and how much stays in the object. */
export const archive = {
  /** Messages that the object holds before it seals the oldest. Sealing copies the rows that stay, so it is done seldom. */
  highWaterMessages: 11_264,
  /** The newest messages stay in the object: people read them most, and they are more than a live socket ever receives to catch up. */
  lowWaterMessages: 1_024,
  /** Messages of one segment, and the bytes of their texts and of what is said of their attachments. A page costs at most a segment or two. */
  segmentMessagesMax: 1_024,
  segmentBytesMax: 1_048_576,
  /** Segments that are written before their messages leave the object, which bounds that transaction. */
  segmentsPerBatchMax: 16,
  /** How often, and how long each time, a batch waits for inboxes that are a little behind. */
  heldBackTimesMax: 3,
  heldBackMs: 2_000,
  /** By how many bytes the store grows before it seals although it has fewer messages, because they are long. */
  highWaterBytes: 33_554_432,
  /** Changed messages of one segment before it is written anew. */
  changedRowsMax: 32,
  /** Rows that changed within the newest so many revs stay. A live socket may have to catch up with them; it never receives more. */
  recentRevs: 500,
  /** When the hint to the queue is sent again while there is work: first, and at the latest. What kept the work from going on may have ended just after a hint, and no other hint follows. */
  hintAgainMs: 60_000,
  hintAgainMaxMs: 300_000,
  /** When an object in R2 that never became a segment is deleted. By then no earlier call can still put it. */
  putMs: 3_600_000,
  /** Pieces of work that one hint leads to, so that one conversation does not occupy a consumer. */
  worksPerHintMax: 64,
  /** Objects deleted in one call. */
  deletedPerCallMax: 100,
  /** How long an answer of the object holds while the gateway reads segments. After that the gateway asks again. */
  answerMs: 1_000,
  /** Segments that one call reads at the same time: an isolate has 128 MiB for all calls. */
  segmentsReadAtOnce: 4,
  /** Segments that one isolate keeps unpacked, and the bytes of their texts. */
  unpackedSegmentsMax: 64,
  unpackedBytesMax: 16_777_216,
  /** Segments that a conversation's object keeps unpacked, for changes of old messages. */
  unpackedInObjectMax: 2,
  /** A segment unpacks to no more than this. More means that it is damaged. */
  segmentUnpackedBytesMax: 16_777_216,
  /** How long a location's cache keeps a segment. */
  cacheSeconds: 3_600,
} as const;
