/**
 * Owns the messages of a large group that are pushed to members who want all of them (`notify: "all"`), and not only those that concern them. They go out in rounds
 * over these members, page by page through the queue, with what is due. That a round is needed follows from the head, so a message costs no row. A round that was
 * cut off goes on behind the last page that was reported; what an inbox has had already it drops. A message that is edited or unsent after a round brought it is
 * noted, and the next round brings its new state, because its push may still wait in an inbox.
 */
import { messageOf, type MessageRow } from "../../../../core/stored-message.ts";
import { visibleFrom } from "../../../../core/visibility.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { Rev, Seq, TimeMs, UserId } from "../../../../schema/ids.ts";
import { pushes as bounds } from "../../../../schema/push-limits.ts";
import type { DeliveryItem } from "../../../contract/delivery/delivery.ts";
import { now } from "../../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../../shared/platform/database.ts";
import type { MemberRow } from "../../members/member-row.ts";
import { factsOf, messageItem } from "../../messages/items.ts";
import type { Messages } from "../../messages/messages.ts";
import type { State } from "../../store.ts";

/**
 * `sent`: up to here every one of them has the messages. `to`: where the round under way ends, 0 where none is. `cursor`: the last member of it who was called.
 * `reached`: up to here some may have the messages. `rev`: the round under way brings the changes up to this one. `failures`: rounds in a row in which some
 * inbox failed. `hasFailed`: 1 if some did in the round under way.
 */
type Round = { sent: Seq; to: Seq; cursor: string; reached: Seq; rev: Rev; failures: number; hasFailed: number };

const none: Round = { sent: 0, to: 0, cursor: "", reached: 0, rev: 0, failures: 0, hasFailed: 0 };

/** Behind every id. */
const last = "\u{10FFFF}";

export class PushRounds {
  readonly #db: Database;
  readonly #messages: Pick<Messages, "short">;
  #round: Round | undefined;
  #hasAny: boolean | undefined;
  #hasSkips: boolean | undefined;
  /** Whom the last page named; undefined where an earlier life of the object answered it. */
  #asked: readonly UserId[] | undefined;

  constructor(parts: { db: Database; messages: Pick<Messages, "short"> }) {
    this.#db = parts.db;
    this.#messages = parts.messages;
    parts.db.onRollback(() => {
      this.#round = undefined;
      this.#hasAny = undefined;
      this.#hasSkips = undefined;
    });
  }

