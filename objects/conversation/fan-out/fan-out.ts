/**
 * Owns fan-out: it delivers every change to every member's inbox. It is level-triggered: for each member it compares the rev that their inbox has confirmed
 * as stored with the head, and sends what is missing, in ordered calls of which a window is under way. So under load one call carries many changes, each
 * member receives them in order, a failed call is repeated from the confirmed rev, and a repeat is harmless.
 *
 * The only durable mark is the platform's alarm, without a row. It means that some inbox may be behind: an object that wakes by it asks each inbox what it
 * has. Only if all inboxes that are behind are those of members whose objects fail, a row names these members and their revs (the lag row).
 */
import { retryWaitMs } from "../../../core/retry.ts";
import type { Rev, TimeMs, UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery/delivery.ts";
import type { PackedDelivery } from "../../contract/delivery/packed-delivery.ts";
import type { UserCalls } from "../../contract/user-calls.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { cost } from "../../shared/platform/meter.ts";
import { ArchivedStretches } from "./archived-stretches.ts";
import type { Manifest } from "../archive/manifest.ts";
import { audienceOf, isSameAs, targetOf } from "./audience.ts";
import { deliveryFor, type DeliveryParts } from "./deliveries.ts";
import { type Call, Lane } from "./lane.ts";
import { Rounds } from "./rounds.ts";
import type { LiveHost } from "../live/live-turn.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { State, Store } from "../store.ts";

/** A row that earlier versions wrote. It meant what the platform's alarm alone means now. */
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
  readonly #audience: Pick<LiveHost, "devicesOf">;
  readonly #lanes = new Map<UserId, Lane>();
  /** Calls on one stub keep their order. After a failed call its stub is not used again. */
  readonly #stubs = new Map<UserId, Stub>();
  readonly #waiters = new Set<Waiter>();
  readonly #rounds: Rounds;
  /** The members who wrote since the last round of calls. */
  #writers = new Set<UserId>();
  #paceTimer: ReturnType<typeof setTimeout> | undefined;
  /** The head when this object woke. */
  readonly #base: Rev;
  /** Whether some inbox may have been behind then. */
  #isDoubtful = false;
  /** The members of the lag row, with the revs that their inboxes have. If there are some, no other inbox is behind. */
  #lagging: ReadonlyMap<UserId, Rev>;

  constructor(
    parts: Omit<DeliveryParts, "archived"> & {
      manifest: Manifest;
      env: Env;
      awake: Awake;
      db: Database;
      alarms: Alarms;
      store: Store;
      audience: Pick<LiveHost, "devicesOf">;
    },
  ) {
    this.#env = parts.env;
    this.#awake = parts.awake;
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#delivery = { ...parts, archived: new ArchivedStretches(parts) };
    this.#audience = parts.audience;
    this.#rounds = new Rounds(parts.awake, () => this.#callAll());
    this.#base = parts.store.state?.head.rev ?? 0;
    this.#lagging = parts.store.lagging();
    parts.db.onRollback(() => (this.#lagging = parts.store.lagging()));
  }

  /** Called first after waking. `hasAlarm`: whether an alarm is set, which an earlier life of this object may have left. */
  woke(hasAlarm: boolean): void {
    this.#isDoubtful = this.#alarms.get(fanOutAlarm) !== undefined || (hasAlarm && this.#lagging.size === 0);
    if (this.#lagging.size > 0) this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /** Called in a transaction that changes something: from now on inboxes are behind. Sets the alarm if none is set. */
  markDirty(tx: Transactor): void {
    if (this.#lagging.size > 0) this.#setLagging(tx, new Map());
    this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /** A membership begins, or begins again, after this rev. The member's inbox receives nothing before it. */
  begin(userId: UserId, revBefore: Rev): void {
    this.#laneOf(userId).begin(revBefore);
  }

  /** The next call carries this frame to a member's sync sockets. It is not stored. A newer frame of the same key replaces it. */
  pass(userId: UserId, key: string, frame: string): void {
    this.#laneOf(userId).pass(key, frame);
  }

  /** A member has sent a receipt of `read`. */
  noteReceipt(userId: UserId): void {
    this.#laneOf(userId).noteReceipt();
  }

  /** All members who are behind soon receive what they lack. */
  wake(writers: ReadonlySet<UserId> = nobody): void {
    for (const userId of writers) this.#writers.add(userId);
    this.#callSoon();
  }

  /** Resolves when these members' inboxes have reached a rev, or at the latest after `fanOutWaitMs`. */
  async reached(userIds: readonly UserId[], rev: Rev): Promise<void> {
    if (this.#store.state?.members.kind === "large") return;
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

  /** The alarm went off. `isOurs`: this life of the object set it, or found it when it woke. Otherwise an earlier life has left it. */
  rung(isOurs: boolean): void {
    if (!isOurs && !this.#isDoubtful) {
      this.#isDoubtful = true;
      for (const lane of this.#lanes.values()) lane.doubt();
    }
    this.settle();
  }

  /** Looks which members are behind, calls failing ones again, and sets the alarm anew, or finds that no inbox is behind. */
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
    // Alarm and calls come before the write: if the write fails, members must still be called again.
    if (pending > 0) this.#alarms.ring(Math.max(now() + 100, dueAt));
    this.wake();
    this.#write(state, gone, failing.size === pending ? failing : undefined);
    for (const { userId } of gone) {
      this.#lanes.delete(userId);
      this.#stubs.delete(userId);
    }
  }

  /** `failing`: the members who are behind, if the objects of all of them fail. */
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
      storedRead: lag === undefined && isKnown ? (member?.read ?? -1) : -1,
      hasReceipt: this.#store.owedReceipts.has(userId),
    });
    this.#lanes.set(userId, lane);
    return lane;
  }

  #callSoon(): void {
    this.#rounds.request(this.#store.state?.members.count ?? 0);
  }

  /** Answers how many calls were made. The writers come last: they have their acks, while the others wait for the message. */
  #callAll(): number {
    const writers = this.#writers;
    this.#writers = new Set();
    const state = this.#store.state;
    if (state === undefined) return 0;
    const at = now();
    let calls = 0;
    for (const member of audienceOf(state)) if (!writers.has(member.userId)) calls += this.#serve(state, member, at);
    for (const userId of writers) {
      const member = state.members.get(userId);
      if (member !== undefined) calls += this.#serve(state, member, at);
    }
    return calls;
  }

  /** If a delivery cannot be made, only this member waits. */
  #serve(state: State, member: MemberRow, at: TimeMs): number {
    const lane = this.#laneOf(member.userId);
    try {
      return this.#call(state, member, lane, at);
    } catch (error) {
      this.#noteFault(member.userId, lane, error);
      return 0;
    }
  }

  /** Makes the calls to one member's inbox for which the window has a place; answers how many. */
  #call(state: State, member: MemberRow, lane: Lane, at: TimeMs): number {
    const target = targetOf(member, state.head.rev);
    let calls = 0;
    while (lane.isDue(target, at)) {
      const liveDevices = this.#audience.devicesOf(member.userId);
      // A change of members or roles goes at once, because a member's object reacts to it: for example, it reports that its user blocks the new member.
      const isPlain = lane.sent >= state.facts.detailsRev;
      if (liveDevices.length > 0 && isPlain && this.#isPaced(lane, at)) break;
      const made = deliveryFor(this.#delivery, state, member, lane, liveDevices, () => this.wake());
      if (made === undefined) break;
      const call = lane.depart(made, at);
      calls++;
      cost.objectCalls++;
      const { userId } = member;
      this.#bring(userId, made.delivery).then(
        (answer) => this.#answered(userId, lane, call, answer),
        (error: unknown) => {
          this.#awake.end();
          if (lane.isUnderWay(call)) this.#noteFault(userId, lane, error);
        },
      );
    }
    return calls;
  }

  /** Not `async`: in this place a promise of its own costs as much as what the call carries. */
  #bring(userId: UserId, delivery: Delivery | PackedDelivery): Promise<DeliveryAnswer | undefined> {
    const stub = this.#stubOf(userId);
    const brought = typeof delivery === "string" ? stub.deliverPacked(delivery) : stub.deliver(delivery);
    this.#awake.begin();
    return brought;
  }

  #stubOf(userId: UserId): Stub {
    const known = this.#stubs.get(userId);
    if (known !== undefined) return known;
    const stub = userStub(this.#env, userId);
    this.#stubs.set(userId, stub);
    return stub;
  }

  #answered(userId: UserId, lane: Lane, call: Call, answer: Parameters<Lane["answered"]>[1]): void {
    this.#awake.end();
    const state = this.#store.state;
    const member = state?.members.get(userId);
    if (state === undefined || member === undefined || this.#lanes.get(userId) !== lane) return;
    const verdict = lane.answered(call, answer, { joinedRev: member.joinedRev, headRev: state.head.rev });
    if (verdict === "void" || verdict === "applied") return;
    if (verdict === "failed") return this.#failed(userId, lane);
    if (verdict === "whole" && call.hasReceipt) this.#receiptStored(userId, lane);
    for (const waiter of this.#waiters) {
      if ([...waiter.userIds].every((waited) => this.#laneOf(waited).acked >= waiter.rev)) waiter.resolve();
    }
    if (lane.isDue(targetOf(member, state.head.rev), now())) this.#callSoon();
  }

  /** The member's inbox has stored the receipt. If another receipt came meanwhile, that one is still owed. */
  #receiptStored(userId: UserId, lane: Lane): void {
    if (lane.owesReceipt || !this.#store.owedReceipts.has(userId)) return;
    try {
      this.#db.transact((tx) => this.#store.settleReceipt(tx, userId));
    } catch (error) {
      // After the next waking the receipt is delivered once more, which is late but harmless.
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
    // A short wait has a timer, beside the alarm. A long wait has only the alarm, so that the object may sleep.
    if (waitMs <= timeouts.fanOutAlarmMs) setTimeout(() => this.wake(), waitMs + 1);
  }

  /**
   * A member who has the conversation on screen has received the items on their live socket already. So their inbox may receive many items in one later call,
   * which a timer makes. The first call after a quiet time goes at once, and so does all that may end a push that waits. Answers whether this member has to wait.
   */
  #isPaced(lane: Lane, at: TimeMs): boolean {
    const waitMs = lane.followsAt - at;
    if (waitMs <= 0 || lane.hasPush) return false;
    if (this.#paceTimer !== undefined) return true;
    this.#paceTimer = this.#awake.after(waitMs, () => {
      this.#paceTimer = undefined;
      this.wake();
    });
    return true;
  }
}
