/** Owns what members read: pages, one message, changes, the chain. An answer is JSON text, made once. If the archive has a part of it, the answer is what the gateway needs to make it. */
import { chainRange } from "../../../core/reads/chain-range.ts";
import { listing, messagesPage, pageSeqs } from "../../../core/reads/pages.ts";
import type { ChosenPlace } from "../../../core/reads/counted-reactions.ts";
import type { Pin } from "../../../core/marks/pins.ts";
import type { ReaderReactions } from "../../../core/reads/counted-reactions.ts";
import { messageOf } from "../../../core/stored-message.ts";
import { visibleFrom } from "../../../core/visibility.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Rev, Seq, UserId } from "../../../schema/ids.ts";
import type { ChangesPage, ChangesQuery, PageQuery } from "../../../schema/http/conversation/messages.ts";
import { batches } from "../../../schema/limits.ts";
import type { ChangesAcross, MessageAcross, PageAcross, SegmentName, VerifyAcross } from "../../contract/archive.ts";
import type { Json } from "../../contract/conversation-calls.ts";
import { Across } from "./across.ts";
import type { Manifest } from "../archive/manifest.ts";
import { sharedDetailsOf } from "../messages/items.ts";
import type { LargeGroup } from "../large/large-group.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import { byteCount, changedPage } from "./pages.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { State, Store } from "../store.ts";

export class Reads {
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #journal: Journal;
  readonly #large: Pick<LargeGroup, "shownTo" | "reactionsOf">;
  readonly #across: Across;

  constructor(parts: {
    store: Store;
    messages: Messages;
    journal: Journal;
    manifest: Manifest;
    large: Pick<LargeGroup, "shownTo" | "reactionsOf">;
  }) {
    this.#large = parts.large;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
    this.#across = new Across(parts);
  }

  page(viewer: UserId, query: PageQuery): Outcome<Json | PageAcross> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after, afterRev } = entry;
    const { facts, head } = state;
    const shown = this.#large.shownTo(state, viewer);
    const seqs = pageSeqs(query, after, head.seq);
    const across = this.#across.page(state, seqs, entry, shown);
    if (across !== undefined) return done(this.#readBy(viewer, across, across.segments));
    return done(
      messagesPage(
        {
          messages: (from, to, take) =>
            this.#messages.walk(from, to, (row) => take(JSON.stringify(messageOf(facts.id, shown(row))))),
          notices: (from, to, take) => this.#journal.notices(from, to, take),
          byteCount,
        },
        seqs,
        { after, afterRev, head },
      ),
    );
  }

  message(viewer: UserId, seq: Seq): Outcome<Json | MessageAcross> {
    const entry = this.#enter(viewer);
    if (entry === undefined || seq <= entry.after) return notFound;
    const row = this.#messages.whole(seq);
    const shown = this.#large.shownTo(entry.state, viewer);
    if (row !== undefined) return done(JSON.stringify(messageOf(entry.state.facts.id, shown(row), true)));
    const across = this.#across.message(entry.state, seq);
    return across === undefined ? notFound : done(this.#readBy(viewer, across, [across.segment]));
  }

  changes(viewer: UserId, query: ChangesQuery): Outcome<Json | ChangesAcross> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after, afterRev } = entry;
    const { facts, head } = state;
    if (isOtherLife(state, query)) return resyncRequired;
    const since = Math.max(query.rev, afterRev);
    const shown = this.#large.shownTo(state, viewer);
    const { rev, more, changes, isInArchive } = changedPage(
      { messages: this.#messages, journal: this.#journal, shown },
      facts.id,
      head,
      since,
      {
        limit: query.limit,
        bytes: batches.pageBytesMax,
        isMutatedOnly: query.messages === "mutated",
        afterSeq: after,
      },
    );
    if (isInArchive) {
      const across = this.#across.changes(state, query, since, after, shown);
      return done(this.#readBy(viewer, across, across.segments));
    }
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

  /** Who chose this on a message that the viewer may see. A small group has no rows of it. */
  chosen(viewer: UserId, seq: Seq, key: string, after: ChosenPlace | null, limit: number): Outcome<ChosenPlace[]> {
    const entry = this.#enter(viewer);
    if (entry === undefined || seq <= entry.after) return notFound;
    return done(this.#large.reactionsOf(entry.state)?.chosen(seq, key, after, limit) ?? []);
  }

  /** The pins of messages that this member may see. */
  pins(viewer: UserId): Outcome<Pin[]> {
    const entry = this.#enter(viewer);
    return entry === undefined ? notFound : done(entry.state.facts.pins.filter(({ seq }) => seq > entry.after));
  }

  verify(viewer: UserId, from: Seq, to: Seq): Outcome<Json | VerifyAcross> {
    const entry = this.#enter(viewer);
    if (entry === undefined) return notFound;
    const { state, after } = entry;
    if (from <= after || to > state.head.seq)
      return refuse("bad_request", "from, to: must lie within the messages that you can see");
    const across = this.#across.verify(state, from, to);
    return done(across ?? chainRange(from, to, this.#messages.links(Math.max(1, from - 1), to)));
  }

  /** In a large group the gateway needs to know what the reader chose in the segments. */
  #readBy<A extends { reactions?: ReaderReactions }>(reader: UserId, across: A, segments: readonly SegmentName[]): A {
    const { state } = this.#store;
    const reactions = state === undefined ? undefined : this.#large.reactionsOf(state);
    return reactions === undefined ? across : { ...across, reactions: reactions.ofReader(reader, segments) };
  }

  /** A member's right to read: the seq and rev behind which they can read. Undefined for all other users. */
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

/** Whether a client's counters come from another epoch of this object. */
export function isOtherLife(state: State, counters: { rev?: Rev | undefined; epoch?: string | undefined }): boolean {
  return (counters.epoch !== undefined && counters.epoch !== state.facts.epoch) || (counters.rev ?? 0) > state.head.rev;
}
