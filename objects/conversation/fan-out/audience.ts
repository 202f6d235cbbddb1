/**
 * Owns the audience of a conversation: whose inboxes are brought up to date, and up to where. How that is done is fan-out's. Today the audience is every
 * member, and each former member until their inbox knows that they left. Nobody tells who has erased their account. A large group calls the inboxes of only some members: it gets its audience here.
 */
import { isErased } from "../../../core/account/erased.ts";
import type { Rev, UserId } from "../../../schema/ids.ts";
import type { MemberRow, State } from "../store.ts";
import type { Target } from "./lane.ts";

export function* audienceOf({ members }: State): Iterable<MemberRow> {
  for (const member of members.values()) if (member.leftRev !== null || !isErased(member.person.user)) yield member;
}

/** What the inbox of one of them is to have. */
export function targetOf({ leftRev, read, joinedRev }: MemberRow, headRev: Rev): Target {
  return { end: leftRev ?? headRev, read, joinedRev, hasLeft: leftRev !== null };
}

/** Up to this rev every inbox has everything that it is to have. `ackedOf`: what a member's inbox has durably. */
export function deliveredRev(state: State, ackedOf: (userId: UserId) => Rev): Rev {
  let rev = state.head.rev;
  for (const member of audienceOf(state)) {
    const acked = ackedOf(member.userId);
    if (acked < targetOf(member, state.head.rev).end) rev = Math.min(rev, acked);
  }
  return rev;
}

/** Whether the same members are behind, by as much. */
export function isSameAs(a: ReadonlyMap<UserId, Rev>, b: ReadonlyMap<UserId, Rev>): boolean {
  return a.size === b.size && [...a].every(([userId, rev]) => b.get(userId) === rev);
}
