/** Owns group commit: what arrives together is worked off together. */

/** How long after a drain the next one is worth waiting for: while events follow each other closer than this, they share. */
const burstMs = 3;

/**
 * Runs `drain` once, soon, however often it is asked; a call while it runs asks for one more.
 * After a quiet time it runs at the end of the present event, so that idle nothing is added. In a burst it runs after the events that
 * are there already (`setTimeout(0)`, which costs 1 to 2 ms in workerd), so that they share one commit.
 */
export class Turn {
  readonly #drain: () => void;
  #isDue = false;
  #drainedAt = 0;

  constructor(drain: () => void) {
    this.#drain = drain;
  }

  request(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    if (Date.now() - this.#drainedAt > burstMs) queueMicrotask(() => this.#run());
    else setTimeout(() => this.#run(), 0);
  }

  #run(): void {
    this.#isDue = false;
    this.#drainedAt = Date.now();
    this.#drain();
  }
}
