/** Owns how a timeline becomes rows: days, runs of one sender, and the border of the unread. */
import type { TimelineEntry } from "parley-sdk";
import { attachmentsPx } from "../message/attachments/layout.ts";
import { dayOf } from "../../texts/time.ts";

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

function timeOf(entry: TimelineEntry): number | null {
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

/** The day of a row that is not the first of its day; null for a row that says its day itself. */
export function dayAt(rows: readonly Row[], index: number): number | null {
  const row = rows[index];
  const at = row === undefined || row.day !== null ? null : timeOf(row.entry);
  return at === null ? null : dayOf(at);
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

/** Whether the first entry is kept back. With only a few entries it is not, for they are all there is to see. */
export function isFirstKeptBack(entries: readonly TimelineEntry[], hasBefore: boolean): boolean {
  return hasBefore && entries.length > keptBackFrom;
}

/** What is known above an entry: the day, whether the border of the unread is set, and whether no unread message can be missing. */
interface Above {
  readonly day: number | null;
  readonly isBorderSet: boolean;
  readonly isSure: boolean;
}

/**
 * Makes the rows of one timeline. The rows above the first entry that changed are kept, so that a new message costs as much in a long timeline
 * as in a short one.
 */
export class RowMaker {
  #asked: { readonly readBefore: number | null; readonly hasBefore: boolean } | undefined;
  #entries: readonly TimelineEntry[] = [];
  readonly #made: Row[] = [];
  readonly #above: Above[] = [];
  #rows: readonly Row[] = [];

  /**
   * `readBefore` is the read watermark when the first unread message came, null if nothing was unread. The border of the unread is set only if
   * no unread message can be missing above it.
   *
   * As long as there is older history the first entry is kept back. Whether a day or a name stands above it is not known yet, so its height
   * would change while the user looks at it.
   */
  rows(entries: readonly TimelineEntry[], readBefore: number | null, hasBefore: boolean): readonly Row[] {
    const isAskedAgain = this.#asked?.readBefore === readBefore && this.#asked.hasBefore === hasBefore;
    if (isAskedAgain && entries === this.#entries) return this.#rows;
    // The last row that is the same is made again: whether it ends a run depends on the entry behind it.
    const kept = isAskedAgain ? Math.max(0, sameUpTo(this.#entries, entries) - 1) : 0;
    let above = (kept > 0 ? this.#above[kept] : undefined) ?? {
      day: null,
      isBorderSet: readBefore === null,
      isSure: !hasBefore,
    };
    this.#made.length = kept;
    this.#above.length = kept;
    for (let i = kept; i < entries.length; i++) {
      const entry = entries[i];
      if (entry === undefined) break;
      const row = rowOf(entry, entries[i - 1], entries[i + 1], above, readBefore);
      this.#made.push(row);
      this.#above.push(above);
      above = below(row, above, readBefore);
    }
    this.#asked = { readBefore, hasBefore };
    this.#entries = entries;
    const isKeptBack = isFirstKeptBack(entries, hasBefore) && this.#made[0]?.isFirstUnread === false;
    this.#rows = this.#made.slice(isKeptBack ? 1 : 0);
    return this.#rows;
  }
}

function rowOf(
  entry: TimelineEntry,
  before: TimelineEntry | undefined,
  after: TimelineEntry | undefined,
  above: Above,
  readBefore: number | null,
): Row {
  const day = dayOfEntry(entry, above);
  const isUnread = entry.kind === "message" && !entry.isOwn && entry.message.seq > (readBefore ?? 0);
  const isFirstUnread = !above.isBorderSet && isUnread && isSureAt(entry, above, readBefore);
  return {
    key: entry.key,
    entry,
    day: day === above.day ? null : day,
    isFirstUnread,
    isRunStart: isFirstUnread || !isSameRun(before, entry),
    isRunEnd: !isSameRun(entry, after),
  };
}

/** What is known below a row. */
function below({ entry, isFirstUnread }: Row, above: Above, readBefore: number | null): Above {
  const day = dayOfEntry(entry, above);
  const isBorderSet = above.isBorderSet || isFirstUnread;
  const isSure = isSureAt(entry, above, readBefore);
  const isSame = day === above.day && isBorderSet === above.isBorderSet && isSure === above.isSure;
  return isSame ? above : { day, isBorderSet, isSure };
}

function dayOfEntry(entry: TimelineEntry, above: Above): number | null {
  const at = timeOf(entry);
  return at === null ? above.day : dayOf(at);
}

function isSureAt(entry: TimelineEntry, above: Above, readBefore: number | null): boolean {
  if (entry.kind === "hole") return false;
  return above.isSure || (entry.kind === "message" && entry.message.seq <= (readBefore ?? 0) + 1);
}

/** How many entries two lists begin with in common. */
function sameUpTo(a: readonly TimelineEntry[], b: readonly TimelineEntry[]): number {
  const most = Math.min(a.length, b.length);
  let same = 0;
  while (same < most && a[same] === b[same]) same++;
  return same;
}

/** The estimated height of a row. The scroll bar hardly moves when the true height is measured. */
export function estimatedPx(row: Row): number {
  const { entry } = row;
  const base = (row.day === null ? 0 : 48) + (row.isFirstUnread ? 36 : 0) + (row.isRunStart ? 8 : 2);
  if (entry.kind === "notice" || entry.kind === "cut") return base + 28;
  if (entry.kind === "hole") return base + 60;
  const { text, attachments } = entry.kind === "message" ? entry.message : entry.pending;
  const lines = Math.min(20, Math.ceil(text.length / 48) + (text.match(/\n/g)?.length ?? 0));
  return base + 12 + 21 * lines + attachmentsPx(attachments);
}
