/**
 * Owns what fits into one answer: pieces of JSON, counted in bytes as they are sent. Each page is filled as far as its bounds allow. The conversation makes
 * pages of its own messages. The gateway makes pages that reach into the archive, by the same functions. So a page is the same wherever its messages are.
 */
import type { Rev, Seq } from "../../schema/ids.ts";
import { batches } from "../../schema/limits.ts";
import type { PageQuery } from "../../schema/http/conversation/messages.ts";

/** The bytes of a text in UTF-8; it is a parameter, because the platform counts faster. */
export type ByteCount = (text: string) => number;

/** The bytes that are left in an answer. The first piece always fits. */
export class Room {
  readonly #byteCount: ByteCount;
  #left: number;
  #isEmpty = true;

  constructor(bytes: number, byteCount: ByteCount) {
    this.#left = bytes;
    this.#byteCount = byteCount;
  }

  /** Takes the bytes of a text and a comma. False, and nothing is taken, if fewer bytes are left beside `keptBytes`, which are kept for other pieces. */
  take(text: string, keptBytes = 0): boolean {
    const bytes = this.#byteCount(text) + 1;
    if (bytes > this.#left - keptBytes && !this.#isEmpty) return false;
    this.#isEmpty = false;
    this.#left -= bytes;
    return true;
  }
}

/** The seqs of a page. The page is filled from `growsFrom` on, which is always on it. */
export type PageSeqs = { first: Seq; last: Seq; growsFrom: Seq };

/** The seqs of a page; seqs have no holes, so this is arithmetic. An empty page has `last` = `first` − 1. */
export function pageSeqs(query: PageQuery, after: Seq, headSeq: Seq): PageSeqs {
  const clamp = (seq: Seq): Seq => Math.min(Math.max(seq, after), headSeq);
  if (query.after !== undefined) {
    const start = clamp(query.after);
    return { first: start + 1, last: Math.min(start + query.limit, headSeq), growsFrom: start + 1 };
  }
  if (query.around !== undefined) {
    const middle = clamp(query.around);
    const wanted = middle - Math.floor((query.limit - 1) / 2);
    const first = Math.max(after + 1, Math.min(wanted, headSeq - query.limit + 1));
    return { first, last: Math.min(first + query.limit - 1, headSeq), growsFrom: Math.max(first, middle) };
  }
  const last = query.before === undefined ? headSeq : clamp(query.before - 1);
  return { first: Math.max(after + 1, last - query.limit + 1), last, growsFrom: last };
}

/**
 * Messages `from` to `to` as JSON, one by one in that direction, as long as `take` wants more. "" stands for a message that cannot be read: it takes a
 * place and no bytes.
 */
export type PieceWalk = (from: Seq, to: Seq, take: (json: string) => boolean) => void;

/** Messages of a page as JSON, ascending, as many as fit, with their seqs. `bytes`: the bytes of the room that messages may take. */
function messagesWithin(
  walk: PieceWalk,
  { first, last, growsFrom }: PageSeqs,
  bytes: number,
  room: Room,
): { first: Seq; last: Seq; pieces: string[] } {
  if (last < first) return { first, last, pieces: [] };
  const fill = (from: Seq, to: Seq, keptBytes: number): string[] => {
    const pieces: string[] = [];
    walk(from, to, (piece) => {
      if (!room.take(piece, keptBytes)) return false;
      pieces.push(piece);
      return true;
    });
    return pieces;
  };
  const kept = batches.pageBytesMax - bytes;
  if (growsFrom === first) {
    const up = fill(first, last, kept);
    return { first, last: first + up.length - 1, pieces: up };
  }
  // If the page is filled in both directions, each direction has one half.
  const down = fill(growsFrom, first, growsFrom < last ? kept + bytes / 2 : kept);
  const up = growsFrom < last ? fill(growsFrom + 1, last, kept) : [];
  return {
    first: growsFrom - down.length + 1,
    last: growsFrom + up.length,
    pieces: [...down.reverse(), ...up],
  };
}

/** A notice as JSON. */
export type NoticePiece = { rev: Rev; afterSeq: Seq; json: string };

/** Notices, newest first, as long as `take` wants more. */
export type NoticeWalk = (from: Seq, to: Seq, take: (notice: NoticePiece) => boolean) => void;

/** The newest notices that belong after seqs `from` to `to`, ascending, as many as fit. `cutRev`: the rev up to which some are left out. */
function noticesWithin(
  walk: NoticeWalk,
  { from, to, sinceRev }: { from: Seq; to: Seq; sinceRev: Rev },
  room: Room,
): { pieces: string[]; cutRev: Rev | undefined } {
  const pieces: string[] = [];
  let cutRev: Rev | undefined;
  walk(from, to, ({ rev, json }) => {
    if (rev <= sinceRev) return false;
    if (pieces.length < batches.pageNoticesMax && room.take(json)) {
      pieces.push(json);
      return true;
    }
    cutRev = rev;
    return false;
  });
  return { pieces: pieces.reverse(), cutRev };
}

/** The fields of a page of messages beside its lists. */
type PageRest = {
  head: { seq: Seq; rev: Rev; hash: string };
  hasBefore: boolean;
  hasAfter: boolean;
  noticesCutRev?: Rev;
  missing?: { from: Seq; to: Seq }[];
};

/** A page of messages. The reader may see messages behind the seq `after`, and notices behind the rev `afterRev`. */
export function messagesPage(
  sources: { messages: PieceWalk; notices: NoticeWalk; byteCount: ByteCount },
  seqs: PageSeqs,
  { after, afterRev, head }: { after: Seq; afterRev: Rev; head: { seq: Seq; rev: Rev; hash: string } },
): string {
  const room = new Room(batches.pageBytesMax, sources.byteCount);
  const bytes = batches.pageBytesMax - batches.pageNoticesBytes;
  const { first, last, pieces } = messagesWithin(sources.messages, seqs, bytes, room);
  const notices = noticesWithin(sources.notices, { from: first - 1, to: last, sinceRev: afterRev }, room);
  const missing = rangesOf(pieces.flatMap((piece, at) => (piece === "" ? [first + at] : [])));
  const rest: PageRest = {
    head: { seq: head.seq, rev: head.rev, hash: head.hash },
    hasBefore: first - 1 > after,
    hasAfter: last < head.seq,
    ...(notices.cutRev === undefined ? {} : { noticesCutRev: notices.cutRev }),
    ...(missing.length === 0 ? {} : { missing }),
  };
  return listing({ messages: pieces.filter((piece) => piece !== ""), notices: notices.pieces }, rest);
}

/** Ascending seqs as ranges. */
export function rangesOf(seqs: readonly Seq[]): { from: Seq; to: Seq }[] {
  const ranges: { from: Seq; to: Seq }[] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === seq - 1) last.to = seq;
    else ranges.push({ from: seq, to: seq });
  }
  return ranges;
}

/** An answer of two lists, whose elements are JSON already, and some fields. */
export function listing(lists: { messages: readonly string[]; notices: readonly string[] }, rest: object): string {
  return `{"messages":[${lists.messages.join(",")}],"notices":[${lists.notices.join(",")}],${JSON.stringify(rest).slice(1)}`;
}
