/** Owns whose turn it is among pieces of work that each hold the thread for some milliseconds: one at a time, and between two of them others get the thread. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when the turns taken before are over. The work goes on without waiting for anything else. */
  take(): Promise<void> {
    this.#last = this.#last.then(() => scheduler.wait(0));
    return this.#last;
  }
}
