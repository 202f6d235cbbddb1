/** Owns what fits into one answer: pieces of JSON, counted in bytes as they are sent. Each page is filled as far as its bounds allow. */
import { Buffer } from "node:buffer";
import type { ConversationId, Rev, Seq } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { Changed, Journal } from "./journal.ts";
import { messageOf, type MessageRow } from "./message-row.ts";
import type { Messages } from "./messages.ts";

/** Bytes that may still go out. What comes first always fits. */
export class Room {
  #left: number;
  #isEmpty = true;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Takes the bytes of a text and a comma. False, and nothing is taken, where fewer are left beside the `keptBytes` that are for others. */
  take(text: string, keptBytes = 0): boolean {
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > this.#left - keptBytes && !this.#isEmpty) return false;
    this.#isEmpty = false;
    this.#left -= bytes;
    return true;
  }
}

/** The seqs of a page. It grows from `growsFrom`, which it holds in any case. */
export type PageSeqs = { first: Seq; last: Seq; growsFrom: Seq };

/** Messages of a page as JSON, ascending, as many as there is room for, and which they are. */
export function messagesWithin(
  messages: Messages,
  id: ConversationId,
  { first, last, growsFrom }: PageSeqs,
  bytes: number,
  room: Room,
): { first: Seq; last: Seq; pieces: string[] } {
  if (last < first) return { first, last, pieces: [] };
  const walk = (from: Seq, to: Seq, keptBytes: number): string[] => {
    const pieces: string[] = [];
    messages.walk(from, to, (row) => {
      const piece = JSON.stringify(messageOf(id, row));
      if (!room.take(piece, keptBytes)) return false;
      pieces.push(piece);
      return true;
    });
    return pieces;
  };
  const kept = batches.pageBytesMax - bytes;
  if (growsFrom === first) {
    const up = walk(first, last, kept);
    return { first, last: first + up.length - 1, pieces: up };
  }
  // Where it grows both ways, each has a half.
  const down = walk(growsFrom, first, growsFrom < last ? kept + bytes / 2 : kept);
  const up = growsFrom < last ? walk(growsFrom + 1, last, kept) : [];
  return {
    first: growsFrom - down.length + 1,
    last: growsFrom + up.length,
    pieces: [...down.reverse(), ...up],
  };
}

/** The newest notices that belong after seqs `from` to `to`, ascending, as many as there is room for; `cutRev`: up to which rev some are left out. */
export function noticesWithin(
  journal: Journal,
  { from, to, sinceRev }: { from: Seq; to: Seq; sinceRev: Rev },
  room: Room,
): { pieces: string[]; cutRev: Rev | undefined } {
  const pieces: string[] = [];
  let cutRev: Rev | undefined;
  journal.notices(from, to, (rev, json) => {
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

/** A change with its message or notice as JSON; "" where it is neither. */
export type ChangedPiece = Changed & { json: string };

/** What changed, each message once at its last rev, in order of rev; `rev` is the highest covered. */
export type ChangedPage = { rev: Rev; more: boolean; changes: ChangedPiece[] };

/**
 * What changed in `(sinceRev, head]`, filled up to `limit` entries and `bytes`. Looks at a stretch of revs of bounded length. Where later changes
 * cover all of them, the page is short although there is more, and `rev` is the end of the stretch.
 * `isMutatedOnly` leaves out messages made after `sinceRev`; messages up to `afterSeq` are left out in any case.
 */
export function changedPage(
  parts: { messages: Messages; journal: Journal },
  id: ConversationId,
  head: { seq: Seq; rev: Rev },
  sinceRev: Rev,
  bounds: { limit: number; bytes: number; isMutatedOnly?: boolean; afterSeq?: Seq },
): ChangedPage {
  const { limit, bytes, isMutatedOnly = false, afterSeq = 0 } = bounds;
  const upTo = Math.min(head.rev, sinceRev + batches.pageRevsMax);
  const gather = (walk: (take: (changed: Changed) => boolean) => void): { pieces: ChangedPiece[]; known: Rev } => {
    const room = new Room(bytes);
    const pieces: ChangedPiece[] = [];
    let known = upTo;
    walk((changed) => {
      const { row, notice } = changed;
      const json = row === null ? (notice === null ? "" : JSON.stringify(notice)) : JSON.stringify(messageOf(id, row));
      if (pieces.length < limit && room.take(json)) {
        pieces.push({ ...changed, json });
        return true;
      }
      known = changed.rev - 1;
      return false;
    });
    return { pieces, known };
  };
  const madeBy = isMutatedOnly ? sinceRev : head.rev;
  const journal = gather((take) => parts.journal.changed({ after: sinceRev, upTo, afterSeq, madeBy }, take));
  const made = gather((take) => {
    if (isMutatedOnly) return;
    parts.messages.fresh(
      sinceRev,
      upTo,
      head,
      (row: MessageRow) => row.seq <= afterSeq || take({ rev: row.rev, row, notice: null }),
    );
  });
  // Beyond where one of the two was cut nothing is known.
  let rev = Math.min(journal.known, made.known);
  const changes: ChangedPiece[] = [];
  const room = new Room(bytes);
  for (const change of [...journal.pieces, ...made.pieces].sort((a, b) => a.rev - b.rev)) {
    if (change.rev > rev) break;
    if (changes.length === limit || !room.take(change.json)) {
      rev = change.rev - 1;
      break;
    }
    changes.push(change);
  }
  return { rev, more: rev < head.rev, changes };
}
