/** Owns the hints to the queue's consumer that something is due to members of a large group, and the alarm that repeats them as long as something is. */
import { growingWaitMs } from "../../../../core/retry.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import { timeouts } from "../../../../schema/limits.ts";
import { cost } from "../../../shared/platform/meter.ts";
import type { Alarms } from "../../../shared/platform/alarms.ts";
import { now } from "../../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../../shared/platform/database.ts";
import type { Env } from "../../../shared/platform/env.ts";
import { logFault } from "../../../shared/platform/log.ts";
import { largeMarks } from "../marks.ts";

/** Set while something is due: it repeats the hint. */
export const dueAlarm = "large due";

export type HintsParts = {
  env: Pick<Env, "FANOUT_QUEUE">;
  db: Database;
  alarms: Alarms;
  /** Undefined where no hint is needed: nothing is due. */
  hinted: () => ConversationId | undefined;
};

export class Hints {
  readonly #parts: HintsParts;
  /** To whom something became due since the last commit. */
  #noted = new Set<UserId | null>();
  /** A hint is on its way, and its consumer has not begun. */
  #isSent = false;

  constructor(parts: HintsParts) {
    this.#parts = parts;
  }

  /** To whom something became due since the last commit. */
  get noted(): ReadonlySet<UserId | null> {
    return this.#noted;
  }

  /** Whether the hint would be repeated. */
  get isSet(): boolean {
    return this.#parts.alarms.get(dueAlarm) !== undefined;
  }

  /** Something became due to a member, or (null) to all who want all messages. */
  note(tx: Transactor, userId: UserId | null): void {
    const { alarms } = this.#parts;
    this.#noted.add(userId);
    const alarm = alarms.get(dueAlarm);
    // A long wait was for inboxes that fail. What is due now does not wait for it.
    if (alarm === undefined || (alarm.data ?? 0) > 0) alarms.set(tx, dueAlarm, now() + timeouts.dueHintMs, 0);
  }

  /** After a commit: sends the hint if something became due to others than these, who are called without it. */
  published(called: ReadonlyMap<UserId, unknown>): void {
    const noted = this.#noted;
    if (noted.size === 0) return;
    this.#noted = new Set();
    if ([...noted].some((userId) => userId === null || !called.has(userId))) this.#send();
  }

  /** The consumer has begun. What becomes due from now on is perhaps behind its round, so it has a hint of its own. */
  begun(): void {
    this.#isSent = false;
  }

  /** Nothing is due any more. */
  end(tx: Transactor): void {
    this.#parts.alarms.clear(tx, dueAlarm);
  }

  /** The alarm went off: the hint is sent again as long as something is due, after growing waits. */
  rung({ data }: { data: number | null }): void {
    const { db, alarms, hinted } = this.#parts;
    const times = (data ?? 0) + 1;
    const isDone = hinted() === undefined;
    db.transact((tx) => {
      if (isDone) this.end(tx);
      else {
        const waitMs = growingWaitMs(times + 1, { firstMs: timeouts.dueHintMs, maxMs: timeouts.dueHintMaxMs });
        alarms.set(tx, dueAlarm, now() + waitMs, times);
      }
    });
    this.#isSent = false;
    if (!isDone) this.#send();
  }

  #send(): void {
    const conversationId = this.#parts.hinted();
    if (this.#isSent || conversationId === undefined || !largeMarks.sendsHints) return;
    this.#isSent = true;
    cost.queueOperations++;
    const delaySeconds = largeGroups.dueHintDelaySeconds;
    this.#parts.env.FANOUT_QUEUE.send({ conversationId }, { delaySeconds }).catch((error: unknown) =>
      logFault("hint", error, { conversationId }),
    );
  }
}
