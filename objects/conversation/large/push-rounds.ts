/**
 * Owns the messages of a large group that are pushed to members who want all of them (`notify: "all"`), and not only those that concern them. They go out in rounds
 * over these members, page by page through the queue, with what is due. That a round is needed follows from the head, so a message costs no row. A round that was
 * cut off goes on behind the last page that was reported; what an inbox has had already it drops.
 */
import { visibleFrom } from "../../../core/visibility.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { Seq, UserId } from "../../../schema/ids.ts";
import type { DeliveryItem } from "../../contract/delivery/delivery.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { MemberRow } from "../members/member-row.ts";
import { messageItem } from "../messages/items.ts";
import type { Messages } from "../messages/messages.ts";
import type { State } from "../store.ts";

/** `sent`: up to here every one of them has the messages. `to`: where the round under way ends, 0 where none is. `cursor`: the last member of it who was called. */
type Round = { sent: Seq; to: Seq; cursor: string };

/** Behind every id. */
const last = "\u{10FFFF}";

export class PushRounds {
  readonly #db: Database;
  readonly #messages: Pick<Messages, "short">;
  #round: Round | undefined;
  #hasAny: boolean | undefined;
  /** Whom the last page named. */
  #asked: readonly UserId[] = [];
  /** Rounds in a row in which some inbox failed. */
  #failures = 0;
  #hasFailed = false;

  constructor(parts: { db: Database; messages: Pick<Messages, "short"> }) {
    this.#db = parts.db;
    this.#messages = parts.messages;
    parts.db.onRollback(() => {
      this.#round = undefined;
      this.#hasAny = undefined;
    });
  }

  /** Whether some member wants all messages. */
  get hasAny(): boolean {
    return (this.#hasAny ??= this.#db.first("SELECT 1 FROM large_wants LIMIT 1") !== undefined);
  }

  isPending({ head }: State): boolean {
    return this.hasAny && this.#state.sent < head.seq;
  }

  /** Whether it would be new that a member wants all messages, or does not. */
  differs(userId: UserId, isOn: boolean): boolean {
    return (
      (this.hasAny && this.#db.first("SELECT 1 FROM large_wants WHERE user_id = ?", userId) !== undefined) !== isOn
    );
  }

  /** A member wants all messages behind this one, or not any more. */
  want(tx: Transactor, userId: UserId, isOn: boolean, since: Seq): void {
    if (!this.differs(userId, isOn)) return;
    if (!isOn) tx.run("DELETE FROM large_wants WHERE user_id = ?", userId);
    else {
      if (!this.hasAny) this.#set(tx, { sent: since, to: 0, cursor: "" });
      tx.run("INSERT INTO large_wants (user_id, since) VALUES (?, ?)", userId, since);
    }
    this.#hasAny = undefined;
  }

  /** The members behind this one whose turn in the round it is, at most so many. With the first page a round begins if one is needed. */
  page(state: State, after: UserId | null, limit: number): UserId[] {
    const { sent, to, cursor } = this.#state;
    if (!this.isPending(state) || (to === 0 && after !== null)) return [];
    if (to === 0) this.#db.transact((tx) => this.#set(tx, { sent, to: state.head.seq, cursor: "" }));
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
  end(): void {
    this.reported(last as UserId, new Set());
  }

  /** The members whom the last page named up to this one were called, these with success. If nobody is left the round ends. */
  reported(after: UserId | null, delivered: ReadonlySet<UserId>): void {
    const { sent, to, cursor } = this.#state;
    if (to === 0 || after === null || after <= cursor) return;
    if (this.#asked.some((userId) => userId <= after && !delivered.has(userId))) this.#hasFailed = true;
    this.#asked = [];
    const isLast = this.#db.first("SELECT 1 FROM large_wants WHERE user_id > ? LIMIT 1", after) === undefined;
    if (!isLast) {
      this.#db.transact((tx) => this.#set(tx, { sent, to, cursor: after }));
      return;
    }
    this.#failures = this.#hasFailed ? this.#failures + 1 : 0;
    // An inbox that fails again and again holds nobody up.
    const isDone = this.#failures === 0 || this.#failures > largeGroups.pushRoundsMax;
    if (isDone) this.#failures = 0;
    this.#hasFailed = false;
    this.#db.transact((tx) => this.#set(tx, { sent: isDone ? to : sent, to: 0, cursor: "" }));
  }

  /** What a member gets in the round, but for what concerns them: that is always due to them by itself, and perhaps their inbox has it already. */
  items(state: State, member: MemberRow, concerning: readonly DeliveryItem[]): DeliveryItem[] {
    const want = this.#db.first<{ since: number }>("SELECT since FROM large_wants WHERE user_id = ?", member.userId);
    const { sent, to } = this.#state;
    if (want === undefined || to === 0) return [];
    const { after } = visibleFrom(state, member);
    const has = new Set(concerning.map(({ message }) => message?.seq));
    const items: DeliveryItem[] = [];
    const first = Math.max(sent, want.since, member.read, after, to - largeGroups.dueMessagesMax);
    for (let seq = first + 1; seq <= to; seq++) {
      const row = has.has(seq) ? undefined : this.#messages.short(seq);
      if (row === undefined || row.unsentAt !== null || row.senderId === member.userId) continue;
      if (row.mentions.includes(member.userId) || row.answers === member.userId) continue;
      items.push(messageItem(state.facts.id, row));
    }
    return items;
  }

  get #state(): Round {
    return (this.#round ??= this.#db.first<Round>('SELECT sent, upto AS "to", cursor FROM large_push_round') ?? {
      sent: 0,
      to: 0,
      cursor: "",
    });
  }

  #set(tx: Transactor, round: Round): void {
    tx.run(
      "INSERT OR REPLACE INTO large_push_round (one, sent, upto, cursor) VALUES (1, ?, ?, ?)",
      round.sent,
      round.to,
      round.cursor,
    );
    this.#round = round;
  }
}
