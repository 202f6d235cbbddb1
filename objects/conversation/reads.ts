/** Owns what members read: pages, one message, changes, the chain. Each answer is JSON text, made once, passed through by the gateway. */
import { hashOfNothing } from "../../core/chain.ts";
import { visibleAfter } from "../../core/membership.ts";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import type { Rev, Seq, UserId } from "../../schema/ids.ts";
import type { ChainRange, ChangesPage, ChangesQuery, MessagesPage, PageQuery } from "../../schema/http/messages.ts";
import type { Json } from "./contract.ts";
import { changedRows, faceOf } from "./items.ts";
import { messageOf, type Messages } from "./messages.ts";
import type { MemberRow, State, Store } from "./store.ts";

export class Reads {
  readonly #store: Store;
  readonly #messages: Messages;

  constructor(store: Store, messages: Messages) {
    this.#store = store;
    this.#messages = messages;
  }

  page(viewer: UserId, query: PageQuery): Outcome<Json> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after, afterRev } = entry;
    const { id, head } = { id: state.facts.id, head: state.head };
    const { first, last } = pageBounds(query, after, head.seq);
    const page: MessagesPage = {
      messages: this.#messages.range(first, last).map((row) => messageOf(id, row)),
      notices: this.#messages.notices(first - 1, last, afterRev),
      head: { seq: head.seq, rev: head.rev, hash: head.hash },
      hasBefore: first - 1 > after,
      hasAfter: last < head.seq,
    };
    return done(JSON.stringify(page));
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
    const changed = changedRows(
      this.#messages,
      head,
      Math.max(query.rev, afterRev),
      query.limit,
      query.messages === "mutated",
    );
    const visible = changed.changes.filter((change) => change.row === null || change.row.seq > after);
    const page: ChangesPage = {
      epoch: facts.epoch,
      head: { seq: head.seq, rev: head.rev, hash: head.hash },
      rev: changed.rev,
      more: changed.more,
      messages: visible.flatMap(({ row }) => (row === null ? [] : [messageOf(facts.id, row)])),
      notices: visible.flatMap(({ notice }) => (notice === null ? [] : [notice])),
    };
    if (facts.faceRev > query.rev && facts.faceRev <= changed.rev) page.conversation = faceOf(state);
    return done(JSON.stringify(page));
  }

  verify(viewer: UserId, from: Seq, to: Seq): Outcome<Json> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after } = entry;
    if (from <= after || to > state.head.seq)
      return refuse("bad_request", "from, to: beyond the messages that there are for you");
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

/** What lies at or before these is not shown to the member: nothing, unless the policy hides what was before they joined. */
export function visibleFrom(state: State, member: MemberRow): { after: Seq; afterRev: Rev } {
  const { policy } = state.facts;
  return {
    after: visibleAfter(policy, member.joinedSeq),
    afterRev: policy.history === "joined" ? member.joinedRev - 1 : 0,
  };
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
function pageBounds(query: PageQuery, after: Seq, headSeq: Seq): { first: Seq; last: Seq } {
  const clamp = (seq: Seq): Seq => Math.min(Math.max(seq, after), headSeq);
  if (query.after !== undefined) {
    const start = clamp(query.after);
    return { first: start + 1, last: Math.min(start + query.limit, headSeq) };
  }
  if (query.around !== undefined) {
    const wanted = clamp(query.around) - Math.floor((query.limit - 1) / 2);
    const first = Math.max(after + 1, Math.min(wanted, headSeq - query.limit + 1));
    return { first, last: Math.min(first + query.limit - 1, headSeq) };
  }
  const last = query.before === undefined ? headSeq : clamp(query.before - 1);
  return { first: Math.max(after + 1, last - query.limit + 1), last };
}
