/** Owns everything that a command is metered by if it stores something or sends something to others. */
import type { Refusal } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Actor } from "../../contract/actor.ts";
import type { ConversationTransactor } from "../effects.ts";
import type { DayQuotas } from "./day-quotas.ts";
import type { Throttle } from "./throttle.ts";

export class WriteMeters {
  readonly #throttle: Throttle;
  readonly #quotas: DayQuotas;

  constructor(throttle: Throttle, quotas: DayQuotas) {
    this.#throttle = throttle;
    this.#quotas = quotas;
  }

  /**
   * Why this write has to wait, or undefined: then it is counted, in its transaction. `isPaid`: its tokens were taken before. A write of no bytes, which is an
   * unsend, is never refused for the day's quota.
   */
  charge(tx: ConversationTransactor, actor: Actor, bytes: number, isPaid: boolean): Refusal | undefined {
    const refusal =
      (bytes === 0 ? undefined : this.#quotas.refusal(actor.userId)) ??
      (isPaid ? undefined : this.#throttle.refusalToWrite(actor, bytes));
    if (refusal === undefined) this.#quotas.note(tx, actor.userId, bytes);
    return refusal;
  }

  /** Why a message that mentions everybody has to wait, or undefined. */
  refusalToMentionAll(): Refusal | undefined {
    return this.#throttle.refusalToMentionAll();
  }

  mayShowTyping(userId: UserId): boolean {
    return this.#throttle.mayShowTyping(userId);
  }

  noteSent(userId: UserId): void {
    this.#throttle.noteSent(userId);
  }
}
