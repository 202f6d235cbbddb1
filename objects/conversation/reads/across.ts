/** Owns the answer to a read of which the archive has a part: what the object has, and the names of the segments that have the rest. */
import { messageOf, type MessageRow } from "../../../core/stored-message.ts";
import { type NoticePiece, type PageSeqs, Room } from "../../../core/reads/pages.ts";
import type { Rev, Seq } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { ChangesQuery } from "../../../schema/http/conversation/messages.ts";
import type {
  ChangesAcross,
  JournalEntry,
  LocalPiece,
  MessageAcross,
  PageAcross,
  SegmentName,
  VerifyAcross,
} from "../../contract/archive.ts";
import { sharedDetailsOf } from "../messages/items.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import { byteCount, jsonOf } from "./pages.ts";
import type { State } from "../store.ts";
import { type Manifest, nameOf, type SegmentRow } from "../archive/manifest.ts";

/** Which part a member sees. */
export type Visible = { after: Seq; afterRev: Rev };

/** How the reader gets a message. */
type Shown = (row: MessageRow) => MessageRow;

export class Across {
  readonly #manifest: Manifest;
  readonly #messages: Messages;
  readonly #journal: Journal;

  constructor(parts: { manifest: Manifest; messages: Messages; journal: Journal }) {
    this.#manifest = parts.manifest;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
  }

