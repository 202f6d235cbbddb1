/**
 * Owns fan-out: bringing every change to every member's inbox. Level-triggered: for each member, "acknowledged up to
 * rev A" is compared with the head; if behind and no call is in flight, everything from A + 1 goes in one call.
 * So load batches by itself, order per member holds, a failure is repeated from the same place, and a repeat is harmless.
 *
 * Durable is only the alarm `fan-out`: its row means "somebody may be behind `data`", plus a lag row for each member
 * that is known to fail. No row is written per member per message.
 */
import type { DeviceId, Rev, Seq, UserId } from "../../schema/ids.ts";
import { timeouts } from "../../schema/limits.ts";
import type { Alarms } from "../shared/alarms.ts";
import { userStub } from "../shared/calls.ts";
import { now } from "../shared/clock.ts";
import type { Database, Transactor } from "../shared/database.ts";
import type { Env } from "../shared/env.ts";
import { logFault } from "../shared/log.ts";
import { cost } from "../shared/meter.ts";
import type { Delivery, DeliveryAnswer } from "../user/contract.ts";
import { type Recent, type Stretch, storedStretch } from "./items.ts";
import type { LiveSockets } from "./live-sockets.ts";
import type { Journal } from "./journal.ts";
import type { Messages } from "./messages.ts";
import { visibleFrom } from "./reads.ts";
import type { MemberRow, State, Store } from "./store.ts";

export const fanOutAlarm = "fan-out";

const nobody: ReadonlySet<UserId> = new Set();

/** How far one member's inbox is. */
type Progress = {
  acked: Rev;
  /** The read watermark that their inbox knows. */
  toldRead: Seq;
  inFlightSince: number | undefined;
  /** When the last call to them began. */
  servedAt: number;
  failures: number;
  retryAt: number;
  passing: Map<string, string>;
  /** They said that they have read: their inbox is told even if no watermark rose. */
  hasReceipt: boolean;
};

type Waiter = { userIds: ReadonlySet<UserId>; rev: Rev; resolve: () => void };

export class FanOut {
  readonly #env: Env;
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #journal: Journal;
  readonly #recent: Recent;
  readonly #sockets: LiveSockets;
  readonly #progress = new Map<UserId, Progress>();
  readonly #waiters = new Set<Waiter>();
  #paceTimer: ReturnType<typeof setTimeout> | undefined;
  /** Where everybody stood when this object woke. */
  readonly #base: { rev: Rev; lagging: ReadonlyMap<UserId, Rev>; isDirty: boolean };

