/**
 * Owns fan-out: bringing every change to every member's inbox. Level-triggered: for each member, what their inbox acknowledged as durable is compared with
 * the head; what is missing goes in calls, in order, a window of them under way. So load batches by itself, order per member holds, a failure is
 * repeated from what is durable, and a repeat is harmless.
 *
 * Durable is only the platform's alarm, without a row: it means "somebody may be behind", and whoever wakes to it asks each inbox what it has. Only where
 * nobody is behind but members whose objects fail, a lag row says so of each of them.
 */
import { retryWaitMs } from "../../../core/retry.ts";
import type { Rev, UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery.ts";
import type { PackedDelivery } from "../../contract/packed-delivery.ts";
import type { UserCalls } from "../../contract/user-calls.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { cost } from "../../shared/meters/meter.ts";
import { audienceOf, isSameAs, targetOf } from "./audience.ts";
import { deliveryFor, type DeliveryParts } from "./deliveries.ts";
import { type Call, Lane } from "./lane.ts";
import { Rounds } from "./rounds.ts";
import type { LiveSockets } from "../live/live-sockets.ts";
import type { MemberRow, State, Store } from "../store.ts";

/** A row of earlier versions: it said the same as the alarm alone says now. */
export const fanOutAlarm = "fan-out";

const nobody: ReadonlySet<UserId> = new Set();
type Waiter = { userIds: ReadonlySet<UserId>; rev: Rev; resolve: () => void };
type Stub = Pick<UserCalls, "deliver" | "deliverPacked">;

export class FanOut {
  readonly #env: Env;
  readonly #awake: Awake;
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #delivery: DeliveryParts;
  readonly #sockets: LiveSockets;
  readonly #lanes = new Map<UserId, Lane>();
  /** Calls on one stub keep their order. A stub of which a call failed is not used again. */
  readonly #stubs = new Map<UserId, Stub>();
  readonly #waiters = new Set<Waiter>();
  readonly #rounds: Rounds;
  /** Who wrote since the last round of calls. */
  #writers = new Set<UserId>();
  #paceTimer: ReturnType<typeof setTimeout> | undefined;
  /** The head when this object woke. */
  readonly #base: Rev;
  /** Whether somebody may have been behind then. */
  #isDoubtful = false;
  /** Those of whom a row says that they are behind, and that nobody else is. */
  #lagging: ReadonlyMap<UserId, Rev>;

  constructor(
    parts: DeliveryParts & {
      env: Env;
      awake: Awake;
      db: Database;
      alarms: Alarms;
      store: Store;
      sockets: LiveSockets;
    },
  ) {
    this.#env = parts.env;
    this.#awake = parts.awake;
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#delivery = { messages: parts.messages, journal: parts.journal, recent: parts.recent };
    this.#sockets = parts.sockets;
    this.#rounds = new Rounds(parts.awake, () => this.#callAll());
    this.#base = parts.store.state?.head.rev ?? 0;
    this.#lagging = parts.store.lagging();
    parts.db.onRollback(() => (this.#lagging = parts.store.lagging()));
  }

  /** Before anything else after waking: whether an alarm was set, which an earlier life of this object may have left. */
  woke(hasAlarm: boolean): void {
    const hasRow = this.#alarms.get(fanOutAlarm) !== undefined;
    this.#isDoubtful = hasRow || (hasAlarm && this.#lagging.size === 0);
    if (this.#lagging.size > 0) this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /** In the transaction that changes something: from now on somebody may be behind. Sets the alarm where none is set. */
  markDirty(tx: Transactor): void {
    if (this.#lagging.size > 0) this.#setLagging(tx, new Map());
    this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /** A membership begins (again) after this rev: nothing before it is the member's to get. */
  begin(userId: UserId, revBefore: Rev): void {
    this.#laneOf(userId).begin(revBefore);
  }

  /** Something of no lasting worth for a member's sync sockets; the newest of a key replaces the older. Rides with the next call. */
  pass(userId: UserId, key: string, frame: string): void {
    this.#laneOf(userId).pass(key, frame);
  }

  /** A member said that they have read. */
  noteReceipt(userId: UserId): void {
    this.#laneOf(userId).noteReceipt();
  }

  /** Soon all members who are behind are sent what they lack. */
  wake(writers: ReadonlySet<UserId> = nobody): void {
    for (const userId of writers) this.#writers.add(userId);
    this.#callSoon();
  }

  /** Resolves when these members' inboxes have reached a rev, or after a while all the same. */
  async reached(userIds: readonly UserId[], rev: Rev): Promise<void> {
    const behind = new Set(userIds.filter((userId) => this.#laneOf(userId).acked < rev));
    if (behind.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, timeouts.fanOutWaitMs);
      const waiter: Waiter = { userIds: behind, rev, resolve: done };
      const waiters = this.#waiters;
      waiters.add(waiter);
      function done(): void {
        clearTimeout(timer);
        waiters.delete(waiter);
        resolve();
      }
    });
  }

  ackedOf(userId: UserId): Rev {
    return this.#laneOf(userId).acked;
  }

  /** The alarm went off. `isOurs`: this life of the object set it, or found it when it woke; otherwise an earlier one has left it. */
  rung(isOurs: boolean): void {
    if (!isOurs && !this.#isDoubtful) {
      this.#isDoubtful = true;
      for (const lane of this.#lanes.values()) lane.doubt();
    }
    this.settle();
  }

  /** Looks who is behind, tries the failing again, and sets the alarm anew, or finds that all is done. */
  settle(): void {
    const state = this.#store.state;
    if (state === undefined) return;
    const failing = new Map<UserId, Rev>();
    let dueAt = Infinity;
    let pending = 0;
    const gone: MemberRow[] = [];
    for (const member of audienceOf(state)) {
      const lane = this.#laneOf(member.userId);
      if (lane.isSettled(targetOf(member, state.head.rev))) {
        if (member.leftRev !== null && !lane.isBusy) gone.push(member);
        continue;
      }
      pending++;
      if (now() - (lane.busySince ?? now()) > timeouts.objectCallMs * 2) this.#failed(member.userId, lane);
      if (lane.failures > 0) failing.set(member.userId, lane.acked);
      dueAt = Math.min(dueAt, lane.failures > 0 ? lane.retryAt : now() + timeouts.fanOutAlarmMs);
    }
    // These come first: a write that fails must not keep back those who are to be tried again.
    if (pending > 0) this.#alarms.ring(Math.max(now() + 100, dueAt));
    this.wake();
    this.#write(state, gone, failing.size === pending ? failing : undefined);
    for (const { userId } of gone) {
      this.#lanes.delete(userId);
      this.#stubs.delete(userId);
    }
  }

  /** `failing`: those who are behind, if all of them are so because their objects fail. */
  #write(state: State, gone: readonly MemberRow[], failing: ReadonlyMap<UserId, Rev> | undefined): void {
    const hasRow = this.#alarms.get(fanOutAlarm) !== undefined;
    const isSame = failing === undefined || isSameAs(failing, this.#lagging);
    if (gone.length === 0 && !hasRow && isSame) return;
    this.#db.transact((tx) => {
      for (const member of gone) this.#store.forgetLeft(tx, state, member);
      this.#alarms.clear(tx, fanOutAlarm);
      if (failing !== undefined && !isSame) this.#setLagging(tx, failing);
      else if (hasRow && this.#lagging.size > 0) this.#setLagging(tx, new Map());
    });
  }

  #setLagging(tx: Transactor, lagging: ReadonlyMap<UserId, Rev>): void {
    this.#store.setLagging(tx, lagging);
    this.#lagging = lagging;
  }

  #laneOf(userId: UserId): Lane {
    const known = this.#lanes.get(userId);
    if (known !== undefined) return known;
    const member = this.#store.state?.members.get(userId);
    const joinedBefore = (member?.joinedRev ?? 1) - 1;
    const base = Math.max(Math.min(this.#base, member?.leftRev ?? Infinity), joinedBefore);
    const lag = this.#lagging.get(userId);
    const isKnown = lag !== undefined || !this.#isDoubtful;
    const lane = new Lane({
      acked: Math.max(lag ?? (isKnown ? base : 0), joinedBefore),
      isKnown,
      base,
      toldRead: lag === undefined && isKnown ? (member?.read ?? -1) : -1,
      hasReceipt: this.#store.owedReceipts.has(userId),
    });
    this.#lanes.set(userId, lane);
    return lane;
  }

  #callSoon(): void {
    this.#rounds.request(this.#store.state?.members.size ?? 0);
  }

  /** Answers how many calls were made. The writers come last: they have their acks, and the others wait to see it. */
  #callAll(): number {
    const writers = this.#writers;
    this.#writers = new Set();
    const state = this.#store.state;
    if (state === undefined) return 0;
    let calls = 0;
    for (const member of audienceOf(state)) if (!writers.has(member.userId)) calls += this.#serve(state, member);
    for (const userId of writers) {
      const member = state.members.get(userId);
      if (member !== undefined) calls += this.#serve(state, member);
    }
    return calls;
  }

  /** A delivery that cannot be made keeps back this member alone. */
  #serve(state: State, member: MemberRow): number {
    const lane = this.#laneOf(member.userId);
    try {
      return this.#call(state, member, lane);
    } catch (error) {
      this.#noteFault(member.userId, lane, error);
      return 0;
    }
  }

  /** Makes the calls to one member's inbox for which there is a place; answers how many. */
  #call(state: State, member: MemberRow, lane: Lane): number {
    const target = targetOf(member, state.head.rev);
    let calls = 0;
    while (lane.isDue(target, now())) {
      const liveDevices = this.#sockets.count === 0 ? [] : this.#sockets.devicesOf(member.userId);
      // A change of members or roles goes at once: a member's object answers it with what the others must know, as that it blocks whoever came.
      const isPlain = lane.sent >= state.facts.detailsRev;
      if (liveDevices.length > 0 && isPlain && this.#isPaced(lane)) break;
      const { delivery, ...brought } = deliveryFor(this.#delivery, state, member, lane, liveDevices);
      const call = lane.depart(brought, now());
      calls++;
      cost.objectCalls++;
      const { userId } = member;
      this.#awake.during(this.#bring(userId, delivery)).then(
        (answer) => this.#answered(userId, lane, call, answer),
        (error: unknown) => {
          if (lane.isUnderWay(call)) this.#noteFault(userId, lane, error);
        },
      );
    }
    return calls;
  }

  async #bring(userId: UserId, delivery: Delivery | PackedDelivery): Promise<DeliveryAnswer | undefined> {
    const stub = this.#stubOf(userId);
    return typeof delivery === "string" ? stub.deliverPacked(delivery) : stub.deliver(delivery);
  }

  #stubOf(userId: UserId): Stub {
    const known = this.#stubs.get(userId);
    if (known !== undefined) return known;
    const stub = userStub(this.#env, userId);
    this.#stubs.set(userId, stub);
    return stub;
  }

  #answered(userId: UserId, lane: Lane, call: Call, answer: Parameters<Lane["answered"]>[1]): void {
    const state = this.#store.state;
    const member = state?.members.get(userId);
    if (state === undefined || member === undefined || this.#lanes.get(userId) !== lane) return;
    const verdict = lane.answered(call, answer, { joinedRev: member.joinedRev, headRev: state.head.rev });
    if (verdict === "void" || verdict === "told") return;
    if (verdict === "failed") {
      this.#failed(userId, lane);
      return;
    }
    if (verdict === "whole" && call.hasReceipt) this.#receiptTold(userId, lane);
    for (const waiter of this.#waiters) {
      if ([...waiter.userIds].every((waited) => this.#laneOf(waited).acked >= waiter.rev)) waiter.resolve();
    }
    if (lane.isDue(targetOf(member, state.head.rev), now())) this.#callSoon();
  }

  /** The member's inbox has taken the receipt. If another one came meanwhile, that one is still owed. */
  #receiptTold(userId: UserId, lane: Lane): void {
    if (lane.owesReceipt || !this.#store.owedReceipts.has(userId)) return;
    try {
      this.#db.transact((tx) => this.#store.settleReceipt(tx, userId));
    } catch (error) {
      // It is told once more after waking, which is late but harmless.
      logFault("receipt", error, { userId });
    }
  }

  #noteFault(userId: UserId, lane: Lane, error: unknown): void {
    const conversationId = this.#store.state?.facts.id;
    logFault("deliver", error, { conversationId, userId, failures: lane.failures });
    this.#failed(userId, lane);
  }

  #failed(userId: UserId, lane: Lane): void {
    lane.goBack();
    this.#stubs.delete(userId);
    lane.failures++;
    const waitMs = retryWaitMs(lane.failures, Math.random(), {
      firstMs: timeouts.fanOutRetryFirstMs,
      maxMs: timeouts.fanOutRetryMaxMs,
    });
    lane.retryAt = now() + waitMs;
    // A short wait has a timer, beside the alarm. A long one has only the alarm, so that the object may sleep.
    if (waitMs <= timeouts.fanOutAlarmMs) setTimeout(() => this.wake(), waitMs + 1);
  }

  /**
   * A member who has the conversation on screen got the items already. Their inbox may follow a little later, with many at a time; the first after
   * a quiet while goes at once. True where this member has to wait: a
   * timer serves them.
   */
  #isPaced(lane: Lane): boolean {
    const waitMs = lane.followsAt - now();
    if (waitMs <= 0) return false;
    if (this.#paceTimer !== undefined) return true;
    const release = this.#awake.hold();
    this.#paceTimer = setTimeout(() => {
      release();
      this.#paceTimer = undefined;
      this.wake();
    }, waitMs);
    return true;
  }
}
