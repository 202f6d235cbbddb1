/**
 * Owns the calls to single inboxes of a large group that do not wait for the queue: to whoever acts here, and to those whose devices look. A call brings the row of
 * its moment and all that is due to the member. One call to an inbox is under way at a time, so none overtakes another, and what comes meanwhile goes together in
 * the next one. A member's own messages are noted in memory alone: after a crash the newest messages show who wrote.
 */
import { retryWaitMs } from "../../../core/retry.ts";
import type { Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { RowAnswer, RowDelivery } from "../../contract/delivery/pulled-row.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { call, userStub, withDeadline } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import { largeMarks } from "./marks.ts";
import type { LiveHost } from "../live/live-turn.ts";

/** What a call brings: what is due to the member, and these messages of their own. */
export type Bring = (userId: UserId, own: readonly Seq[]) => RowDelivery | undefined;

export type DirectParts = {
  env: Env;
  awake: Awake;
  audience: Pick<LiveHost, "devicesOf">;
  /** Undefined where the user is no member, and no former one who does not know it. */
  bring: Bring;
  /** The inbox has what was delivered, durably. */
  delivered: (userId: UserId, delivery: RowDelivery, answer: RowAnswer) => void;
};

type Lane = {
  /** Own messages that the inbox has not confirmed. */
  readonly own: Set<Seq>;
  isWanted: boolean;
  isUnderWay: boolean;
  failures: number;
  /** Before this no call is made: after a fault, or because the member receives the messages on a live socket. */
  notBefore: TimeMs;
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly waiting: (() => void)[];
};

export class Direct {
  readonly #parts: DirectParts;
  readonly #lanes = new Map<UserId, Lane>();

  constructor(parts: DirectParts) {
    this.#parts = parts;
  }

  /** The inbox is called now, or behind the call that is under way. `own`: messages that this member has just sent. */
  serve(userId: UserId, own: readonly Seq[] = []): void {
    if (!largeMarks.callsInboxes) return;
    const lane = this.#laneOf(userId);
    lane.isWanted = true;
    for (const seq of own) lane.own.add(seq);
    this.#go(userId, lane);
  }

  /** Resolves when the calls that these inboxes wait for are answered, or after a while. */
  async reached(userIds: readonly UserId[]): Promise<void> {
    const busy = userIds.flatMap((userId) => this.#lanes.get(userId) ?? []).filter(isBusy);
    if (busy.length === 0) return;
    const done = Promise.all(busy.map((lane) => new Promise<void>((resolve) => lane.waiting.push(resolve))));
    await withDeadline(done, timeouts.fanOutWaitMs).catch(() => undefined);
  }

  /** Whether some inbox waits for a call, or has failed and is called again by itself. */
  get isBusy(): boolean {
    return [...this.#lanes.values()].some((lane) => isBusy(lane) && !hasGivenUp(lane));
  }

  /** Whether calls to this inbox failed so often in a row that it is not called again by itself. */
  hasGivenUp(userId: UserId): boolean {
    const lane = this.#lanes.get(userId);
    return lane !== undefined && hasGivenUp(lane);
  }

  /** Messages that this member sent, and that their inbox has not confirmed. */
  ownOf(userId: UserId): readonly Seq[] {
    return [...(this.#lanes.get(userId)?.own ?? [])];
  }

  #laneOf(userId: UserId): Lane {
    const known = this.#lanes.get(userId);
    if (known !== undefined) return known;
    if (this.#lanes.size >= largeGroups.directLanesMax) this.#forgetIdle();
    const lane: Lane = {
      own: new Set(),
      isWanted: false,
      isUnderWay: false,
      failures: 0,
      notBefore: 0,
      timer: undefined,
      waiting: [],
    };
    this.#lanes.set(userId, lane);
    return lane;
  }

  #forgetIdle(): void {
    const at = now();
    for (const [userId, lane] of this.#lanes) if (!isBusy(lane) && lane.notBefore <= at) this.#lanes.delete(userId);
  }

  #go(userId: UserId, lane: Lane): void {
    if (!lane.isWanted || lane.isUnderWay || lane.timer !== undefined) return;
    const waitMs = lane.notBefore - now();
    if (waitMs > 0) {
      lane.timer = this.#parts.awake.after(waitMs, () => {
        lane.timer = undefined;
        this.#go(userId, lane);
      });
      return;
    }
    this.#parts.awake
      .during(this.#call(userId, lane))
      .catch((error: unknown) => logFault("direct row", error, { userId }));
  }

  async #call(userId: UserId, lane: Lane): Promise<void> {
    const { env, audience, bring, delivered } = this.#parts;
    lane.isWanted = false;
    lane.isUnderWay = true;
    const own = [...lane.own];
    try {
      const delivery = bring(userId, own);
      if (delivery === undefined) return this.#done(lane, own);
      if (audience.devicesOf(userId).length > 0) lane.notBefore = now() + timeouts.livePaceMs;
      const answer = await call("user.deliverRow", () => userStub(env, userId).deliverRow(delivery));
      if (!answer.ok || answer.value.isFailed === true) return this.#failed(lane);
      this.#done(lane, own);
      delivered(userId, delivery, answer.value);
    } catch (error) {
      logFault("direct row", error, { userId });
      this.#failed(lane);
    } finally {
      lane.isUnderWay = false;
      if (!isBusy(lane)) for (const resolve of lane.waiting.splice(0)) resolve();
      this.#go(userId, lane);
    }
  }

  #done(lane: Lane, own: readonly Seq[]): void {
    for (const seq of own) lane.own.delete(seq);
    lane.failures = 0;
  }

  /** After some failures the queue brings what is due, and the inbox asks for its row when a device comes. */
  #failed(lane: Lane): void {
    lane.failures++;
    lane.isWanted = !hasGivenUp(lane);
    if (!lane.isWanted) lane.own.clear();
    const again = { firstMs: timeouts.fanOutRetryFirstMs, maxMs: timeouts.fanOutRetryMaxMs };
    lane.notBefore = now() + retryWaitMs(lane.failures, Math.random(), again);
  }
}

function isBusy({ isWanted, isUnderWay }: Lane): boolean {
  return isWanted || isUnderWay;
}

function hasGivenUp({ failures }: Lane): boolean {
  return failures > largeGroups.directRetriesMax;
}
