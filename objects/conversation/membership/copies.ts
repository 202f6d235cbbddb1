/** Owns the copies of persons that a conversation keeps: what their own objects report of them. */
import { isDeepStrictEqual } from "node:util";
import type { Rev, UserId } from "../../../schema/ids.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { MemberChange, Person } from "../../contract/person.ts";
import type { Effects } from "../effects.ts";
import { changeItem, sharedDetailsOf } from "../messages/items.ts";
import type { Typists } from "../live/typists.ts";
import type { Journal } from "../messages/journal.ts";
import type { State, Store } from "../store.ts";
import { within } from "../members/small-members.ts";

export class Copies {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #typists: Pick<Typists, "changed">;

  constructor(parts: { store: Store; journal: Journal; typists: Pick<Typists, "changed"> }) {
    this.#typists = parts.typists;
    this.#store = parts.store;
    this.#journal = parts.journal;
  }

  /** A member's profile, settings or blocks changed. Only the summary of a direct chat shows a profile, so only there the change takes a rev. */
  personChanged(tx: Transactor, state: State, changed: Person, effects: Effects): void {
    this.#typists.changed(changed.user.id);
    const member = this.#store.member(changed.user.id);
    if (member === undefined) return;
    if (state.members.kind === "large") {
      state.members.rename(tx, changed.user, changed.changedAt ?? now());
      return;
    }
    const person = within(changed, insidersOf(state));
    if (JSON.stringify(member.person) === JSON.stringify(person)) return;
    if ((person.changedAt ?? 0) < (member.person.changedAt ?? 0)) return;
    const isProfileNew = JSON.stringify(member.person.user) !== JSON.stringify(person.user);
    this.#store.putMember(tx, state, { ...member, person });
    if (!isProfileNew || state.facts.kind !== "dm") return;
    const rev = state.head.rev + 1;
    this.#store.setDetails(tx, state, {}, rev);
    this.#journal.note(tx, { rev, at: now(), seq: null, notice: null });
    state.head = { ...state.head, rev };
    effects.items.push(changeItem(state.facts.id, rev, { conversation: sharedDetailsOf(state) }));
  }

  /**
   * A part of a member's person changed; answers whether something newer is known. A block of a user who is no member is not stored. A block or
   * unblock of a member is stored with its time even where it changes nothing. Example: the unblock made at 2 arrives first; then the block made
   * at 1 arrives, and must not be applied.
   */
  memberChanged(tx: Transactor, state: State, change: MemberChange, effects: Effects): boolean {
    this.#typists.changed(change.userId);
    const present = this.#store.member(change.userId)?.person;
    if (present === undefined) return false;
    if (state.members.kind === "large")
      return change.user !== undefined && !state.members.rename(tx, change.user, change.changedAt);
    if (change.changedAt < (present.changedAt ?? 0)) return true;
    const blocks = new Set(present.blocks);
    for (const [other, isOn] of change.blocks) {
      if (!isOn) blocks.delete(other);
      else if (state.members.get(other) !== undefined) blocks.add(other);
    }
    const person = {
      user: change.user ?? present.user,
      showsRead: change.shows?.read ?? present.showsRead,
      showsTyping: change.shows?.typing ?? present.showsTyping,
      blocks: [...blocks],
    };
    const { changedAt, ...before } = present;
    const isSame = isDeepStrictEqual({ ...before, blocks: new Set(before.blocks) }, { ...person, blocks });
    if (isSame && !change.blocks.some(([other]) => state.members.get(other) !== undefined)) return false;
    this.personChanged(tx, state, { ...person, changedAt: Math.max(change.changedAt, changedAt ?? 0) }, effects);
    return false;
  }

  /** A member has accepted a request. Nothing changes if the request was one of an earlier membership. */
  requestEnded(tx: Transactor, userId: UserId, rev: Rev, effects: Effects): void {
    const member = this.#store.member(userId);
    if (member === undefined || member.requestBy === null || rev < member.joinedRev) return;
    this.#store.endRequest(tx, member);
    effects.receipts.add(userId);
  }
}

/** A conversation keeps of a person's blocks only those of its members. When a blocked user becomes a member, the blocker's object learns of it and reports the block to the conversation. */
export function insidersOf({ members }: State): Set<UserId> {
  return new Set([...members.all()].filter(({ leftRev }) => leftRev === null).map(({ userId }) => userId));
}
