/**
 * Owns what happens beside each command in a large group, in the command's own transaction: what is counted for those who have not read it, and whom it
 * concerns. In a small group nothing happens here, because its members' inboxes count for themselves.
 */
import type { MessageRow } from "../../../core/stored-message.ts";
import type { Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import { timeouts } from "../../../schema/limits.ts";
import type {
  DeliveredRow,
  DueRow,
  PulledRow,
  RowAnswer,
  RowDelivery,
  RowKnown,
} from "../../contract/delivery/pulled-row.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import type { AlarmHandlers, Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { Effects } from "../effects.ts";
import { actorOf } from "../messages/items.ts";
import type { GatheredReactions } from "../live/gathered-reactions.ts";
import type { AwayHost, LiveHost } from "../live/live-turn.ts";
import type { Typists } from "../live/typists.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { Notices } from "../messages/notices.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import type { State, Store } from "../store.ts";
import { Concerns } from "./concerns.ts";
import { Direct } from "./direct.ts";
import { Due } from "./due/due.ts";
import { DuePages } from "./due/due-pages.ts";
import { Growth } from "./growth.ts";
import { dueAlarm, Hints } from "./due/hints.ts";
import { Lookers, looksAlarm } from "./lookers.ts";
import { largeMarks } from "./marks.ts";
import { OwedReceipts, owedAlarm } from "./owed-receipts.ts";
import { PulledRows } from "./pulled-rows.ts";
import { PushRounds } from "./due/push-rounds.ts";
import { ReactionRows } from "./reaction-rows.ts";
import { UnreadCounts } from "./unread-counts.ts";

export type LargeGroupParts = {
  env: Env;
  awake: Awake;
  db: Database;
  alarms: Alarms;
  store: Store;
  messages: Messages;
  journal: Journal;
  notices: Notices;
  audience: Pick<LiveHost, "devicesOf">;
  relays: Pick<AwayHost, "isOpen" | "isBehind" | "woke" | "rung">;
  reactions: Pick<GatheredReactions, "isWaiting">;
  typists: Pick<Typists, "changed">;
};

export class LargeGroup {
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #counts: UnreadCounts;
  readonly #growth: Growth;
  readonly #concerns: Concerns;
  readonly #reactions: ReactionRows;
  readonly #rows: PulledRows;
  readonly #due: Due;
  readonly #pushes: PushRounds;
  readonly #pages: DuePages;
  readonly #hints: Hints;
  readonly #direct: Direct;
  readonly #owed: OwedReceipts;
  readonly #lookers: Lookers;
  readonly #live: Pick<LargeGroupParts, "audience" | "relays" | "reactions" | "typists">;
  /** Members who sent a receipt that no call has carried yet. */
  readonly #readers = new Set<UserId>();
  /** An earlier life of the object set the alarm, and perhaps did not call everybody whom it had to. */
  #isDoubtful = false;

  constructor(parts: LargeGroupParts) {
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#live = parts;
    this.#counts = new UnreadCounts(parts.db);
    this.#reactions = new ReactionRows(parts.db);
    this.#rows = new PulledRows({ ...parts, counts: this.#counts });
    this.#due = new Due(parts);
    this.#pushes = new PushRounds(parts);
    this.#hints = new Hints({
      ...parts,
      hinted: () => {
        const state = this.#large();
        return state === undefined || this.#pages.isEmpty(state) ? undefined : state.facts.id;
      },
    });
    const own = { due: this.#due, rows: this.#rows, pushes: this.#pushes, hints: this.#hints };
    this.#pages = new DuePages({ ...parts, ...own, ownOf: (userId) => this.#ownOf(userId) });
    this.#direct = new Direct({
      ...parts,
      bring: (userId, own) => this.#bring(userId, own),
      delivered: (userId, delivery, answer) => this.#delivered(userId, delivery, answer),
    });
    const serve = (userId: UserId): void => {
      this.#readers.add(userId);
      this.#direct.serve(userId);
    };
    this.#owed = new OwedReceipts({ ...parts, direct: this.#direct, serve });
    this.#lookers = new Lookers({ ...parts, large: () => this.#large(), direct: () => this.#direct });
    const noted = { counts: this.#counts, reactions: this.#reactions, pushes: this.#pushes };
    this.#concerns = new Concerns({ ...parts, ...noted, due: this.#due, hints: this.#hints });
    this.#growth = new Growth({ ...parts, ...noted, due: this.#concerns });
  }

  grow(tx: Transactor, state: State, by: UserId, effects: Effects): void {
    this.#growth.grow(tx, state, by, effects);
  }

  open(tx: Transactor, state: State): void {
    this.#growth.open(tx, state);
  }

  /** A message was sent. Nobody but its sender has read it. */
  sent(tx: Transactor, state: State, row: MessageRow): void {
    if (state.members.kind === "large") this.#concerns.sent(tx, row);
  }

  /** A message was edited, unsent, or reacted to. */
  changed(tx: Transactor, state: State, before: MessageRow, after: MessageRow): void {
    if (state.members.kind === "large") this.#concerns.changed(tx, before, after);
  }

  /** The rows of reactions, in a large group. */
  reactionsOf({ members }: State): ReactionRows | undefined {
    return members.kind === "large" ? this.#reactions : undefined;
  }

  /** How a reader gets messages: of those who reacted a large group names some, the reader first. */
  shownTo(state: State, reader: UserId): (row: MessageRow) => MessageRow {
    return state.members.kind === "small" ? (row) => row : (row) => this.#reactions.shownTo(reader, row);
  }

  /** A member has read on, by a receipt or by sending. */
  read(tx: Transactor, state: State, userId: UserId, read: Seq): void {
    if (state.members.kind === "large") this.#counts.read(tx, userId, read);
  }

  /** Memberships began, ended, or got another role. */
  turned(tx: Transactor, state: State, userIds: readonly UserId[]): void {
    if (state.members.kind === "small") return;
    for (const userId of userIds) {
      this.#live.typists.changed(userId);
      const member = state.members.get(userId);
      if (member === undefined) continue;
      if (member.leftRev !== null) {
        this.#counts.read(tx, userId);
        this.#pushes.forget(tx, userId);
        // The membership of a plain member ends without a rev, and relays must be told of it all the same.
        if (this.#live.relays.isOpen) this.markDirty();
      }
      this.#concerns.note(tx, member, 0, state.head.rev);
    }
  }

  /** In a transaction that took a rev or raised a watermark. If the object dies before it has called those who acted, the alarm finds them. */
  markDirty(): void {
    this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /**
   * The row of a member as it is now, if it is newer than what the inbox has. An inbox may know of a receipt that was lost here. `lookUntil`: until then the inbox receives changes. `wantsAll`: whether all messages are to be pushed, as of `wantsAt`.
   */
  rowOf(
    userId: UserId,
    known: RowKnown | null,
    lookUntil?: TimeMs | null,
    wantsAll?: boolean,
    wantsAt?: TimeMs,
  ): PulledRow | null {
    const state = this.#large();
    const member = state?.members.get(userId);
    if (state === undefined || member === undefined) return null;
    if (known !== null && member.leftRev === null && known.membership === member.membership && known.read > member.read)
      this.#raise(member, Math.min(known.read, state.head.seq));
    this.#want(userId, wantsAll, state.head.seq, wantsAt);
    const row = this.#rows.of(userId, known);
    if (lookUntil !== undefined && this.#store.member(userId) !== undefined)
      this.#lookers.look(userId, lookUntil, row ?? known);
    return row;
  }

  /** The next page of what is due, after noting which inboxes have what an earlier page had. */
  page(after: UserId | null, delivered: readonly DeliveredRow[]): { due: DueRow[]; next: UserId | null } {
    const state = this.#large();
    return state === undefined ? { due: [], next: null } : this.#pages.page(state, after, delivered);
  }

  /** After a commit: calls the inboxes of those who acted, and of those whom it concerns and who look. The queue calls the others to whom something is due. */
  published({ items, readers, acting }: Effects): void {
    if (this.#large() === undefined) return;
    /** Whom to call, and with which messages of their own. */
    const called = new Map<UserId, Seq[]>();
    const ownOf = (userId: UserId): Seq[] => {
      const own = called.get(userId) ?? [];
      called.set(userId, own);
      return own;
    };
    for (const userId of acting) ownOf(userId);
    for (const item of items) {
      const by = actorOf(item);
      if (by === undefined) continue;
      if (item.kind === "message") ownOf(by).push(item.message.seq);
      else if (this.#due.has(by)) ownOf(by);
    }
    for (const userId of readers) {
      this.#readers.add(userId);
      ownOf(userId);
    }
    for (const userId of this.#hints.noted) if (userId !== null && this.#lookers.has(userId)) ownOf(userId);
    this.#hints.published(called);
    for (const [userId, own] of called) this.#direct.serve(userId, own);
    if (items.length > 0) this.#lookers.published();
  }

  /** Resolves when these members' inboxes have what they were called for, or after a while. */
  async reached(userIds: readonly UserId[]): Promise<void> {
    await this.#direct.reached(userIds);
  }

  /** Called first after waking. `hasAlarm`: whether an alarm is set, which an earlier life of this object may have left. */
  woke(hasAlarm: boolean): void {
    this.#isDoubtful = hasAlarm;
    this.#live.relays.woke(hasAlarm);
  }

  /** The alarm went off that has no row. `isOurs`: this life of the object set it, or found it when it woke. */
  rung(isOurs: boolean): void {
    const isDoubtful = this.#isDoubtful || !isOurs;
    this.#isDoubtful = false;
    this.#owed.rung();
    if (isDoubtful)
      for (const { seq, senderId } of this.#messages.newest(largeGroups.ownMessagesMax))
        this.#direct.serve(senderId, [seq]);
    this.#lookers.rung(isDoubtful);
    this.#live.relays.rung(isDoubtful);
    const { relays, reactions } = this.#live;
    // Reactions that are still gathered have not gone to relays, which would be taken as up to date after an eviction.
    const isGathering = relays.isOpen && reactions.isWaiting;
    if (this.#direct.isBusy || this.#lookers.isBehind || relays.isBehind || isGathering) this.markDirty();
    else this.#lookers.waitForFailing();
  }

  readonly alarmHandlers: AlarmHandlers = {
    [dueAlarm]: (alarm) => this.#hints.rung(alarm),
    [owedAlarm]: (alarm) => this.#owed.again(alarm),
    [looksAlarm]: (alarm) => this.#lookers.again(alarm),
  };

  #large(): State | undefined {
    const { state } = this.#store;
    return state?.members.kind === "large" ? state : undefined;
  }

  #raise(member: MemberRow, read: Seq): void {
    this.#db.transact((tx) => {
      this.#store.watermarks.set(tx, member, { read, delivered: Math.max(read, member.delivered) });
      this.#counts.read(tx, member.userId, read);
    });
  }

  /** An inbox says whether all messages behind this one are to be pushed. */
  #want(userId: UserId, isOn: boolean | undefined, since: Seq, at: TimeMs = now()): void {
    if (isOn === undefined || !this.#pushes.differs(userId, isOn) || this.#store.member(userId) === undefined) return;
    this.#db.transact((tx) => this.#pushes.want(tx, userId, isOn, since, at));
  }

  /** After a crash the newest messages show who wrote, until the alarm has called them. */
  #ownOf(userId: UserId): readonly Seq[] {
    const own = this.#direct.ownOf(userId);
    if (!this.#isDoubtful || !largeMarks.callsInboxes) return own;
    const newest = this.#messages.newest(largeGroups.ownMessagesMax).filter(({ senderId }) => senderId === userId);
    return [...own, ...newest.map(({ seq }) => seq)];
  }

  #bring(userId: UserId, own: readonly Seq[]): RowDelivery | undefined {
    const state = this.#large();
    const row = this.#rows.of(userId, null);
    if (state === undefined || row === null) return undefined;
    this.#lookers.calling(userId);
    const hasReceipt = this.#readers.delete(userId) || this.#store.watermarks.owedReceipts.has(userId);
    return {
      row,
      items: row.hasLeft ? [] : this.#due.items(state, userId, own),
      liveDevices: this.#live.audience.devicesOf(userId),
      ...(hasReceipt ? { hasReceipt: true as const } : {}),
    };
  }

  #delivered(userId: UserId, { row, hasReceipt }: RowDelivery, answer: RowAnswer): void {
    const state = this.#large();
    if (state === undefined) return;
    this.#lookers.told(userId, row, answer);
    this.#want(userId, answer.wantsAll, row.headSeq, answer.wantsAt);
    const isRead = hasReceipt === true && !this.#readers.has(userId) && this.#store.watermarks.owedReceipts.has(userId);
    if (!isRead && !this.#due.has(userId)) return;
    this.#db.transact((tx) => {
      if (isRead) this.#store.watermarks.settleReceipt(tx, userId);
      this.#pages.noteDelivered(tx, state, [{ userId, membership: row.membership, rev: row.rev }]);
    });
  }
}
