/** Owns group commit: what arrives together is worked off together. */

/** Requests that follow a drain sooner than this belong to a burst, and would have been better waited for. */
const burstMs = 25;

/**
 * Runs `drain` once, soon, however often it is asked; a call while it runs asks for one more.
 *
 * Waiting for the events that are there already (`setTimeout(0)`) lets them share one commit, one frame, one call; but the timer costs
 * 1 to 2 ms in workerd. So it learns: while what comes is single, a drain runs at the end of the present event and idle nothing is added;
 * once a drain was followed at once by more, it waits, until a wait has gathered nothing.
 */
export class Turn {
  readonly #drain: () => void;
  #requests = 0;
  #drainedAt = 0;
  #isBurst = false;

  constructor(drain: () => void) {
    this.#drain = drain;
  }

  request(): void {
    this.#requests++;
    if (this.#requests > 1) return;
    if (!this.#isBurst) this.#isBurst = Date.now() - this.#drainedAt < burstMs;
    if (this.#isBurst) setTimeout(() => this.#run(), 0);
    else queueMicrotask(() => this.#run());
  }

  #run(): void {
    if (this.#isBurst) this.#isBurst = this.#requests > 1;
    this.#requests = 0;
    this.#drainedAt = Date.now();
    this.#drain();
  }
}
