/** Owns the bounds of uploads and attachments: of what a client may send, and of what objects and R2 hold of it. */

/** What a client may meet; `GET /v1/discovery` shows them, `uploadBytesPerDay` as `UPLOAD_QUOTA_BYTES` sets it. */
export const uploadLimits = {
  /** One file. It is streamed, so this bounds what R2 and the members' devices hold. */
  attachmentBytesMax: 104_857_600,
  /** A picture of a person or group. It is read whole, because metadata is taken out of it. */
  avatarBytesMax: 5_242_880,
  /** The small picture that stands for an attachment. */
  previewBytesMax: 1_048_576,
  /** Each part of an upload but the last. R2 wants parts of one size. */
  partBytes: 8_388_608,
  attachmentsPerMessageMax: 20,
  attachmentNameCodePointsMax: 255,
  /** The media type that a client says. It decides little, for the bytes decide. */
  saidTypeCharactersMax: 255,
  /** What a picture or video shows, in words. Each message carries it with every frame and page. */
  altCodePointsMax: 1_000,
  waveformPeaksMax: 128,
  thumbhashCharactersMax: 40,
  /** Width and height that a client says of a picture or video. */
  mediaSideMax: 65_535,
  /** How long a client may say that a sound or video is: a week. */
  mediaDurationMsMax: 604_800_000,
  /** Attachments for which one call asks addresses. */
  addressesPerCallMax: 100,
  /** Bytes that a user declares in uploads of one day (UTC), over all conversations. */
  uploadBytesPerDay: 2_147_483_648,
} as const;

/** What only the server meets. */
export const uploadBounds = {
  /** An upload that was not completed is gone after this. */
  incompleteMs: 86_400_000,
  /** A completed one that was not sent is gone after this. */
  unsentMs: 604_800_000,
  /** How long one part may be under way: 8 MiB at 5 KB a second. */
  partMs: 1_800_000,
  /** An object in R2 that a gateway was about to put, and has not reported after this, is deleted. */
  unreportedMs: 3_600_000,
  /** How long completing may take before the call is answered that it is not known yet. */
  completeMs: 60_000,
  /** How long one gateway has a completion to itself. If it dies, or is slower, another one does the same. */
  completingMs: 15_000,
  /** How long one call waits for a completion that another call is doing. */
  joinMs: 3_000,
  /** How long the copy of a forwarded file may take. */
  copyMs: 60_000,
  /** Uploads of one member in one conversation, or of one user's own, that are not sent: each is a row. */
  openPerUserMax: 100,
  /** The same of all members of one conversation. */
  openPerConversationMax: 2_000,
  /** Bytes that all members of one conversation declare in a day (UTC). */
  bytesPerConversationDayMax: 21_474_836_480,
  /** Objects that R2 is asked to delete in one call, which the platform bounds. */
  deletedPerCallMax: 500,
  /** How long the operator's scanner may take for a file, which is streamed to it. */
  scanMs: 60_000,
  /** Hashes or attachments in one call of the operator. */
  operatorPageMax: 100,
  /** So much of a stream is read at once: it comes in pieces of a few KiB, and each costs as much as its bytes. */
  readBytes: 1_048_576,
  /** Files of which one gateway keeps the hash of the parts that have arrived, and bytes of all parts that wait for an earlier one. An isolate has 128 MiB. */
  arrivingFilesMax: 100,
  arrivingHeldBytesMax: 33_554_432,
  /** The first bytes, by which the type is known. */
  sniffedBytes: 4_096,
  /** The side, and the points altogether, of a picture of a person or group. A larger one is small as a file and fills the memory of whoever looks at it. */
  avatarSideMax: 8_192,
  avatarPointsMax: 33_554_432,
} as const;

/** What the SDK has under way, and in memory, of the attachments of one account. */
export const uploadHolds = {
  /** Attachments that are uploaded at once, and parts of them that are under way. More would share the same link and fill memory. */
  uploadsAtOnceMax: 3,
  partsAtOnceMax: 4,
  /** Addresses that are remembered. */
  addressesMax: 2_000,
} as const;
