/**
 * Owns the erasing of a user's messages and reactions in a conversation. Of a message its place in the chain stays; of reactions nothing stays. A page is a
 * turn of bounded work. The caller asks for pages until nothing is left, so a repeated page finds less to do, or nothing. An archived message gets its row
 * back, erased, and its segment is written anew.
 */
import { withReaction } from "../../../core/send.ts";
import type { MessageRow, StoredMessage } from "../../../core/stored-message.ts";
import type { Seq, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type { Person } from "../../contract/person.ts";
import { now } from "../../shared/platform/clock.ts";
import { reach, reachNow } from "../../shared/archive/fault-points.ts";
import type { Uploads } from "../../shared/uploads/uploads.ts";
import { type Fetched } from "../archive/fetched.ts";
import { type Manifest, nameOf } from "../archive/manifest.ts";
import type { Sealing } from "../sealing/sealing.ts";
import type { ConversationTransactor as Transactor, Effects } from "../effects.ts";
import { changeItem } from "../messages/items.ts";
import type { Attachments } from "../uploads/attachments.ts";
import type { LargeGroup } from "../large/large-group.ts";
import type { LiveHost } from "../live/live-turn.ts";
import type { Membership } from "../membership/membership.ts";
import type { Journal } from "../messages/journal.ts";
import { erasedRow } from "../messages/message-row.ts";
import type { MessageWriter } from "../messages/message-writer.ts";
import type { Messages } from "../messages/messages.ts";
import { unpinUnsent } from "../messages/pins.ts";
import type { Sent } from "../messages/sent.ts";
import type { State, Store } from "../store.ts";
import type { Writes } from "../writes.ts";
import { ErasedMembers } from "./erased-members.ts";

type Parts = {
  store: Store;
  messages: Messages;
  attachments: Attachments;
  sent: Sent;
  journal: Journal;
  membership: Membership;
  writes: Writes;
  audience: Pick<LiveHost, "end">;
  manifest: Manifest;
  fetched: Fetched;
  sealing: Sealing;
  large: Pick<LargeGroup, "changed" | "reactionsOf">;
  uploads: Pick<Uploads, "dropAllOf">;
};

/** A message of the user, or with a reaction of the user, and the writer of its changes. */
type Left = { row: MessageRow; writer: MessageWriter };

/** `isLost`: the segment after that seq is lost, so that only the rows over it can be erased. */
type Page = { userId: UserId; after: Seq; isLost: boolean };

export class Erasures {
  readonly #parts: Parts;
  readonly #members: ErasedMembers;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#members = new ErasedMembers(parts);
  }

  /**
   * Ends the membership, and erases a page of what the user wrote after a seq. Answers the seq up to which this is done, or null if nothing is left. A segment
   * that is lost holds back nothing: nobody can read its messages. Throws if R2 does not answer: the caller asks again later.
   */
  async erase(person: Person, after: Seq): Promise<{ next: Seq | null }> {
    const { writes, audience, fetched } = this.#parts;
    await reach("erasure: before a page");
    const away = this.#awayAfter(after);
    const was = away === undefined ? "fetched" : await fetched.tryFetch(away);
    // A segment that is not there any more may have been written anew meanwhile. Then it has another name.
    const isLost = was === "lost" && this.#awayAfter(after)?.key === away?.key;
    if (was !== "fetched" && !isLost) throw new Error("a segment cannot be read");
    const userId = person.user.id;
    const next = writes.apply((tx, state, effects) => {
      this.#members.erase(tx, state, person, effects);
      this.#parts.uploads.dropAllOf(tx, userId);
      const upTo = this.#page(tx, state, { userId, after, isLost }, effects);
      reachNow("erasure: a page");
      return upTo;
    });
    await reach("erasure: after a page");
    audience.end(new Set([userId]), "credentials");
    return { next: next ?? null };
  }

  /** The segment that has to be fetched before the page after a seq. */
  #awayAfter(after: Seq): SegmentName | undefined {
    const { store, manifest, fetched } = this.#parts;
    const id = store.state?.facts.id;
    const segment = manifest.segmentOf(after + 1);
    if (id === undefined || segment === undefined) return undefined;
    return fetched.lookup(id, after + 1)?.is === "away" ? nameOf(id, segment) : undefined;
  }

  #page(tx: Transactor, state: State, page: Page, effects: Effects): Seq | null {
    const headSeq = state.head.seq;
    const { left, upTo } = this.#leftAfter(state, page);
    // Nobody knows whether the lost segment has words of this user, so none of it may stay.
    if (page.isLost) this.#parts.sealing.changed(tx, page.after + 1, true);
    for (const each of left) this.#erase(tx, state, page.userId, each, effects);
    // By their rows, for nobody can read which a lost segment names.
    this.#parts.attachments.forgetBy(tx, page.userId, page.after + 1, upTo);
    return upTo >= headSeq ? null : upTo;
  }

  /** The messages after a seq that still have something of the user, up to the page's bounds. */
  #leftAfter(state: State, { userId, after, isLost }: Page): { left: Left[]; upTo: Seq } {
    const { messages, manifest, large } = this.#parts;
    const segment = manifest.segmentOf(after + 1);
    const left: Left[] = [];
    let upTo = Math.min(segment?.lastSeq ?? after + batches.eraseScan, state.head.seq);
    const reacted = large.reactionsOf(state)?.ownIn(userId, after + 1, upTo) ?? new Map<Seq, unknown>();
    const take = (row: MessageRow, writer: MessageWriter): boolean => {
      if (!isLeft(row, userId) && !reacted.has(row.seq)) return true;
      if (left.length < batches.eraseChanges) return left.push({ row, writer }) > 0;
      upTo = row.seq - 1;
      return false;
    };
    if (segment === undefined) {
      messages.walkBy(userId, after + 1, upTo, [...reacted.keys()], (row) => take(row, messages.writer));
      return { left, upTo };
    }
    const held = new Map<Seq, StoredMessage>();
    messages.stored(after + 1, upTo, (row) => held.set(row.seq, row).size > 0);
    for (let seq = after + 1; seq <= upTo; seq++) {
      const own = held.get(seq);
      const archived = own === undefined && !isLost ? this.#archived(state, seq) : undefined;
      if (own !== undefined && !take(own, messages.writer)) break;
      if (archived !== undefined && !take(archived, messages.writer.over(archived))) break;
    }
    return { left, upTo };
  }

  #archived({ facts }: State, seq: Seq): StoredMessage {
    const found = this.#parts.fetched.lookup(facts.id, seq);
    // The segment was fetched just before this turn. If it was written anew meanwhile, the caller asks again.
    if (found?.is !== "row") throw new Error("a segment was not fetched");
    return found.row;
  }

  #erase(tx: Transactor, state: State, userId: UserId, { row, writer }: Left, effects: Effects): void {
    const { sent, journal, sealing, large } = this.#parts;
    const rev = state.head.rev + 1;
    const at = Math.max(now(), state.head.at);
    let changed: MessageRow;
    if (row.senderId === userId) {
      changed = erasedRow(row, rev, at);
      writer.erase(tx, changed);
      sent.erase(tx, row.senderId, row.clientId, row.seq);
      effects.unsent.set(row.seq, changed);
    } else {
      const reactions =
        large.reactionsOf(state)?.erase(tx, row, userId) ??
        row.reactions.reduce((rest, { emoji }) => withReaction(rest, userId, emoji, false) ?? rest, row.reactions);
      changed = { ...row, rev, reactions };
      writer.setReactions(tx, changed);
    }
    sealing.changed(tx, row.seq, true);
    large.changed(tx, state, row, changed);
    journal.note(tx, { rev, at, seq: row.seq, notice: null });
    state.head = { ...state.head, rev };
    const details = changed.unsentAt === null ? {} : unpinUnsent(this.#parts.store, tx, state, row.seq);
    effects.items.push(changeItem(state.facts.id, rev, { row: changed, by: userId, ...details }));
  }
}

function isLeft(row: MessageRow, userId: UserId): boolean {
  return (
    (row.senderId === userId && row.unsentAt === null) ||
    row.reactions.some((reaction) => reaction.userIds.includes(userId))
  );
}
