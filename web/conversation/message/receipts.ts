/** Owns what receipts make of a message on the screen: the mark on an own message, and the readers whose avatars stand under one. */
import type { Message, Receipts, TimelineEntry } from "parley-sdk";

/** Readers of a message whose avatars are shown; the others are a number. */
const avatarsMax = 6;

export type Mark = "sending" | "failed" | "sent" | "delivered" | "read";

/** The mark of an own message. In a group it is "read" only when all other members have read it. */
export function markOf(entry: TimelineEntry, receipts: Receipts, isGroup: boolean): Mark | null {
  if (entry.kind === "pending") return entry.pending.status === "failed" ? "failed" : "sending";
  if (entry.kind !== "message" || !entry.isOwn) return null;
  const { seq } = entry.message;
  if (seq <= (isGroup ? receipts.readByAll : receipts.readByAny)) return "read";
  return seq <= (isGroup ? receipts.deliveredToAll : receipts.deliveredToAny) ? "delivered" : "sent";
}

/** The readers whose avatars stand under a message of a group. It is the last message that they have read. */
export interface ReadHere {
  /** The ids of some readers; `count` is the number of all. */
  readonly userIds: readonly string[];
  readonly count: number;
}
export const nobody: ReadHere = { userIds: [], count: 0 };

/** The readers of a group, by the last message that they have read. */
export function readersBySeq(receipts: Receipts, ownId: string): ReadonlyMap<number, ReadHere> {
  const readers = new Map<number, { userIds: string[]; count: number }>();
  for (const [userId, { read }] of receipts.byUser) {
    if (userId === ownId || read === 0) continue;
    const here = readers.get(read) ?? { userIds: [], count: 0 };
    here.count++;
    // The list has one id more than is shown, because the sender may be among them and is left out.
    if (here.userIds.length <= avatarsMax) here.userIds.push(userId);
    readers.set(read, here);
  }
  return readers;
}

/** The readers who stand under a message. Its sender has read it and is left out. */
export function readersOf(
  { seq, senderId }: Message,
  readers: ReadonlyMap<number, ReadHere>,
  receipts: Receipts,
): ReadHere {
  const here = readers.get(seq);
  if (here === undefined) return nobody;
  const isSenderHere = receipts.byUser.get(senderId)?.read === seq;
  const userIds = here.userIds.filter((userId) => userId !== senderId).slice(0, avatarsMax);
  return { userIds, count: here.count - (isSenderHere ? 1 : 0) };
}
