/**
 * Owns what happens beside each command in a large group, in the command's own transaction: what is counted for those who have not read it, and whom it
 * concerns. In a small group nothing happens here, because its members' inboxes count for themselves.
 */
import type { MessageRow } from "../../../core/stored-message.ts";
import type { Rev, Seq, UserId } from "../../../schema/ids.ts";
import { largeGroups, timeouts } from "../../../schema/limits.ts";
import type { DeliveredRow, DueRow } from "../../contract/delivery/pulled-row.ts";
import { cost } from "../../shared/platform/meter.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Effects } from "../effects.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { Notices } from "../messages/notices.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import type { State, Store } from "../store.ts";
import { Due } from "./due.ts";
import { Growth } from "./growth.ts";
import { largeMarks } from "./marks.ts";
import { PulledRows } from "./pulled-rows.ts";
import { UnreadCounts } from "./unread-counts.ts";

/** Set while something is due: it repeats the hint to the queue's consumer. */
export const dueAlarm = "large due";

export type LargeGroupParts = {
  env: Env;
  db: Database;
  alarms: Alarms;
  store: Store;
  messages: Messages;
  journal: Journal;
  notices: Notices;
};

export class LargeGroup {
  readonly #env: Pick<Env, "FANOUT_QUEUE">;
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #counts: UnreadCounts;
  readonly #growth: Growth;
  /** Something became due since the last commit. */
  #isDue = false;
  /** A hint is on its way, and its consumer has not begun. */
  #isHinted = false;
  readonly rows: PulledRows;
  readonly #due: Due;

  constructor(parts: LargeGroupParts) {
    this.#env = parts.env;
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#counts = new UnreadCounts(parts.db);
    this.rows = new PulledRows({ ...parts, counts: this.#counts });
    this.#due = new Due({ ...parts, rows: this.rows });
    const due = { note: (...noted: Parameters<Due["note"]>) => this.#note(...noted) };
    this.#growth = new Growth({ ...parts, due, counts: this.#counts });
  }

  grow(tx: Transactor, state: State, by: UserId, effects: Effects): void {
    this.#growth.grow(tx, state, by, effects);
  }

  /** A message was sent. Nobody but its sender has read it. */
  sent(tx: Transactor, state: State, row: MessageRow): void {
    if (state.members.kind === "small") return;
    this.#counts.read(tx, row.senderId, row.seq);
    this.#counts.mention(
      tx,
      row.seq,
      row.mentions.filter((userId) => userId !== row.senderId),
    );
    for (const member of this.#concerned(row)) this.#note(tx, member, row.seq, row.rev);
  }

  /** A message was edited, unsent, or reacted to. */
  changed(tx: Transactor, state: State, before: MessageRow, after: MessageRow): void {
    if (state.members.kind === "small") return;
    const { seq, senderId, rev } = after;
    if (after.unsentAt !== null && before.unsentAt === null) this.#counts.noteUnsent(tx, [seq]);
    const gone = before.mentions.filter((userId) => !after.mentions.includes(userId));
    const come = after.mentions.filter((userId) => !before.mentions.includes(userId));
    this.#counts.unmention(tx, seq, gone);
    const unread = come.filter((userId) => userId !== senderId && (this.#store.member(userId)?.read ?? seq) < seq);
    this.#counts.mention(tx, seq, unread);
    for (const member of this.#concerned(before, after)) this.#note(tx, member, seq, rev);
  }

  /** A member has read on, by a receipt or by sending. */
  read(tx: Transactor, state: State, userId: UserId, read: Seq): void {
    if (state.members.kind === "large") this.#counts.read(tx, userId, read);
  }

  /** Memberships began, ended, or got another role. */
  turned(tx: Transactor, state: State, userIds: readonly UserId[]): void {
    if (state.members.kind === "small") return;
    for (const userId of userIds) {
      const member = state.members.get(userId);
      if (member === undefined) continue;
      if (member.leftRev !== null) this.#counts.read(tx, userId);
      this.#note(tx, member, 0, state.head.rev);
    }
  }

  /** The next page of what is due, after noting which inboxes have what an earlier page had. */
  page(after: UserId | null, delivered: readonly DeliveredRow[]): { due: DueRow[]; next: UserId | null } {
    const { state } = this.#store;
    if (state === undefined || state.members.kind === "small") return { due: [], next: null };
    if (delivered.length > 0) this.#db.transact((tx) => this.#noteDelivered(tx, state, delivered));
    // What becomes due from now on is perhaps behind this round, so it has a hint of its own.
    this.#isHinted = false;
    return this.#due.page(state, after, largeGroups.duePageMembers);
  }

  /** After a commit: sends the hint if something became due. */
  published(): void {
    if (this.#isDue) this.#hint();
    this.#isDue = false;
  }

  /** The alarm went off: the hint is sent again as long as something is due, after growing waits. */
  rung({ data }: { data: number | null }): void {
    const times = (data ?? 0) + 1;
    const isDone = this.#store.state?.members.kind !== "large" || this.#due.isEmpty;
    this.#db.transact((tx) => {
      if (isDone) this.#alarms.clear(tx, dueAlarm);
      else
        this.#alarms.set(tx, dueAlarm, now() + Math.min(timeouts.dueHintMs * 2 ** times, timeouts.dueHintMaxMs), times);
    });
    this.#isHinted = false;
    if (!isDone) this.#hint();
  }

  #note(tx: Transactor, member: MemberRow, seq: Seq, rev: Rev): void {
    this.#due.note(tx, member, seq, rev);
    this.#isDue = true;
    const alarm = this.#alarms.get(dueAlarm);
    // A long wait was for inboxes that fail. What is due now does not wait for it.
    if (alarm === undefined || (alarm.data ?? 0) > 0) this.#alarms.set(tx, dueAlarm, now() + timeouts.dueHintMs, 0);
  }

  /** A former member whose inbox knows it is forgotten. */
  #noteDelivered(tx: Transactor, state: State, delivered: readonly DeliveredRow[]): void {
    for (const each of delivered) {
      this.#due.delivered(tx, each);
      const member = state.members.get(each.userId);
      if (member !== undefined && member.leftRev !== null && !this.#due.has(each.userId))
        this.#store.forgetLeft(tx, state, member);
    }
    if (this.#due.isEmpty) this.#alarms.clear(tx, dueAlarm);
  }

  #hint(): void {
    const conversationId = this.#store.state?.facts.id;
    if (this.#isHinted || conversationId === undefined || !largeMarks.sendsHints) return;
    this.#isHinted = true;
    cost.queueOperations++;
    this.#env.FANOUT_QUEUE.send({ conversationId }).catch((error: unknown) =>
      logFault("hint", error, { conversationId }),
    );
  }

  /** The members who get a message one by one: those whom it mentions, and whoever wrote the message that it answers. Its sender has it already. */
  #concerned(...states: MessageRow[]): Set<MemberRow> {
    const userIds = new Set(states.flatMap(({ mentions }) => mentions));
    const [{ answers, senderId } = { answers: undefined, senderId: undefined }] = states;
    if (answers !== undefined) userIds.add(answers);
    if (senderId !== undefined) userIds.delete(senderId);
    return new Set([...userIds].flatMap((userId) => this.#store.member(userId) ?? []));
  }
}
