/** Owns the bounds of reports to the operator. */

/** What a client may meet; `GET /v1/discovery` shows them. */
export const reportLimits = {
  reportNoteCodePointsMax: 1_000,
} as const;

/** Bounds that programs do not meet. */
export const reportHolds = {
  /** Messages that are copied into a report: of a message the ones around it, else the newest. */
  messagesMax: 5,
  /** Of each of their texts. A report is one row. */
  textBytesMax: 2_048,
  /** In each database of the directory. Those that were resolved go first, then the oldest. */
  reportsMax: 10_000,
  /** The policy of privacy.md: after this a report is gone, with its copies of messages. */
  keptMs: 7_776_000_000,
  /** The same, once it was resolved. */
  resolvedKeptMs: 2_592_000_000,
  /** Reports of one page of the operator's door, and of one call. */
  pageMax: 50,
} as const;
