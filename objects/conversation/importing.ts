/**
 * Owns how a conversation that is imported is marked: where one that was founded here has the digest of its draft. As long as it is not open it has no members for
 * anybody who asks, and calls no inbox.
 */

/** Its history is being brought. */
export const importing = "importing";
/** Its history is whole, and its members have it. */
export const imported = "imported";

type Marked = { draftDigest: string | null };

export function isImporting({ draftDigest }: Marked): boolean {
  return draftDigest === importing;
}

/** Whether an operator has brought it, open or not. */
export function isOfImport({ draftDigest }: Marked): boolean {
  return draftDigest === importing || draftDigest === imported;
}
