/**
 * Owns how long the inbox of a member waits who has the conversation on screen. They have received the items on their live socket already. So their inbox may
 * receive many items in one later call, which a timer makes. The first call after a quiet time goes at once, and so does all that may end a push that waits.
 */
import type { TimeMs } from "../../../../schema/ids.ts";
import type { Awake } from "../../../shared/meters/awake.ts";
import type { Lane } from "../lane.ts";

export class LivePace {
  readonly #awake: Awake;
  readonly #wake: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(awake: Awake, wake: () => void) {
    this.#awake = awake;
    this.#wake = wake;
  }

  /** Whether this member has to wait. */
  holds(lane: Lane, at: TimeMs): boolean {
    const waitMs = lane.followsAt - at;
    if (waitMs <= 0 || lane.hasPush) return false;
    if (this.#timer === undefined)
      this.#timer = this.#awake.after(waitMs, () => {
        this.#timer = undefined;
        this.#wake();
      });
    return true;
  }
}
