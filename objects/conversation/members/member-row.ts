/** Owns what is kept of a member, and what every way to keep members has in common. */
import type { Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { Role } from "../../../schema/wire/message.ts";
import type { Person } from "../../contract/person.ts";
import type { Transactor } from "../../shared/platform/database.ts";

export type MemberRow = {
  userId: UserId;
  person: Person;
  role: Role;
  /** In a large group the number of the last beginning or end of this membership: each takes the next one. 0 in a small group. */
  membership: number;
  joinedAt: TimeMs;
  joinedSeq: Seq;
  joinedRev: Rev;
  delivered: Seq;
  read: Seq;
  /** The rev at which the member left or was removed; null for a present member. */
  leftRev: Rev | null;
  /** In a large group: the last message when the member left, and when that was. */
  leftWith?: { seq: Seq; at: TimeMs };
  removedBy: UserId | null;
  /** The stranger who brought the member in, until the member accepts the request; null otherwise. */
  requestBy: UserId | null;
};

/** Where a member stands in the list: the rank of the role, when they joined (in a large group the number of the membership), their id. */
export type MemberPlace = [rank: number, joined: number, userId: UserId];

/** A part of the list: behind a place, at most so many, and of these only members who are found by each of the words. */
export type ListAsk = { after: MemberPlace | undefined; limit: number; words: readonly string[] | undefined };

/** What the conversation asks of its members, in whichever way they are kept. */
export interface AnyMembers {
  /** A present member, or a former one until their inbox knows that they left. */
  get(userId: UserId): MemberRow | undefined;
  /** How many are members now. */
  readonly count: number;
  /** Those who are always in memory: of a small group all members, and former members until their inboxes know that they left; of a large group nobody. */
  all(): Iterable<MemberRow>;
  /** Those among whom the next owner is: at least all owners and admins, and the oldest of the others but one. */
  seniors(): MemberRow[];
  /** The members whom the conversation's details show. */
  shown(): MemberRow[];
  list(ask: ListAsk): MemberRow[];
  put(tx: Transactor, member: MemberRow): void;
  /** A member's own message: their watermarks rise to it, in memory. `setWatermarks` writes them. */
  raise(member: MemberRow, seq: Seq): void;
  setWatermarks(tx: Transactor, member: MemberRow, marks: { delivered: Seq; read: Seq }): void;
  endRequest(tx: Transactor, member: MemberRow): void;
  /** Deletes a former member. */
  forget(tx: Transactor, userId: UserId): void;
}

/** A new member has read everything up to where they join: unread 0. */
export function newMember(
  person: Person,
  role: Role,
  at: TimeMs,
  headSeq: Seq,
  rev: Rev,
  requestBy: UserId | null,
): MemberRow {
  return {
    userId: person.user.id,
    person,
    role,
    membership: 0,
    joinedAt: at,
    joinedSeq: headSeq,
    joinedRev: rev,
    delivered: headSeq,
    read: headSeq,
    leftRev: null,
    removedBy: null,
    requestBy,
  };
}

const ranks: Record<Role, number> = { owner: 0, admin: 1, member: 2 };

export function placeOf({ role, membership, joinedRev, userId }: MemberRow): MemberPlace {
  return [ranks[role], membership === 0 ? joinedRev : membership, userId];
}

/** Owners, admins, then the others, each by when they joined. */
export function isBehind([rank, rev, id]: MemberPlace, [otherRank, otherRev, otherId]: MemberPlace): boolean {
  if (rank !== otherRank) return rank > otherRank;
  return rev === otherRev ? id > otherId : rev > otherRev;
}
