/** Owns the members of a small group or a direct chat: their rows, and all of them in memory, with copies of their profiles. */
import { isFoundBy } from "../../../core/text/name-words.ts";
import type { Seq, UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import type { Role } from "../../../schema/wire/message.ts";
import type { Person } from "../../contract/person.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";
import { type AnyMembers, isBehind, type ListAsk, type MemberRow, placeOf } from "./member-row.ts";

type MemberColumns = {
  user_id: string;
  person: string;
  role: string;
  joined_at: number;
  joined_seq: number;
  joined_rev: number;
  delivered: number;
  read: number;
  left_rev: number | null;
  removed_by: string | null;
  request_by: string | null;
};

export class SmallMembers implements AnyMembers {
  readonly kind = "small";
  readonly #rows: Map<UserId, MemberRow>;
  #count = 0;

  /** Reads the stored members, with those who left and whose inboxes do not know it yet. */
  constructor(db: Reader) {
    const rows = db.all<MemberColumns>("SELECT * FROM members").map(memberOf);
    const present = new Set(rows.filter(isPresent).map((member) => member.userId));
    for (const member of rows) member.person = within(member.person, present);
    this.#rows = new Map(rows.map((member) => [member.userId, member]));
    this.#count = present.size;
  }

  get(userId: UserId): MemberRow | undefined {
    return this.#rows.get(userId);
  }

  get count(): number {
    return this.#count;
  }

  all(): Iterable<MemberRow> {
    return this.#rows.values();
  }

  /** The present members, oldest first. */
  present(): MemberRow[] {
    const members = [...this.#rows.values()].filter(isPresent);
    return members.sort((a, b) => a.joinedRev - b.joinedRev || (a.userId < b.userId ? -1 : 1));
  }

  seniors(): MemberRow[] {
    return this.present();
  }

  shown(): MemberRow[] {
    return this.present().slice(0, limits.smallGroupMembersMax);
  }

  list({ after, limit, words }: ListAsk): MemberRow[] {
    return [...this.#rows.values()]
      .filter(isPresent)
      .filter((member) => after === undefined || isBehind(placeOf(member), after))
      .filter(({ person }) => words === undefined || isFoundBy(person.user, words))
      .sort((a, b) => (isBehind(placeOf(a), placeOf(b)) ? 1 : -1))
      .slice(0, limit);
  }

  put(tx: Transactor, member: MemberRow): void {
    const before = this.#rows.get(member.userId);
    this.#count += Number(isPresent(member)) - Number(before !== undefined && isPresent(before));
    this.#rows.set(member.userId, member);
    tx.run(
      `INSERT OR REPLACE INTO members (user_id, person, role, joined_at, joined_seq, joined_rev, delivered, read, left_rev, removed_by, request_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      member.userId,
      JSON.stringify(member.person),
      member.role,
      member.joinedAt,
      member.joinedSeq,
      member.joinedRev,
      member.delivered,
      member.read,
      member.leftRev,
      member.removedBy,
      member.requestBy,
    );
  }

  raise(member: MemberRow, seq: Seq): void {
    member.read = Math.max(member.read, seq);
    member.delivered = Math.max(member.delivered, seq);
  }

  setWatermarks(tx: Transactor, member: MemberRow, marks: { delivered: Seq; read: Seq }): void {
    member.delivered = marks.delivered;
    member.read = marks.read;
    tx.run("UPDATE members SET delivered = ?, read = ? WHERE user_id = ?", marks.delivered, marks.read, member.userId);
  }

  endRequest(tx: Transactor, member: MemberRow): void {
    member.requestBy = null;
    tx.run("UPDATE members SET request_by = NULL WHERE user_id = ?", member.userId);
  }

  forget(tx: Transactor, userId: UserId): void {
    const before = this.#rows.get(userId);
    if (before !== undefined && isPresent(before)) this.#count--;
    this.#rows.delete(userId);
    tx.run("DELETE FROM members WHERE user_id = ?", userId);
  }
}

/** A person as the conversation stores them. Of the users whom they block it stores only members. */
export function within(person: Person, isInside: ReadonlySet<UserId>): Person {
  return person.blocks.length === 0 ? person : { ...person, blocks: person.blocks.filter((id) => isInside.has(id)) };
}

function isPresent({ leftRev }: MemberRow): boolean {
  return leftRev === null;
}

function memberOf(row: MemberColumns): MemberRow {
  return {
    userId: row.user_id as UserId,
    person: JSON.parse(row.person) as Person,
    role: row.role as Role,
    membership: 0,
    joinedAt: row.joined_at,
    joinedSeq: row.joined_seq,
    joinedRev: row.joined_rev,
    delivered: row.delivered,
    read: row.read,
    leftRev: row.left_rev,
    removedBy: row.removed_by as UserId | null,
    requestBy: row.request_by as UserId | null,
  };
}
