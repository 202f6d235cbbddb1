/** Owns what receipts make of a message on the screen: the mark on an own message, and under which one it is told who has read it. */
import type { Message, Receipts, TimelineEntry } from "parley-sdk";

export type Mark = "sending" | "failed" | "sent" | "delivered" | "read";

/** The mark of an own message. In a group it is "read" only when all other members have read it. */
export function markOf(entry: TimelineEntry, receipts: Receipts, isGroup: boolean): Mark | null {
  if (entry.kind === "pending") return entry.pending.status === "failed" ? "failed" : "sending";
  if (entry.kind !== "message" || !entry.isOwn) return null;
  const { seq } = entry.message;
  if (seq <= (isGroup ? receipts.readByAll : receipts.readByAny)) return "read";
  return seq <= (isGroup ? receipts.deliveredToAll : receipts.deliveredToAny) ? "delivered" : "sent";
}

/** How far the newest message may lie back that somebody has read. */
const lookedThroughMax = 500;

/**
 * The newest message of a group that somebody has read other than its sender and the user; null if there is none. Below it stands who has, for
 * all of them have read what is above, too.
 */
export function seenSeqOf(entries: readonly TimelineEntry[], receipts: Receipts, ownId: string): number | null {
  let [first, second]: readonly { userId: string; read: number }[] = [];
  for (const [userId, { read }] of receipts.byUser) {
    if (userId === ownId || read === 0) continue;
    if (first === undefined || read > first.read) [first, second] = [{ userId, read }, first];
    else if (second === undefined || read > second.read) second = { userId, read };
  }
  if (first === undefined) return null;
  for (let at = entries.length - 1; at >= Math.max(0, entries.length - lookedThroughMax); at--) {
    const entry = entries[at];
    if (entry?.kind !== "message") continue;
    const { seq, senderId } = entry.message;
    const furthest = first.userId === senderId ? second : first;
    if (furthest !== undefined && furthest.read >= seq) return seq;
  }
  return null;
}

/** Everybody who has read a message, but for its sender and the user. */
export function readersOf({ seq, senderId }: Message, receipts: Receipts, ownId: string): readonly string[] {
  const readers: string[] = [];
  for (const [userId, { read }] of receipts.byUser)
    if (read >= seq && userId !== senderId && userId !== ownId) readers.push(userId);
  return readers;
}
