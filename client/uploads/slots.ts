/** Owns how many things of one kind run at once. Those that wait get their turn in the order in which they came. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnceMax: number) {
    this.#free = atOnceMax;
  }

  /** Runs the task when there is a place for it. A task that was aborted meanwhile does not run. */
  async use<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The place goes to the next one directly.
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
