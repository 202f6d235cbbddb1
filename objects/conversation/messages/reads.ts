/** Owns what members read: pages, one message, changes, the chain. Each answer is JSON text, made once, passed through by the gateway. */
import { hashOfNothing } from "../../../core/chain.ts";
import { visibleFrom } from "../../../core/visibility.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Rev, Seq, UserId } from "../../../schema/ids.ts";
import type { ChainRange, ChangesPage, ChangesQuery, MessagesPage, PageQuery } from "../../../schema/http/messages.ts";
import { batches } from "../../../schema/limits.ts";
import type { Json } from "../../contract/conversation-calls.ts";
import { sharedDetailsOf } from "../fan-out/items.ts";
import type { Journal } from "./journal.ts";
import { messageOf } from "./message-row.ts";
import type { Messages } from "./messages.ts";
import { changedPage, messagesWithin, noticesWithin, type PageSeqs, Room } from "./pages.ts";
import type { MemberRow, State, Store } from "../store.ts";

export class Reads {
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #journal: Journal;

  constructor(parts: { store: Store; messages: Messages; journal: Journal }) {
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
  }

  page(viewer: UserId, query: PageQuery): Outcome<Json> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after, afterRev } = entry;
    const { facts, head } = state;
    const room = new Room(batches.pageBytesMax);
    const bytes = batches.pageBytesMax - batches.pageNoticesBytes;
    const { first, last, pieces } = messagesWithin(
      this.#messages,
      facts.id,
      pageSeqs(query, after, head.seq),
      bytes,
      room,
    );
    const notices = noticesWithin(this.#journal, { from: first - 1, to: last, sinceRev: afterRev }, room);
    const rest: Omit<MessagesPage, "messages" | "notices"> = {
      head: { seq: head.seq, rev: head.rev, hash: head.hash },
      hasBefore: first - 1 > after,
      hasAfter: last < head.seq,
      ...(notices.cutRev === undefined ? {} : { noticesCutRev: notices.cutRev }),
    };
    return done(listing({ messages: pieces, notices: notices.pieces }, rest));
  }

  message(viewer: UserId, seq: Seq): Outcome<Json> {
    const entry = this.#enter(viewer);
    if (entry === undefined || seq <= entry.after) return notFound;
    const row = this.#messages.whole(seq);
    return row === undefined ? notFound : done(JSON.stringify(messageOf(entry.state.facts.id, row, true)));
  }

  changes(viewer: UserId, query: ChangesQuery): Outcome<Json> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after, afterRev } = entry;
    const { facts, head } = state;
    if (isOtherLife(state, query)) return resyncRequired;
    const { rev, more, changes } = changedPage(
      { messages: this.#messages, journal: this.#journal },
      facts.id,
      head,
      Math.max(query.rev, afterRev),
      {
        limit: query.limit,
        bytes: batches.pageBytesMax,
        isMutatedOnly: query.messages === "mutated",
        afterSeq: after,
      },
    );
    const rest: Omit<ChangesPage, "messages" | "notices"> = {
      epoch: facts.epoch,
      head: { seq: head.seq, rev: head.rev, hash: head.hash },
      rev,
      more,
    };
    if (facts.detailsRev > query.rev && facts.detailsRev <= rev) rest.conversation = sharedDetailsOf(state);
    return done(
      listing(
        {
          messages: changes.flatMap((change) => (change.row === null ? [] : [change.json])),
          notices: changes.flatMap((change) => (change.notice === null ? [] : [change.json])),
        },
        rest,
      ),
    );
  }

  verify(viewer: UserId, from: Seq, to: Seq): Outcome<Json> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after } = entry;
    if (from <= after || to > state.head.seq)
      return refuse("bad_request", "from, to: must lie within the messages that you can see");
    const links = this.#messages.links(Math.max(1, from - 1), to);
    const start = from === 1 ? hashOfNothing : (links.shift()?.hash ?? hashOfNothing);
    const range: ChainRange = {
      from,
      to,
      startHash: start,
      items: links.map(({ seq, senderId, sentAt, contentHash, salt }) => ({
        seq,
        senderId,
        sentAt,
        contentHash,
        salt,
      })),
      hash: links.at(-1)?.hash ?? start,
    };
    return done(JSON.stringify(range));
  }

  /** The member's right to read: from which seq and rev on. Undefined for everybody else. */
  #enter(viewer: UserId): { state: State; member: MemberRow; after: Seq; afterRev: Rev } | undefined {
    const { state } = this.#store;
    const member = this.#store.member(viewer);
    if (state === undefined || member === undefined) return undefined;
    return { state, member, ...visibleFrom(state, member) };
  }
}

export const resyncRequired = refuse(
  "resync_required",
  "another epoch, or a counter above the head: fetch the state anew",
);

/** Whether a client's counters are of another life of this object. */
export function isOtherLife(state: State, counters: { rev?: Rev | undefined; epoch?: string | undefined }): boolean {
  return (counters.epoch !== undefined && counters.epoch !== state.facts.epoch) || (counters.rev ?? 0) > state.head.rev;
}

/** The seqs of a page; seqs have no holes, so this is arithmetic. An empty page has `last` = `first` − 1. */
function pageSeqs(query: PageQuery, after: Seq, headSeq: Seq): PageSeqs {
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

/** An answer of two lists, whose elements are JSON already, and some fields. */
function listing(lists: { messages: readonly string[]; notices: readonly string[] }, rest: object): Json {
  return `{"messages":[${lists.messages.join(",")}],"notices":[${lists.notices.join(",")}],${JSON.stringify(rest).slice(1)}`;
}
