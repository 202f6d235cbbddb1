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
import type { Standing } from "../../contract/command.ts";
import type { PackedDelivery } from "../../contract/delivery/packed-delivery.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { cost } from "../../shared/platform/meter.ts";
import { ArchivedStretches } from "./archived-stretches.ts";
import type { Manifest } from "../archive/manifest.ts";
import { audienceOf, targetOf } from "./audience.ts";
import { deliveryFor, type DeliveryParts } from "./deliveries.ts";
import { InboxStubs } from "./inbox-stubs.ts";
import type { Call, Lane } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { LivePace } from "./pace/live-pace.ts";
import { type Offer, Rides } from "./rides.ts";
import { membersGathered, Rounds } from "./pace/rounds.ts";
import { Waiters } from "./waiters.ts";
import type { LiveHost } from "../live/live-turn.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { State, Store } from "../store.ts";

/** A row that earlier versions wrote. It meant what the platform's alarm alone means now. */
export const fanOutAlarm = "fan-out";

const nobody: ReadonlySet<UserId> = new Set();

export class FanOut {
  readonly #awake: Awake;
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #delivery: DeliveryParts;
  readonly #audience: Pick<LiveHost, "devicesOf">;
  readonly #lanes: Lanes;
  readonly #stubs: InboxStubs;
  readonly #waiters = new Waiters((userId) => this.ackedOf(userId));
  readonly #rounds: Rounds;
  readonly #rides = new Rides();
  /** The members who wrote since the last round of calls. */
  #writers = new Set<UserId>();
  readonly #pace: LivePace;

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
    this.#stubs = new InboxStubs(parts.env);
    this.#pace = new LivePace(parts.awake, () => this.wake());
    this.#awake = parts.awake;
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#delivery = { ...parts, archived: new ArchivedStretches(parts) };
    this.#audience = parts.audience;
    this.#rounds = new Rounds(parts.awake, () => this.#callAll());
    this.#lanes = new Lanes(parts);
  }

  /** Called first after waking. `hasAlarm`: whether an alarm is set, which an earlier life of this object may have left. */
  woke(hasAlarm: boolean): void {
    this.#lanes.woke(this.#alarms.get(fanOutAlarm) !== undefined || (hasAlarm && !this.#lanes.areLagging));
    if (this.#lanes.areLagging) this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /** Called in a transaction that changes something: from now on inboxes are behind. Sets the alarm if none is set. */
  markDirty(tx: Transactor): void {
    if (this.#lanes.areLagging) this.#lanes.setLagging(tx, new Map());
    this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /** A membership begins, or begins again, after this rev. The member's inbox receives nothing before it. */
  begin(userId: UserId, revBefore: Rev): void {
    this.#lanes.of(userId).begin(revBefore);
  }

  /** The next call carries this frame to a member's sync sockets. It is not stored. A newer frame of the same key replaces it. */
  pass(userId: UserId, key: string, frame: string): void {
    this.#lanes.of(userId).pass(key, frame);
  }

  /** A member has sent a receipt of `read`. */
  noteReceipt(userId: UserId): void {
    this.#lanes.of(userId).noteReceipt();
  }

  /** All members who are behind soon receive what they lack. */
  wake(writers: ReadonlySet<UserId> = nobody): void {
    for (const userId of writers) this.#writers.add(userId);
    this.#callSoon();
  }

  /** Resolves when these members' inboxes have reached a rev, or at the latest after `fanOutWaitMs`. */
  async reached(userIds: readonly UserId[], rev: Rev): Promise<void> {
    if (this.#store.state?.members.kind === "large") return;
    await this.#waiters.reached(userIds, rev);
  }

  ackedOf(userId: UserId): Rev {
    return this.#lanes.of(userId).acked;
  }

  /** The alarm went off. `isOurs`: this life of the object set it, or found it when it woke. Otherwise an earlier life has left it. */
  async rung(isOurs: boolean): Promise<void> {
    if (!isOurs) this.#lanes.doubt();
    await this.#askRiders();
    this.settle();
  }

  /** The members' objects that took something along in an answer are asked whether they have stored it. */
  async #askRiders(): Promise<void> {
    const asked = [...this.#lanes.entries()].filter(([, lane]) => lane.ask());
    if (asked.length === 0) return;
    this.wake();
    const rev = Math.max(...asked.map(([, lane]) => lane.sent));
    await this.reached(
      asked.map(([userId]) => userId),
      rev,
    );
  }

  /** A member waits for the answer to their commands, which are committed, and can take along what their inbox lacks. To be called before the turn is published. */
  offer(userId: UserId, standing: Standing): Offer | undefined {
    const { state } = this.#store;
    const mayRide = state?.members.kind === "small" && state.members.count < membersGathered;
    if (!mayRide || state.members.get(userId)?.leftRev !== null) return undefined;
    if (this.#lanes.of(userId).heard(standing)) this.#waiters.look();
    return this.#rides.offer(userId, standing);
  }

  /** The answer leaves. Answers what rides in it. */
  leave(offer: Offer): PackedDelivery | undefined {
    return this.#rides.leave(offer);
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
      const lane = this.#lanes.of(member.userId);
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
      this.#lanes.drop(userId);
      this.#stubs.drop(userId);
    }
  }

  /** `failing`: the members who are behind, if the objects of all of them fail. */
  #write(state: State, gone: readonly MemberRow[], failing: ReadonlyMap<UserId, Rev> | undefined): void {
    const hasRow = this.#alarms.get(fanOutAlarm) !== undefined;
    const isSame = failing === undefined || this.#lanes.areLaggingAt(failing);
    if (gone.length === 0 && !hasRow && isSame) return;
    this.#db.transact((tx) => {
      for (const member of gone) this.#store.forgetLeft(tx, state, member);
      this.#alarms.clear(tx, fanOutAlarm);
      if (failing !== undefined && !isSame) this.#lanes.setLagging(tx, failing);
      else if (hasRow && this.#lanes.areLagging) this.#lanes.setLagging(tx, new Map());
    });
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
    const lane = this.#lanes.of(member.userId);
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
      if (liveDevices.length > 0 && isPlain && this.#pace.holds(lane, at)) break;
      const { userId } = member;
      const offer = isPlain && lane.sent >= member.joinedRev ? this.#rides.of(userId) : undefined;
      const { sent, waiting, takesPacked, series } = lane;
      const isRide = offer !== undefined && lane.mayRide(offer.standing);
      const about = { sent, waiting, takesPacked, ...(isRide ? {} : { series }) };
      const made = deliveryFor(this.#delivery, state, member, about, liveDevices, () => this.wake());
      if (made === undefined) break;
      const call = lane.depart(made, at, isRide);
      if (isRide && typeof made.delivery === "string") {
        offer.rider = made.delivery;
        continue;
      }
      calls++;
      cost.objectCalls++;
      const brought = this.#stubs.bring(userId, made.delivery);
      this.#awake.begin();
      brought.then(
        (answer) => this.#answered(userId, lane, call, answer),
        (error: unknown) => {
          this.#awake.end();
          if (lane.isUnderWay(call)) this.#noteFault(userId, lane, error);
        },
      );
    }
    return calls;
  }

  #answered(userId: UserId, lane: Lane, call: Call, answer: Parameters<Lane["answered"]>[1]): void {
    this.#awake.end();
    const state = this.#store.state;
    const member = state?.members.get(userId);
    if (state === undefined || member === undefined || !this.#lanes.holds(userId, lane)) return;
    const verdict = lane.answered(call, answer, { joinedRev: member.joinedRev, headRev: state.head.rev });
    if (verdict === "void" || verdict === "applied") return;
    if (verdict === "failed") return this.#failed(userId, lane);
    if (verdict === "whole" && call.hasReceipt) this.#receiptStored(userId, lane);
    this.#waiters.look();
    if (lane.isDue(targetOf(member, state.head.rev), now())) this.#callSoon();
  }

  /** The member's inbox has stored the receipt. If another receipt came meanwhile, that one is still owed. */
  #receiptStored(userId: UserId, lane: Lane): void {
    if (lane.owesReceipt || !this.#store.watermarks.owedReceipts.has(userId)) return;
    try {
      this.#db.transact((tx) => this.#store.watermarks.settleReceipt(tx, userId));
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
    this.#stubs.drop(userId);
    lane.failures++;
    const waitMs = retryWaitMs(lane.failures, Math.random(), {
      firstMs: timeouts.fanOutRetryFirstMs,
      maxMs: timeouts.fanOutRetryMaxMs,
    });
    lane.retryAt = now() + waitMs;
    // A short wait has a timer, beside the alarm. A long wait has only the alarm, so that the object may sleep.
    if (waitMs <= timeouts.fanOutAlarmMs) setTimeout(() => this.wake(), waitMs + 1);
  }
}
