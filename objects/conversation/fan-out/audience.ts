/**
 * Owns the audience of a conversation: the members whose inboxes fan-out calls, and up to which rev. In a small group or a direct chat these are all members, and
 * each former member until their inbox knows that they left; a present member who has erased their account is left out. In a large group it is nobody: inboxes ask
 * for their rows (../large). Nobody is called for a conversation whose import is not done.
 */
import { isErased } from "../../../core/account/erased.ts";
import type { Rev, UserId } from "../../../schema/ids.ts";
import { isImporting } from "../importing.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { State } from "../store.ts";
import type { Target } from "./lane.ts";

export function* audienceOf({ facts, members }: State): Iterable<MemberRow> {
  if (isImporting(facts)) return;
  for (const member of members.all()) if (member.leftRev !== null || !isErased(member.person.user)) yield member;
}

/** The state that a member's inbox should reach. */
export function targetOf({ leftRev, read, joinedRev }: MemberRow, headRev: Rev): Target {
  return { end: leftRev ?? headRev, read, joinedRev, hasLeft: leftRev !== null };
}

/** The rev up to which every inbox has its changes. `ackedOf`: the rev up to which a member's inbox has stored them. */
export function deliveredRev(state: State, ackedOf: (userId: UserId) => Rev): Rev {
  let rev = state.head.rev;
  for (const member of audienceOf(state)) {
    const acked = ackedOf(member.userId);
    if (acked < targetOf(member, state.head.rev).end) rev = Math.min(rev, acked);
  }
  return rev;
}

/** Whether the same members are behind, and at the same revs. */
export function isSameAs(a: ReadonlyMap<UserId, Rev>, b: ReadonlyMap<UserId, Rev>): boolean {
  return a.size === b.size && [...a].every(([userId, rev]) => b.get(userId) === rev);
}