  /** Whether some member wants all messages. */
  get hasAny(): boolean {
    return (this.#hasAny ??= this.#db.first("SELECT 1 FROM large_wants LIMIT 1") !== undefined);
  }

  isPending({ head }: State): boolean {
    return this.hasAny && (this.#state.sent < head.seq || this.#hasChanges);
  }

  /** Whether it would be new that a member wants all messages, or does not. */
  differs(userId: UserId, isOn: boolean): boolean {
    return (
      (this.hasAny && this.#db.first("SELECT 1 FROM large_wants WHERE user_id = ?", userId) !== undefined) !== isOn
    );
  }

  /**
   * A member wants all messages behind this one, or not any more. `at`: when their inbox said so. An older word than the one that is known ends nothing. Where an
   * older one begins something, the inbox ends it with its next answer.
   */
  want(tx: Transactor, userId: UserId, isOn: boolean, since: Seq, at: TimeMs): void {
    if (!this.differs(userId, isOn)) return;
    if (!isOn) tx.run("DELETE FROM large_wants WHERE user_id = ? AND at < ?", userId, at);
    else {
      if (!this.hasAny) {
        this.#set(tx, { ...none, sent: since, reached: since });
        tx.run("DELETE FROM large_push_changes");
      }
      tx.run("INSERT INTO large_wants (user_id, since, at) VALUES (?, ?, ?)", userId, since, at);
    }
    this.#hasAny = undefined;
  }

  /** A message was changed. True if a round has to bring it: its text is another, and inboxes may hold its push. */
  changed(tx: Transactor, before: MessageRow, { seq, rev, sentAt, text, unsentAt }: MessageRow): boolean {
    const isSame = text === before.text && unsentAt === before.unsentAt;
    // A push waits for a while, and perhaps the round came late.
    if (isSame || !this.hasAny || seq > this.#state.reached || now() - sentAt > 2 * bounds.waitMsMax) return false;
    tx.run("INSERT OR REPLACE INTO large_push_changes (seq, rev) VALUES (?, ?)", seq, rev);
    // No inbox holds more pushes of one conversation than these.
    tx.run(
      "DELETE FROM large_push_changes WHERE seq <= (SELECT seq FROM large_push_changes ORDER BY seq DESC LIMIT 1 OFFSET ?)",
      bounds.waitingMax,
    );
    return true;
  }

  /** A message mentions these members no more. It is or was due to them by itself, so a round that comes to it later must not bring it once more. */
  unmentioned(tx: Transactor, seq: Seq, userIds: readonly UserId[]): void {
    if (userIds.length === 0 || !this.hasAny || seq <= this.#state.sent) return;
    tx.run(
      `INSERT OR IGNORE INTO large_push_skips (user_id, seq)
       SELECT user_id, ? FROM large_wants WHERE user_id IN (SELECT value FROM json_each(?))`,
      seq,
      JSON.stringify(userIds),
    );
    this.#hasSkips = undefined;
  }

  /** Nothing is pushed to a user who is a member no more. */
  forget(tx: Transactor, userId: UserId): void {
    this.want(tx, userId, false, 0, Number.MAX_SAFE_INTEGER);
  }

  /** The members behind this one whose turn in the round it is, at most so many. With the first page a round begins if one is needed. */
  page(state: State, after: UserId | null, limit: number): UserId[] {
    const { to, cursor } = this.#state;
    const { seq, rev } = state.head;
    if (!this.isPending(state) || (to === 0 && after !== null)) return [];
    if (to === 0) this.#db.transact((tx) => this.#set(tx, { ...this.#state, to: seq, cursor: "", reached: seq, rev }));
    return this.#db
      .all<{ user_id: string }>(
        "SELECT user_id FROM large_wants WHERE user_id > ? ORDER BY user_id LIMIT ?",
        after !== null && after > cursor ? after : cursor,
        limit,
      )
      .map((row) => row.user_id as UserId);
  }

  /** The page names these members. */
  named(userIds: readonly UserId[]): void {
    this.#asked = userIds;
  }

  /** Nobody is left in the round. */
  end(state: State): void {
    this.reported(state, last as UserId, new Set());
  }

  /** The members whom the last page named up to this one were called, these with success. If nobody is left the round ends. */
  reported(state: State, after: UserId | null, delivered: ReadonlySet<UserId>): void {
    const { to, cursor, rev, ...round } = this.#state;
    if (to === 0 || after === null || after <= cursor) return;
    const asked = this.#asked ?? this.#askedBefore(state, cursor, after, delivered);
    const hasFailed = round.hasFailed === 1 || asked.some((userId) => userId <= after && !delivered.has(userId));
    this.#asked = [];
    const isLast = this.#db.first("SELECT 1 FROM large_wants WHERE user_id > ? LIMIT 1", after) === undefined;
    if (!isLast) {
      const on = { ...round, to, rev, cursor: after, hasFailed: Number(hasFailed) };
      this.#db.transact((tx) => this.#set(tx, on));
      return;
    }
    const failures = hasFailed ? round.failures + 1 : 0;
    // An inbox that fails again and again holds nobody up.
    const isDone = failures === 0 || failures > largeGroups.pushRoundsMax;
    const ended = { ...round, to: 0, rev, cursor: "", hasFailed: 0 };
    this.#db.transact((tx) => {
      this.#set(tx, { ...ended, sent: isDone ? to : round.sent, failures: isDone ? 0 : failures });
      if (isDone) tx.run("DELETE FROM large_push_changes WHERE rev <= ?", rev);
      if (isDone && this.#skips) tx.run("DELETE FROM large_push_skips WHERE seq <= ?", to);
      this.#hasSkips = undefined;
    });
  }

  /** Whom a page named, as far as those say who were not reported: they still lack something. */
  #askedBefore(state: State, cursor: string, after: UserId, delivered: ReadonlySet<UserId>): UserId[] {
    return this.#db
      .all<{ user_id: string }>(
        "SELECT user_id FROM large_wants WHERE user_id > ? AND user_id <= ? ORDER BY user_id LIMIT ?",
        cursor,
        after,
        largeGroups.duePageMembers,
      )
      .map(({ user_id }) => user_id as UserId)
      .filter((userId) => {
        const member = delivered.has(userId) ? undefined : state.members.get(userId);
        return member !== undefined && member.leftRev === null && this.items(state, member, []).length > 0;
      });
  }

  /** What a member gets in the round, but for what concerns them: that is always due to them by itself, and perhaps their inbox has it already. */
  items(state: State, member: MemberRow, concerning: readonly DeliveryItem[]): DeliveryItem[] {
    const want = this.#db.first<{ since: number }>("SELECT since FROM large_wants WHERE user_id = ?", member.userId);
    const { sent, to } = this.#state;
    if (want === undefined || to === 0) return [];
    const { after } = visibleFrom(state, member);
    const has = new Set([...concerning.map(({ message }) => message?.seq), ...this.#skippedBy(member.userId)]);
    const items: DeliveryItem[] = [];
    const first = Math.max(sent, want.since, member.read, after, to - largeGroups.dueMessagesMax);
    for (let seq = first + 1; seq <= to; seq++) {
      const row = has.has(seq) ? undefined : this.#messages.short(seq);
      if (row === undefined || row.unsentAt !== null || row.senderId === member.userId) continue;
      if (row.mentions.includes(member.userId) || row.answers === member.userId) continue;
      items.push(messageItem(state.facts.id, row));
    }
    return [...items, ...this.#changesFor(state, member, Math.max(member.read, after), has)];
  }

  /** Messages behind a seq that were changed after a round brought them, but for these. Inboxes of before the group grew may hold pushes, so that `since` does not count. */
  #changesFor({ facts }: State, { userId }: MemberRow, after: Seq, but: ReadonlySet<Seq | undefined>): DeliveryItem[] {
    return this.#db
      .all<{ seq: number }>("SELECT seq FROM large_push_changes WHERE seq > ? ORDER BY rev", after)
      .flatMap(({ seq }) => {
        const row = but.has(seq) ? undefined : this.#messages.short(seq);
        if (row === undefined || row.senderId === userId) return [];
        const message = factsOf(messageOf(facts.id, row), row.answers);
        // It makes no frame.
        return [{ rev: row.rev, kind: "change" as const, json: "", message }];
      });
  }

  #skippedBy(userId: UserId): Seq[] {
    if (!this.#skips) return [];
    const rows = this.#db.all<{ seq: number }>("SELECT seq FROM large_push_skips WHERE user_id = ?", userId);
    return rows.map(({ seq }) => seq);
  }

  get #skips(): boolean {
    return (this.#hasSkips ??= this.#db.first("SELECT 1 FROM large_push_skips LIMIT 1") !== undefined);
  }

  get #hasChanges(): boolean {
    return this.#db.first("SELECT 1 FROM large_push_changes LIMIT 1") !== undefined;
  }

  get #state(): Round {
    return (this.#round ??=
      this.#db.first<Round>(
        'SELECT sent, upto AS "to", cursor, reached, rev, failures, has_failed AS "hasFailed" FROM large_push_round',
      ) ?? none);
  }

  #set(tx: Transactor, round: Round): void {
    tx.run(
      `INSERT OR REPLACE INTO large_push_round (one, sent, upto, cursor, reached, rev, failures, has_failed)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?)`,
      round.sent,
      round.to,
      round.cursor,
      round.reached,
      round.rev,
      round.failures,
      round.hasFailed,
    );
    this.#round = round;
  }
}