  constructor(parts: {
    env: Env;
    db: Database;
    alarms: Alarms;
    store: Store;
    messages: Messages;
    journal: Journal;
    recent: Recent;
    sockets: LiveSockets;
  }) {
    this.#env = parts.env;
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
    this.#recent = parts.recent;
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

  /** Sends whoever is behind what they lack. Those who wrote it come last: they have their ack, the others wait to see it. */
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
    for (const member of state.members.values()) {
      const progress = this.#of(member.userId);
      if (!this.#isBehind(member, progress, state.head.rev)) continue;
      isPending = true;
      const isStuck =
        progress.inFlightSince !== undefined && now() - progress.inFlightSince > timeouts.objectCallMs * 2;
      if (isStuck) this.#failed(progress);
      if (progress.failures > 0) {
        failing.set(member.userId, progress.acked);
        retryAt = Math.min(retryAt, progress.retryAt);
      } else slowest = Math.min(slowest, progress.acked);
    }
    this.#db.transact((tx) => {
      this.#store.writeOwn(tx);
      if (!isPending) {
        this.#alarms.clear(tx, fanOutAlarm);
        if (this.#store.lagging().size > 0) this.#store.setLagging(tx, failing);
        return;
      }
      this.#store.setLagging(tx, failing);
      const dueAt = Math.max(now() + 100, Math.min(now() + timeouts.fanOutAlarmMs, retryAt));
      this.#alarms.set(tx, fanOutAlarm, dueAt, slowest);
    });
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
      inFlightSince: undefined,
      servedAt: 0,
      failures: 0,
      retryAt: 0,
      passing: new Map(),
      hasReceipt: false,
    };
    this.#progress.set(userId, progress);
    return progress;
  }

  /** The last rev that is this member's to get. */
  #endOf(member: MemberRow, headRev: Rev): Rev {
    return member.leftRev ?? headRev;
  }

  #isBehind(member: MemberRow, progress: Progress, headRev: Rev): boolean {
    if (progress.acked < this.#endOf(member, headRev)) return true;
    return member.leftRev === null && progress.toldRead < member.read;
  }

  #serve(state: State, member: MemberRow): void {
    const progress = this.#of(member.userId);
    if (progress.inFlightSince !== undefined || progress.retryAt > now()) return;
    if (!this.#isBehind(member, progress, state.head.rev) && progress.passing.size === 0 && !progress.hasReceipt)
      return;
    const liveDevices = this.#sockets.count === 0 ? [] : this.#sockets.devicesOf(member.userId);
    if (liveDevices.length > 0 && this.#isPaced(progress)) return;
    const delivery = this.#deliveryFor(state, member, progress, liveDevices);
    progress.passing.clear();
    progress.hasReceipt = false;
    const startedAt = now();
    progress.inFlightSince = startedAt;
    progress.servedAt = startedAt;
    cost.objectCalls++;
    userStub(this.#env, member.userId)
      .deliver(delivery)
      .then(
        (answer) => {
          if (progress.inFlightSince !== startedAt) return;
          progress.inFlightSince = undefined;
          this.#answered(member.userId, progress, delivery, answer);
        },
        (error: unknown) => {
          if (progress.inFlightSince !== startedAt) return;
          logFault("deliver", error, {
            conversationId: state.facts.id,
            userId: member.userId,
            failures: progress.failures,
          });
          this.#failed(progress);
        },
      );
  }

  #answered(userId: UserId, progress: Progress, delivery: Delivery, answer: DeliveryAnswer): void {
    const state = this.#store.state;
    const member = state?.members.get(userId);
    if (state === undefined || member === undefined) return;
    progress.acked = Math.max(Math.min(answer.rev, state.head.rev), member.joinedRev - 1);
    // Nothing was applied, nor is something earlier asked for.
    const isStuck = progress.acked < delivery.rev && progress.acked === delivery.sinceRev;
    if (isStuck || answer.isFailed === true) {
      this.#failed(progress);
      return;
    }
    if (answer.rev >= delivery.rev) progress.toldRead = Math.max(progress.toldRead, delivery.read);
    progress.failures = 0;
    progress.retryAt = 0;
    for (const waiter of this.#waiters) {
      if ([...waiter.userIds].every((waited) => this.#of(waited).acked >= waiter.rev)) waiter.resolve();
    }
    this.#serve(state, member);
  }

  #failed(progress: Progress): void {
    progress.inFlightSince = undefined;
    progress.failures++;
    const backoffMs = Math.min(
      timeouts.fanOutRetryMaxMs,
      timeouts.fanOutRetryFirstMs * 2 ** Math.min(progress.failures, 10),
    );
    const waitMs = backoffMs * (0.5 + Math.random() / 2);
    progress.retryAt = now() + waitMs;
    // Short waits are kept in memory, the alarm stands behind them; long ones are the alarm's alone, so that the object may sleep.
    if (waitMs <= timeouts.fanOutAlarmMs) setTimeout(() => this.wake(), waitMs + 1);
  }

  /**
   * Who has the conversation on screen got the items already; what their inbox shows of it may follow a little later, many at a time.
   * The first after a quiet while goes at once. True where this one has to wait, and will be served then.
   */
  #isPaced(progress: Progress): boolean {
    const waitMs = progress.servedAt + timeouts.livePaceMs - now();
    if (waitMs <= 0) return false;
    if (this.#paceTimer !== undefined) return true;
    this.#paceTimer = setTimeout(() => {
      this.#paceTimer = undefined;
      this.wake();
    }, waitMs);
    return true;
  }

  #deliveryFor(state: State, member: MemberRow, progress: Progress, liveDevices: DeviceId[]): Delivery {
    const end = this.#endOf(member, state.head.rev);
    const stretch: Stretch =
      progress.acked >= end
        ? { rev: progress.acked, items: [] }
        : (this.#recent.after(progress.acked, end) ??
          storedStretch({ messages: this.#messages, journal: this.#journal }, state, progress.acked, end));
    const { facts, head } = state;
    const { after } = visibleFrom(state, member);
    const isFaceNew = progress.acked < facts.faceRev || progress.acked < member.joinedRev;
    return {
      conversationId: facts.id,
      epoch: facts.epoch,
      sinceRev: progress.acked,
      rev: stretch.rev,
      // The seq reached at `rev`: what is not delivered yet must not count as known.
      headSeq:
        stretch.rev === head.rev ? head.seq : Math.max(0, ...stretch.items.map((item) => item.message?.seq ?? 0)),
      at: head.at,
      facts: isFaceNew ? this.#factsFor(state, member, progress.acked, stretch.rev) : null,
      items:
        after === 0 ? stretch.items : stretch.items.filter((item) => item.message === null || item.message.seq > after),
      read: member.read,
      delivered: member.delivered,
      liveDevices,
      passing: [...progress.passing.values()],
      hasReceipt: progress.hasReceipt,
      ...(member.requestBy === null ? {} : { requestBy: member.requestBy }),
    };
  }

  #factsFor(state: State, member: MemberRow, sinceRev: Rev, rev: Rev): Delivery["facts"] {
    const { facts, members } = state;
    const others = [...members.values()].filter((other) => other.userId !== member.userId);
    return {
      kind: facts.kind,
      mode: facts.mode,
      title: facts.title,
      peer: facts.kind === "dm" ? (others[0] ?? member).person.user : null,
      role: member.role,
      hasLeft: member.leftRev !== null && rev >= member.leftRev,
      joinedSeq: member.joinedSeq,
      joinedRev: member.joinedRev,
      added: others
        .filter((other) => other.joinedRev > sinceRev && other.joinedRev <= rev)
        .map((other) => other.userId),
    };
  }
}
