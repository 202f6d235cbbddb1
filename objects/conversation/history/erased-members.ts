/** Owns the membership of a user who has erased their account. */
import { isErased } from "../../../core/account/erased.ts";
import type { Person } from "../../contract/person.ts";
import { now } from "../../shared/platform/clock.ts";
import type { ConversationTransactor as Transactor, Effects } from "../effects.ts";
import { changeItem, sharedDetailsOf } from "../messages/items.ts";
import type { Journal } from "../messages/journal.ts";
import type { State, Store } from "../store.ts";
import type { Membership } from "../membership/membership.ts";

export class ErasedMembers {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #membership: Membership;

  constructor(parts: { store: Store; journal: Journal; membership: Membership }) {
    this.#store = parts.store;
    this.#journal = parts.journal;
    this.#membership = parts.membership;
  }

  /**
   * `person` is what is left of the user. They leave a group, which gets another owner if it needs one. In a direct chat they stay the peer of the other
   * user. From now on they may do nothing here. A repeated call changes nothing.
   */
  erase(tx: Transactor, state: State, person: Person, effects: Effects): void {
    const userId = person.user.id;
    const before = state.members.get(userId);
    if (before === undefined || isErased(before.person.user)) return;
    if (state.facts.kind === "group" && before.leftRev === null)
      this.#membership.remove(tx, state, userId, userId, effects);
    const member = state.members.get(userId);
    if (member === undefined) return;
    this.#store.putMember(tx, state, { ...member, person, requestBy: null });
    if (state.facts.kind === "group") return;
    const rev = state.head.rev + 1;
    this.#store.setDetails(tx, state, {}, rev);
    this.#journal.note(tx, { rev, at: now(), seq: null, notice: null });
    state.head = { ...state.head, rev };
    effects.items.push(changeItem(state.facts.id, rev, { conversation: sharedDetailsOf(state) }));
  }
}

/** Whether one of the two of a direct chat has erased their account. */
export function isPeerErased({ facts, members }: State): boolean {
  return facts.kind === "dm" && [...members.all()].some((member) => isErased(member.person.user));
}
