/**
 * Owns the hint to the queue's consumer that pushes of this user are due. One is under way at a time. The queue may lose it, so the platform's alarm is set, which
 * takes no row of its own, and repeats the hint as long as something is due.
 */
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { pushes as bounds } from "../../../schema/push-limits.ts";
import { cost } from "../../shared/platform/meter.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { UserTransactor } from "../effects.ts";

/** How a hint is sent; tests put their own in its place. */
export const hinting: { send: (env: Pick<Env, "PUSH_QUEUE">, userId: UserId) => Promise<unknown> } = {
  send: (env, userId) => env.PUSH_QUEUE.send({ userId }),
};

export class Hints {
  readonly #env: Pick<Env, "PUSH_QUEUE">;
  readonly #alarms: Alarms;
  readonly #userId: UserId;
  /** When the hint was sent that is under way. In memory: after an eviction one hint too many may be sent. */
  #sentAt: TimeMs | undefined;

  constructor({ env, alarms, userId }: { env: Pick<Env, "PUSH_QUEUE">; alarms: Alarms; userId: UserId }) {
    this.#env = env;
    this.#alarms = alarms;
    this.#userId = userId;
  }

  /** In the transaction that makes a push due. */
  due(tx: UserTransactor): void {
    this.#alarms.ring(now() + bounds.hintAgainMs);
    tx.afterCommit({ do: "hint pushes" });
  }

  /** At this time something becomes due. To be called in the transaction that stores it, and by the alarm. */
  dueAt(at: TimeMs): void {
    this.#alarms.ring(at);
  }

  send(): void {
    if (this.#sentAt !== undefined && now() - this.#sentAt < bounds.hintAgainMs) return;
    this.#sentAt = now();
    cost.queueOperations++;
    hinting.send(this.#env, this.#userId).catch((error: unknown) => {
      this.#sentAt = undefined;
      logFault("hint", error, { userId: this.#userId });
    });
  }

  /** The consumer has asked, and works on it: no other hint is needed. */
  asked(): void {
    this.#sentAt = now();
  }

  /** The consumer has reported, and asks no more. */
  settled(): void {
    this.#sentAt = undefined;
  }
}