  /** Undefined if the object has the whole page. */
  page(state: State, seqs: PageSeqs, { after, afterRev }: Visible, shown: Shown): PageAcross | undefined {
    const { facts, head } = state;
    const { first, last } = seqs;
    if (first > this.#manifest.through || last < first) return undefined;
    return {
      is: "page",
      conversationId: facts.id,
      seqs,
      after,
      afterRev,
      head: { seq: head.seq, rev: head.rev, hash: head.hash },
      local: this.#pieces(state, seqs, shown),
      notices: this.#notices(first - 1, last, afterRev),
      segments: this.#segments(state, first, last),
    };
  }

  message(state: State, seq: Seq): MessageAcross | undefined {
    const segment = this.#manifest.segmentOf(seq);
    return segment === undefined
      ? undefined
      : { is: "message", conversationId: state.facts.id, seq, segment: nameOf(state.facts.id, segment) };
  }

  verify(state: State, from: Seq, to: Seq): VerifyAcross | undefined {
    const start = Math.max(1, from - 1);
    if (start > this.#manifest.through) return undefined;
    const local = this.#messages.links(start, to);
    return { is: "verify", from, to, local, segments: this.#segments(state, start, to) };
  }

  changes(state: State, query: ChangesQuery, since: Rev, afterSeq: Seq, shown: Shown): ChangesAcross {
    const { facts, head } = state;
    const isMutatedOnly = query.messages === "mutated";
    const fresh = isMutatedOnly
      ? { segments: [], upTo: Infinity }
      : this.#freshSegments(since, Math.min(head.rev, since + batches.pageRevsMax), afterSeq, query.limit);
    const upTo = Math.min(head.rev, since + batches.pageRevsMax, fresh.upTo);
    const journal = this.#changed(
      { since, upTo, afterSeq, madeBy: isMutatedOnly ? since : head.rev, limit: query.limit },
      state,
      shown,
    );
    const segments = new Map([...fresh.segments, ...journal.segments].map((segment) => [segment.firstSeq, segment]));
    const bounds = [...segments.values()].sort((a, b) => a.firstSeq - b.firstSeq);
    const first = fresh.segments[0]?.firstSeq;
    const last = fresh.segments.at(-1)?.lastSeq ?? 0;
    return {
      is: "changes",
      conversationId: facts.id,
      epoch: facts.epoch,
      head: { seq: head.seq, rev: head.rev, hash: head.hash },
      since,
      upTo,
      afterSeq,
      limit: query.limit,
      isMutatedOnly,
      journal: { known: journal.known, entries: journal.entries },
      made: this.#made(state, { since, upTo, afterSeq, limit: query.limit, isMutatedOnly, first, shown }),
      through: this.#manifest.through,
      amended: first === undefined ? [] : this.#messages.seqsBetween(first, last),
      segments: bounds.map((segment) => nameOf(facts.id, segment)),
      details: facts.detailsRev > query.rev ? { rev: facts.detailsRev, conversation: sharedDetailsOf(state) } : null,
    };
  }

  /** What the object has of a page. It leaves out messages that have no room on the page, because they are too far from the place where the page begins. */
  #pieces({ facts }: State, { first, last, growsFrom }: PageSeqs, shown: Shown): LocalPiece[] {
    const walk = (from: Seq, to: Seq): LocalPiece[] => {
      const room = new Room(batches.pageBytesMax, byteCount);
      const pieces: LocalPiece[] = [];
      this.#messages.walk(from, to, (row) => {
        const json = JSON.stringify(messageOf(facts.id, shown(row)));
        const hasRoom = room.take(json);
        pieces.push({ seq: row.seq, json: hasRoom ? json : null });
        return hasRoom;
      });
      return pieces;
    };
    return [
      ...(growsFrom > first ? walk(growsFrom - 1, first) : []).reverse(),
      ...walk(growsFrom, growsFrom),
      ...(growsFrom < last ? walk(growsFrom + 1, last) : []),
    ];
  }

  #notices(from: Seq, to: Seq, afterRev: Rev): NoticePiece[] {
    const room = new Room(batches.pageBytesMax, byteCount);
    const notices: NoticePiece[] = [];
    this.#journal.notices(from, to, (notice) => {
      if (notice.rev <= afterRev) return false;
      notices.push(notice);
      return room.take(notice.json) && notices.length <= batches.pageNoticesMax;
    });
    return notices;
  }

  #segments({ facts }: State, from: Seq, to: Seq): SegmentName[] {
    const segments: SegmentName[] = [];
    this.#manifest.segmentsBetween(from, to, (segment) => segments.push(nameOf(facts.id, segment)) > 0);
    return segments;
  }

  /** The segments with messages made in `(since, upTo]`, as many as fill a page; `upTo`: the rev up to which these are all. */
  #freshSegments(since: Rev, upTo: Rev, afterSeq: Seq, limit: number): { segments: SegmentRow[]; upTo: Rev } {
    const segments: SegmentRow[] = [];
    let end = Infinity;
    let messages = 0;
    const from = Math.max(this.#manifest.firstAfter(since), afterSeq + 1);
    this.#manifest.segmentsBetween(from, this.#manifest.through, (segment) => {
      if (segment.firstRev > upTo) return false;
      if (segments.length === batches.pageSegmentsMax || messages >= limit) {
        end = segments.at(-1)?.lastRev ?? end;
        return false;
      }
      // Perhaps only the last message of the first segment is new.
      messages += segments.length === 0 ? 1 : segment.lastSeq - segment.firstSeq + 1;
      segments.push(segment);
      return true;
    });
    return { segments, upTo: end };
  }

  #changed(
    bounds: { since: Rev; upTo: Rev; afterSeq: Seq; madeBy: Rev; limit: number },
    state: State,
    shown: Shown,
  ): { known: Rev; entries: JournalEntry[]; segments: SegmentRow[] } {
    const { since, upTo, afterSeq, madeBy, limit } = bounds;
    const room = new Room(batches.pageBytesMax, byteCount);
    const entries: JournalEntry[] = [];
    const segments = new Map<Seq, SegmentRow>();
    let count = 0;
    let known = upTo;
    this.#journal.changed({ after: since, upTo, afterSeq, madeBy }, (changed) => {
      const { rev, archived } = changed;
      if (archived !== undefined) {
        const segment = this.#manifest.segmentOf(archived);
        if (segment === undefined) return true;
        segments.set(segment.firstSeq, segment);
        if (segments.size > batches.pageSegmentsMax) {
          segments.delete(segment.firstSeq);
          known = rev - 1;
          return false;
        }
        entries.push({ rev, json: "", archived });
        return true;
      }
      const json = jsonOf(state.facts.id, changed.row === null ? changed : { ...changed, row: shown(changed.row) });
      if (count === limit || !room.take(json)) {
        known = rev - 1;
        return false;
      }
      count++;
      entries.push({ rev, json, ...(changed.notice === null ? {} : { isNotice: true }) });
      return true;
    });
    return { known, entries, segments: [...segments.values()] };
  }

  /** Messages that never changed and have their rows, also rows of archived messages. */
  #made(
    { facts, head }: State,
    bounds: {
      since: Rev;
      upTo: Rev;
      afterSeq: Seq;
      limit: number;
      isMutatedOnly: boolean;
      first: Seq | undefined;
      shown: Shown;
    },
  ): ChangesAcross["made"] {
    const { since, upTo, afterSeq, limit, isMutatedOnly, first, shown } = bounds;
    const entries: { rev: Rev; json: string }[] = [];
    if (isMutatedOnly) return { known: upTo, entries };
    const room = new Room(batches.pageBytesMax, byteCount);
    let known = upTo;
    const take = (rev: Rev, json: string): boolean => {
      if (entries.length < limit && room.take(json)) return entries.push({ rev, json }) > 0;
      known = Math.min(known, rev - 1);
      return false;
    };
    const { through } = this.#manifest;
    const from = Math.max(first ?? Infinity, afterSeq + 1);
    if (from <= through)
      this.#messages.walk(from, through, (row) => {
        if (row.createdRev > upTo) return false;
        const isFresh = row.rev === row.createdRev && row.rev > since;
        return !isFresh || take(row.rev, JSON.stringify(messageOf(facts.id, shown(row))));
      });
    if (known === upTo)
      this.#messages.fresh(
        since,
        upTo,
        head,
        (row) => row.seq <= afterSeq || take(row.rev, JSON.stringify(messageOf(facts.id, shown(row)))),
      );
    return { known, entries };
  }
}
