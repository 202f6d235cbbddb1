/**
 * Owns fan-out: bringing every change to every member's inbox. Level-triggered: for each member, "acknowledged up to
 * rev A" is compared with the head; if behind and no call is in flight, everything from A + 1 goes in one call.
 * So load batches by itself, order per member holds, a failure is repeated from the same place, and a repeat is harmless.
 *
 * Durable is only the alarm `fan-out`: its row means "somebody may be behind `data`", plus a lag row for each member
 * that is known to fail. No row is written per member per message.
 */
import { retryWaitMs } from "../../../core/retry.ts";
import type { Rev, UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { cost } from "../../shared/meters/meter.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery.ts";
import { deliveryFor, type DeliveryParts, endOf } from "./deliveries.ts";
import type { LiveSockets } from "../live/live-sockets.ts";
import { type Carried, type Progress, takeBack, takeOff } from "./progress.ts";
import type { MemberRow, State, Store } from "../store.ts";

export const fanOutAlarm = "fan-out";

const nobody: ReadonlySet<UserId> = new Set();

type Waiter = { userIds: ReadonlySet<UserId>; rev: Rev; resolve: () => void };

export class FanOut {
  readonly #env: Env;
  readonly #awake: Awake;
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #delivery: DeliveryParts;
  readonly #sockets: LiveSockets;
  readonly #progress = new Map<UserId, Progress>();
  readonly #waiters = new Set<Waiter>();
  #paceTimer: ReturnType<typeof setTimeout> | undefined;
  /** Where everybody stood when this object woke. */
  readonly #base: {
    rev: Rev;
    lagging: ReadonlyMap<UserId, Rev>;
    isDirty: boolean;
  };

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
    const pending = parts.alarms.get(fanOutAlarm);
    this.#base = {
      rev: pending?.data ?? parts.store.state?.head.rev ?? 0,
      lagging: pending === undefined ? new Map() : parts.store.lagging(),
      isDirty: pending !== undefined,
    };
  }

  /** In the transaction that changes something: from now on somebody may be behind. Writes only the first time. */
  markDirty(tx: Transactor, revBefore: Rev): void {
    if (this.#alarms.get(fanOutAlarm) === undefined)
      this.#alarms.set(tx, fanOutAlarm, now() + timeouts.fanOutAlarmMs, revBefore);
  }

  /** A membership begins (again) after this rev: nothing before it is the member's to get. */
  begin(userId: UserId, revBefore: Rev): void {
    const progress = this.#of(userId);
    progress.acked = revBefore;
    progress.toldRead = -1;
  }

  /** Something of no lasting worth for a member's sync sockets; the newest of a key replaces the older. Rides with the next call. */
  pass(userId: UserId, key: string, frame: string): void {
    this.#of(userId).passing.set(key, frame);
  }

  /** A member said that they have read. */
  noteReceipt(userId: UserId): void {
    this.#of(userId).hasReceipt = true;
  }

  /** Sends to all members who are behind what they lack. The writers come last: they have their acks, and the others wait to see it. */
  wake(writers: ReadonlySet<UserId> = nobody): void {
    const state = this.#store.state;
    if (state === undefined) return;
    for (const member of state.members.values()) if (!writers.has(member.userId)) this.#serve(state, member);
    for (const userId of writers) {
      const member = state.members.get(userId);
      if (member !== undefined) this.#serve(state, member);
    }
  }

  /** Resolves when these members' inboxes have reached a rev, or after a while all the same. */
  async reached(userIds: readonly UserId[], rev: Rev): Promise<void> {
    const behind = new Set(userIds.filter((userId) => this.#of(userId).acked < rev));
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

  /** The alarm: notes who is behind, tries the failing again, or finds that all is done and ends. */
  settle(): void {
    const state = this.#store.state;
    if (state === undefined) return;
    const failing = new Map<UserId, Rev>();
    let slowest = state.head.rev;
    let retryAt = Infinity;
    let isPending = false;
    const gone: MemberRow[] = [];
    for (const member of state.members.values()) {
      const progress = this.#of(member.userId);
      if (!this.#isBehind(member, progress, state.head.rev)) {
        if (member.leftRev !== null && progress.inFlight === undefined) gone.push(member);
        continue;
      }
      isPending = true;
      const { inFlight } = progress;
      if (inFlight !== undefined && now() - inFlight.since > timeouts.objectCallMs * 2)
        this.#failed(progress, inFlight);
      if (progress.failures > 0) {
        failing.set(member.userId, progress.acked);
        retryAt = Math.min(retryAt, progress.retryAt);
      } else slowest = Math.min(slowest, progress.acked);
    }
    this.#db.transact((tx) => {
      this.#store.writeOwn(tx);
      for (const member of gone) this.#store.forgetLeft(tx, state, member);
      if (!isPending) {
        this.#alarms.clear(tx, fanOutAlarm);
        if (this.#store.lagging().size > 0) this.#store.setLagging(tx, failing);
        return;
      }
      this.#store.setLagging(tx, failing);
      const dueAt = Math.max(now() + 100, Math.min(now() + timeouts.fanOutAlarmMs, retryAt));
      this.#alarms.set(tx, fanOutAlarm, dueAt, slowest);
    });
    for (const member of gone) this.#progress.delete(member.userId);
    this.wake();
  }

  #of(userId: UserId): Progress {
    const known = this.#progress.get(userId);
    if (known !== undefined) return known;
    const member = this.#store.state?.members.get(userId);
    const joinedBefore = (member?.joinedRev ?? 1) - 1;
    const progress: Progress = {
      acked: Math.max(this.#base.lagging.get(userId) ?? this.#base.rev, joinedBefore),
      toldRead: this.#base.isDirty ? -1 : (member?.read ?? -1),
      inFlight: undefined,
      servedAt: 0,
      failures: 0,
      retryAt: 0,
      passing: new Map(),
      hasReceipt: this.#store.owedReceipts.has(userId),
    };
    this.#progress.set(userId, progress);
    return progress;
  }

  #isBehind(member: MemberRow, progress: Progress, headRev: Rev): boolean {
    if (progress.acked < endOf(member, headRev)) return true;
    return member.leftRev === null && (progress.toldRead < member.read || progress.hasReceipt);
  }

  #serve(state: State, member: MemberRow): void {
    const progress = this.#of(member.userId);
    if (progress.inFlight !== undefined || progress.retryAt > now()) return;
    if (!this.#isBehind(member, progress, state.head.rev) && progress.passing.size === 0) return;
    const liveDevices = this.#sockets.count === 0 ? [] : this.#sockets.devicesOf(member.userId);
    // A change of members or roles goes at once: a member's object answers it with what the others must know, as that it blocks whoever came.
    const isPlain = progress.acked >= state.facts.faceRev;
    if (liveDevices.length > 0 && isPlain && this.#isPaced(progress)) return;
    const inFlight = takeOff(progress, now());
    const delivery = deliveryFor(this.#delivery, state, member, progress, inFlight, liveDevices);
    cost.objectCalls++;
    this.#awake.during(userStub(this.#env, member.userId).deliver(delivery)).then(
      (answer) => {
        if (progress.inFlight !== inFlight) return;
        progress.inFlight = undefined;
        this.#answered(member.userId, progress, { delivery, answer, inFlight });
      },
      (error: unknown) => {
        if (progress.inFlight !== inFlight) return;
        logFault("deliver", error, {
          conversationId: state.facts.id,
          userId: member.userId,
          failures: progress.failures,
        });
        this.#failed(progress, inFlight);
      },
    );
  }

  #answered(
    userId: UserId,
    progress: Progress,
    { delivery, answer, inFlight }: { delivery: Delivery; answer: DeliveryAnswer; inFlight: Carried },
  ): void {
    const state = this.#store.state;
    const member = state?.members.get(userId);
    if (state === undefined || member === undefined) return;
    progress.acked = Math.max(Math.min(answer.rev, state.head.rev), member.joinedRev - 1);
    // The inbox applied nothing, and asks for nothing earlier.
    const isStuck = progress.acked < delivery.rev && progress.acked === delivery.sinceRev;
    if (isStuck || answer.isFailed === true) {
      this.#failed(progress, inFlight);
      return;
    }
    if (answer.rev >= delivery.rev) {
      progress.toldRead = Math.max(progress.toldRead, delivery.read);
      if (inFlight.hasReceipt) this.#receiptTold(userId, progress);
    } else progress.hasReceipt ||= inFlight.hasReceipt;
    progress.failures = 0;
    progress.retryAt = 0;
    for (const waiter of this.#waiters) {
      if ([...waiter.userIds].every((waited) => this.#of(waited).acked >= waiter.rev)) waiter.resolve();
    }
    this.#serve(state, member);
  }

  /** The member's inbox has taken the receipt. If another one came meanwhile, that one is still owed. */
  #receiptTold(userId: UserId, progress: Progress): void {
    if (progress.hasReceipt || !this.#store.owedReceipts.has(userId)) return;
    try {
      this.#db.transact((tx) => this.#store.settleReceipt(tx, userId));
    } catch (error) {
      // It is told once more after waking, which is late but harmless.
      logFault("receipt", error, { userId });
    }
  }

  #failed(progress: Progress, carried: Carried): void {
    progress.inFlight = undefined;
    takeBack(progress, carried);
    progress.failures++;
    const waitMs = retryWaitMs(progress.failures, Math.random(), {
      firstMs: timeouts.fanOutRetryFirstMs,
      maxMs: timeouts.fanOutRetryMaxMs,
    });
    progress.retryAt = now() + waitMs;
    // A short wait has a timer, beside the alarm. A long one has only the alarm, so that the object may sleep.
    if (waitMs <= timeouts.fanOutAlarmMs) setTimeout(() => this.wake(), waitMs + 1);
  }

  /**
   * A member who has the conversation on screen got the items already. Their inbox may follow a little later, with many at a time; the first after
   * a quiet while goes at once. True where this member has to wait: a timer serves them.
   */
  #isPaced(progress: Progress): boolean {
    const waitMs = progress.servedAt + timeouts.livePaceMs - now();
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
