/** Owns the waits before a next try. The link that comes back ends them early, except those that the server ordered. */
import type { Clock } from "../contract/platform.ts";
import type { ParleyError } from "../errors.ts";
import { waitMs } from "./backoff.ts";

/** Whatever wait is drawn, and whatever the server says, nothing is tried in a tight loop. */
const pauseMsMin = 100;

interface Wait {
  readonly of: object;
  readonly notBefore: number;
  readonly end: () => void;
}

export class Waits {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #waits = new Set<Wait>();
  #isClosed = false;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Waits for the next try of `of` after `failures` earlier ones and this fault. The wait is at least as long as the server asked. */
  async afterFault(of: object, { retryAfterMs }: ParleyError, failures: number): Promise<void> {
    const ms = Math.max(pauseMsMin, retryAfterMs ?? 0, waitMs(failures, this.#random()));
    await this.for(of, ms, retryAfterMs === null ? 0 : this.#clock.now() + retryAfterMs);
  }

  /** Waits for `ms`, or until `wake` or `end`; `wake` has no effect before `notBefore`. With `Infinity` no timer is set. */
  async for(of: object, ms: number, notBefore = 0): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        this.#waits.delete(wait);
        resolve();
      };
      const cancel = ms === Infinity ? () => undefined : this.#clock.after(ms, end);
      const wait = { of, notBefore, end };
      this.#waits.add(wait);
    });
  }

  /** The link is there again. */
  wake(): void {
    const now = this.#clock.now();
    for (const { notBefore, end } of this.#waits) if (notBefore <= now) end();
  }

  /** Ends the waits of one thing. */
  end(of: object): void {
    for (const wait of this.#waits) if (wait.of === of) wait.end();
  }

  /** Ends all waits, and every later one at once. */
  close(): void {
    this.#isClosed = true;
    for (const { end } of this.#waits) end();
  }
}
