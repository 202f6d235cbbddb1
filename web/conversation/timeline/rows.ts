/** Owns how a timeline becomes rows: days, runs of one sender, the border of the unread, the marks on own messages. */
import type { Receipts, TimelineEntry } from "parley-sdk";
import { dayOf } from "../../ui/time.ts";

/** A longer pause between two messages of one sender begins a new run, which shows its own time. */
const runGapMs = 5 * 60_000;
const keptBackFrom = 5;

/** The day and the border of the unread belong to the row of their message. As rows of their own they would move when older history comes in. */
export interface Row {
  readonly key: string;
  readonly entry: TimelineEntry;
  /** The day that begins here. */
  readonly day: number | null;
  readonly isFirstUnread: boolean;
  readonly isRunStart: boolean;
  readonly isRunEnd: boolean;
}

export type Mark = "sending" | "failed" | "sent" | "delivered" | "read";

export function timeOf(entry: TimelineEntry): number | null {
  switch (entry.kind) {
    case "message":
      return entry.message.sentAt;
    case "notice":
      return entry.notice.at;
    case "pending":
      return entry.pending.createdAt;
    case "hole":
    case "cut":
      return null;
  }
}

/** The sender's id, or "own" for the user's messages, sent or pending. */
function writerOf(entry: TimelineEntry): string | null {
  if (entry.kind === "pending") return "own";
  if (entry.kind !== "message") return null;
  return entry.isOwn ? "own" : entry.message.senderId;
}

function isSameRun(before: TimelineEntry | undefined, after: TimelineEntry | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const writer = writerOf(before);
  if (writer === null || writer !== writerOf(after)) return false;
  const [from, to] = [timeOf(before) ?? 0, timeOf(after) ?? 0];
  return to - from < runGapMs && dayOf(from) === dayOf(to);
}

/**
 * `readBefore` is the read watermark when the first unread message came, null if nothing was unread. The border of the unread is set only if
 * no unread message can be missing above it.
 *
 * As long as there is older history the first entry is kept back. Whether a day or a name stands above it is not known yet, so its height
 * would change while somebody looks at it.
 */
export function rowsOf(
  entries: readonly TimelineEntry[],
  readBefore: number | null,
  hasBefore: boolean,
): readonly Row[] {
  let day: number | null = null;
  let isBorderSet = readBefore === null;
  let isSure = !hasBefore;
  const rows = entries.map((entry, index) => {
    const at = timeOf(entry);
    const entryDay = at === null ? day : dayOf(at);
    const isNewDay = entryDay !== null && entryDay !== day;
    day = entryDay;
    if (entry.kind === "hole") isSure = false;
    if (entry.kind === "message" && entry.message.seq <= (readBefore ?? 0) + 1) isSure = true;
    const isUnread = entry.kind === "message" && !entry.isOwn && entry.message.seq > (readBefore ?? 0);
    const isFirstUnread = !isBorderSet && isSure && isUnread;
    if (isFirstUnread) isBorderSet = true;
    const next = entries[index + 1];
    return {
      key: entry.key,
      entry,
      day: isNewDay ? entryDay : null,
      isFirstUnread,
      isRunStart: isFirstUnread || !isSameRun(entries[index - 1], entry),
      isRunEnd: !isSameRun(entry, next),
    };
  });
  return isFirstKeptBack(entries, hasBefore) && rows[0]?.isFirstUnread === false ? rows.slice(1) : rows;
}

/** Whether the first entry is kept back. With only a few entries it is not, for they are all there is to see. */
export function isFirstKeptBack(entries: readonly TimelineEntry[], hasBefore: boolean): boolean {
  return hasBefore && entries.length > keptBackFrom;
}

/** The mark of an own message. In a group it is "read" only when all other members have read it. */
export function markOf(entry: TimelineEntry, receipts: Receipts, isGroup: boolean): Mark | null {
  if (entry.kind === "pending") return entry.pending.status === "failed" ? "failed" : "sending";
  if (entry.kind !== "message" || !entry.isOwn) return null;
  const { seq } = entry.message;
  if (seq <= (isGroup ? receipts.readByAll : receipts.readByAny)) return "read";
  return seq <= (isGroup ? receipts.deliveredToAll : receipts.deliveredToAny) ? "delivered" : "sent";
}

/** The readers whose faces stand under each message of a group, by seq: it is the last message that they have read. */
export function readersBySeq(receipts: Receipts, ownId: string): ReadonlyMap<number, readonly string[]> {
  const readers = new Map<number, string[]>();
  for (const [userId, { read }] of receipts.byUser) {
    if (userId === ownId || read === 0) continue;
    readers.set(read, [...(readers.get(read) ?? []), userId]);
  }
  return readers;
}

/** The estimated height of a row. The scroll bar hardly moves when the true height is measured. */
export function estimatedPx(row: Row): number {
  const { entry } = row;
  const base = (row.day === null ? 0 : 44) + (row.isFirstUnread ? 36 : 0) + (row.isRunEnd ? 26 : 4);
  if (entry.kind === "notice" || entry.kind === "cut") return base + 28;
  if (entry.kind === "hole") return base + 60;
  const text = entry.kind === "message" ? entry.message.text : entry.pending.text;
  const lines = Math.min(20, Math.ceil(text.length / 48) + (text.match(/\n/g)?.length ?? 0));
  return base + 16 + 20 * lines;
}
