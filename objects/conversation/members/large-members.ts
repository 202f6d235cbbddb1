/**
 * Owns the members of a large group: rows, of which some are in memory. They have no copies of profiles; the words of the name are there to be searched.
 * Each beginning and each end of a membership takes a number, for most of them take no rev.
 */
import { bareUser } from "../../../core/account/bare-user.ts";
import { indexPrefix, nameWords } from "../../../core/text/name-words.ts";
import type { Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { Role } from "../../../schema/wire/message.ts";
import type { User } from "../../../schema/wire/user.ts";
import type { Person } from "../../contract/person.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";
import { type AnyMembers, type ListAsk, type MemberRow, placeOf } from "./member-row.ts";

type Columns = {
  user_id: string;
  rank: number;
  membership: number;
  joined_at: number;
  joined_seq: number;
  joined_rev: number;
  delivered: number;
  read: number;
  left_rev: number | null;
  left_seq: number | null;
  left_at: number | null;
  removed_by: string | null;
  request_by: string | null;
  words: string;
};

/** By rank. */
const roles: readonly Role[] = ["owner", "admin", "member"];
/** Behind every word that begins with the prefix before it. */
const last = "\u{10FFFF}";

export class LargeMembers implements AnyMembers {
  readonly kind = "large";
  readonly #db: Reader;
  /** Those who were asked for last. Null: no member, and no former one. */
  readonly #rows = new Map<UserId, MemberRow | null>();
  /** Members whose watermarks are not written yet. Only memory has these. */
  readonly #raised = new Map<UserId, MemberRow>();
  #count: number;
  #memberships: number;
  /** The number of the last membership that began while the group was small. */
  #grownWith: number;

  constructor(db: Reader) {
    this.#db = db;
    const row = db.first<{ members: number; memberships: number; grown_with: number }>("SELECT * FROM large_group");
    this.#count = row?.members ?? 0;
    this.#memberships = row?.memberships ?? 0;
    this.#grownWith = row?.grown_with ?? 0;
  }

  /** The group has just grown: all memberships that there are began while it was small. */
  noteGrown(tx: Transactor): void {
    this.#grownWith = this.#memberships;
    this.#writeCounts(tx);
  }

  isFromSmall({ membership }: MemberRow): boolean {
    return membership <= this.#grownWith;
  }

  get(userId: UserId): MemberRow | undefined {
    const raised = this.#raised.get(userId);
    if (raised !== undefined) return raised;
    const known = this.#rows.get(userId);
    if (known !== undefined) {
      this.#keep(userId, known);
      return known ?? undefined;
    }
    const row = this.#db.first<Columns>("SELECT * FROM large_members WHERE user_id = ?", userId);
    const member = row === undefined ? null : memberOf(row);
    this.#keep(userId, member);
    return member ?? undefined;
  }

  get count(): number {
    return this.#count;
  }

  all(): Iterable<MemberRow> {
    return [];
  }

  seniors(): MemberRow[] {
    return roles.flatMap((_role, rank) => this.#all("rank = ? AND left_rev IS NULL ORDER BY membership LIMIT 2", rank));
  }

  shown(): MemberRow[] {
    return this.#all("rank < 2 AND left_rev IS NULL ORDER BY rank, membership LIMIT ?", largeGroups.adminsShownMax);
  }

  list({ after, limit, words }: ListAsk): MemberRow[] {
    const [rank, membership] = after ?? [-1, 0];
    if (words !== undefined) return this.#found(words, [rank, membership], limit);
    return this.#all(
      "left_rev IS NULL AND (rank, membership) > (?, ?) ORDER BY rank, membership LIMIT ?",
      rank,
      membership,
      limit,
    );
  }

  put(tx: Transactor, given: MemberRow): void {
    const before = this.get(given.userId);
    const [wasIn, isIn] = [before?.leftRev === null, given.leftRev === null];
    const begins = isIn && (!wasIn || before?.joinedRev !== given.joinedRev);
    const turns = begins || wasIn !== isIn;
    if (turns) {
      this.#count += Number(isIn) - Number(wasIn);
      this.#memberships++;
      this.#writeCounts(tx);
    }
    const membership = turns ? this.#memberships : (before?.membership ?? given.membership);
    const member = { ...given, membership, person: nobody(given.userId) };
    if (begins || before === undefined) this.#insert(tx, member, given.person);
    else this.#update(tx, member);
    if (wasIn && !isIn) this.#forgetWords(tx, member.userId);
    this.#raised.delete(member.userId);
    this.#keep(member.userId, member);
  }

  raise(member: MemberRow, seq: Seq): void {
    member.read = Math.max(member.read, seq);
    member.delivered = Math.max(member.delivered, seq);
    this.#raised.set(member.userId, member);
  }

  setWatermarks(tx: Transactor, member: MemberRow, marks: { delivered: Seq; read: Seq }): void {
    member.delivered = marks.delivered;
    member.read = marks.read;
    tx.run(
      "UPDATE large_members SET delivered = ?, read = ? WHERE user_id = ?",
      marks.delivered,
      marks.read,
      member.userId,
    );
    this.#raised.delete(member.userId);
    this.#keep(member.userId, member);
  }

  endRequest(tx: Transactor, member: MemberRow): void {
    member.requestBy = null;
    tx.run("UPDATE large_members SET request_by = NULL WHERE user_id = ?", member.userId);
  }

  forget(tx: Transactor, userId: UserId): void {
    this.#dropWords(tx, userId, []);
    tx.run("DELETE FROM large_members WHERE user_id = ?", userId);
    this.#raised.delete(userId);
    this.#rows.delete(userId);
  }

  /** A member has another handle or name, as of a time; false where a later one is known. */
  rename(tx: Transactor, user: User, namedAt: TimeMs): boolean {
    const row = tx.first<{ words: string; named_at: number }>(
      "SELECT words, named_at FROM large_members WHERE user_id = ?",
      user.id,
    );
    if (row === undefined) return true;
    if (row.named_at > namedAt) return false;
    const words = wordsOf(user);
    if (row.words === lines(words)) return true;
    this.#dropWords(tx, user.id, words);
    this.#addWords(tx, user.id, words);
    tx.run("UPDATE large_members SET words = ?, named_at = ? WHERE user_id = ?", lines(words), namedAt, user.id);
    return true;
  }

  #writeCounts(tx: Transactor): void {
    tx.run(
      "INSERT OR REPLACE INTO large_group (one, members, memberships, grown_with) VALUES (1, ?, ?, ?)",
      this.#count,
      this.#memberships,
      this.#grownWith,
    );
  }

  #insert(tx: Transactor, member: MemberRow, person: Person): void {
    const words = wordsOf(person.user);
    this.#dropWords(tx, member.userId, words);
    tx.run(
      `INSERT OR REPLACE INTO large_members (user_id, rank, membership, joined_at, joined_seq, joined_rev, delivered, read, left_rev, left_seq, left_at, removed_by, request_by, words, named_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      member.userId,
      placeOf(member)[0],
      member.membership,
      member.joinedAt,
      member.joinedSeq,
      member.joinedRev,
      member.delivered,
      member.read,
      member.leftRev,
      member.leftWith?.seq ?? null,
      member.leftWith?.at ?? null,
      member.removedBy,
      member.requestBy,
      lines(words),
      person.changedAt ?? 0,
    );
    this.#addWords(tx, member.userId, words);
  }

  #update(tx: Transactor, member: MemberRow): void {
    tx.run(
      `UPDATE large_members SET rank = ?, membership = ?, delivered = ?, read = ?, left_rev = ?, left_seq = ?, left_at = ?, removed_by = ?, request_by = ?
       WHERE user_id = ?`,
      placeOf(member)[0],
      member.membership,
      member.delivered,
      member.read,
      member.leftRev,
      member.leftWith?.seq ?? null,
      member.leftWith?.at ?? null,
      member.removedBy,
      member.requestBy,
      member.userId,
    );
  }

  #addWords(tx: Transactor, userId: UserId, words: readonly string[]): void {
    tx.run(
      "INSERT OR IGNORE INTO large_words (word, user_id) SELECT value, ? FROM json_each(?)",
      userId,
      JSON.stringify(words),
    );
  }

  /** Deletes the words under which a member stood, except those that stay. */
  #dropWords(tx: Transactor, userId: UserId, staying: readonly string[]): void {
    const row = tx.first<{ words: string }>("SELECT words FROM large_members WHERE user_id = ?", userId);
    const gone = (row?.words ?? "").split("\n").filter((word) => word !== "" && !staying.includes(word));
    for (const word of gone) tx.run("DELETE FROM large_words WHERE word = ? AND user_id = ?", word, userId);
  }

  /** Looks up those whom one of the words finds, if it finds few. If each finds many, the list is read until the page is full. */
  #found(words: readonly string[], [rank, membership]: [number, number], limit: number): MemberRow[] {
    const prefixes = words.map(indexPrefix);
    const few = this.#few(prefixes);
    const those = few === undefined ? "" : " AND user_id IN (SELECT value FROM json_each(?))";
    const found: MemberRow[] = [];
    this.#db.each<Columns>(
      `SELECT * FROM large_members WHERE left_rev IS NULL AND (rank, membership) > (?, ?)${those} ORDER BY rank, membership`,
      [rank, membership, ...(few === undefined ? [] : [JSON.stringify(few)])],
      (row) => {
        if (prefixes.every((prefix) => row.words.includes(`\n${prefix}`))) found.push(memberOf(row));
        return found.length < limit;
      },
    );
    return found;
  }

  /** A former member is found no more, and nothing of their name stays. */
  #forgetWords(tx: Transactor, userId: UserId): void {
    this.#dropWords(tx, userId, []);
    tx.run("UPDATE large_members SET words = '' WHERE user_id = ?", userId);
  }

  #few(prefixes: readonly string[]): string[] | undefined {
    for (const prefix of prefixes) {
      const rows = this.#db.all<{ user_id: string }>(
        "SELECT DISTINCT user_id FROM large_words WHERE word >= ? AND word < ? LIMIT ?",
        prefix,
        prefix + last,
        largeGroups.foundByWordMax + 1,
      );
      if (rows.length <= largeGroups.foundByWordMax) return rows.map((row) => row.user_id);
    }
    return undefined;
  }

  #all(where: string, ...values: number[]): MemberRow[] {
    const rows = this.#db.all<Columns>(`SELECT * FROM large_members WHERE ${where}`, ...values);
    return rows.map((row) => this.#raised.get(row.user_id as UserId) ?? memberOf(row));
  }

  #keep(userId: UserId, member: MemberRow | null): void {
    this.#rows.delete(userId);
    this.#rows.set(userId, member);
    if (this.#rows.size <= largeGroups.membersInMemoryMax) return;
    const [oldest] = this.#rows.keys();
    if (oldest !== undefined) this.#rows.delete(oldest);
  }
}

/** The person of a member, without a profile. Profiles are looked up for those on screen. */
function nobody(id: UserId): Person {
  return { user: bareUser(id), showsRead: false, showsTyping: false, blocks: [] };
}

function wordsOf(user: User): string[] {
  return nameWords(user).map((word) => word.replaceAll("\n", " "));
}

function lines(words: readonly string[]): string {
  return words.map((word) => `\n${word}`).join("");
}

function memberOf(row: Columns): MemberRow {
  const { left_rev: leftRev, left_seq: seq, left_at: at } = row;
  return {
    userId: row.user_id as UserId,
    person: nobody(row.user_id as UserId),
    role: roles[row.rank] ?? "member",
    membership: row.membership,
    joinedAt: row.joined_at,
    joinedSeq: row.joined_seq,
    joinedRev: row.joined_rev,
    delivered: row.delivered,
    read: row.read,
    leftRev,
    ...(seq === null || at === null ? {} : { leftWith: { seq, at } }),
    removedBy: row.removed_by as UserId | null,
    requestBy: row.request_by as UserId | null,
  };
}
