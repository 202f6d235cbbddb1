/**
 * Owns when receipts and typing signs are sent: at once while few come, else gathered, for all members together. So the number of such frames that a
 * reader receives is bounded, however many members send how many signs. What waits is in memory only: a socket that opens later receives the watermarks by `hello`.
 */
import type { UserId } from "../../../schema/ids.ts";
import { rates } from "../../../schema/rates.ts";
import { Buckets } from "../../shared/meters/buckets.ts";
import { now } from "../../shared/platform/clock.ts";

/** Members whose watermarks rose (`receipts`), and members who are typing. */
export type Sign = { receipts: Set<UserId>; typing: Set<UserId> };

/** One bucket for all members together. */
const all = "all";

export class Signs {
  readonly #onDue: () => void;
  #waiting: Sign = { receipts: new Set(), typing: new Set() };
  readonly #frames = new Buckets(rates.signFramesPerConversation, 1);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onDue`: the waiting signs may be sent now. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Adds these to the waiting signs, and answers what is to be sent now: all of them or none. `isFree`: a frame is sent anyway. */
  take({ receipts, typing }: Sign, isFree: boolean): Sign {
    for (const userId of receipts) this.#waiting.receipts.add(userId);
    for (const userId of typing) this.#waiting.typing.add(userId);
    const taken = this.#waiting;
    if (taken.receipts.size === 0 && taken.typing.size === 0) return taken;
    if (!isFree) {
      const waitMs = this.#frames.waitMs(all, now());
      if (waitMs > 0) {
        if (this.#timer === undefined) this.#timer = setTimeout(() => this.#due(), waitMs);
        return { receipts: new Set(), typing: new Set() };
      }
      this.#frames.spend(all, now());
    }
    this.#waiting = { receipts: new Set(), typing: new Set() };
    return taken;
  }

  #due(): void {
    this.#timer = undefined;
    this.#onDue();
  }
}
