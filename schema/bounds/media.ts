/** Owns the bounds of addresses of media, and of the list of what a conversation has attached. */

export const mediaBounds = {
  /** An address is good for one to two of these: those that are made within one of them are the same, so that caches know the file. */
  addressRoundedMs: 1_800_000,
  /** The same of an address in an export. */
  exportedAddressRoundedMs: 86_400_000,
  /** Objects that are asked at once for the addresses of one call. */
  objectsAskedAtOnce: 16,
  /** Rows that are looked at for one page of a conversation's attachments. Where fewer are of the kinds asked for, the page is short and there is a cursor. */
  attachmentsScanned: 1_000,
  /** Sent attachments that are looked at for the one of which the scanner has judged the preview. */
  previewsScanned: 10_000,
} as const;
