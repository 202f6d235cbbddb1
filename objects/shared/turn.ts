/** Owns group commit: what arrives in one turn of the event loop is worked off together at its end. */

/** Runs `drain` once, soon, however often it is asked; a call while it runs asks for one more. */
export class Turn {
  readonly #drain: () => void;
  #isDue = false;

  constructor(drain: () => void) {
    this.#drain = drain;
  }

  /** `setTimeout(0)`: after the events that are already there, so that they share one commit; idle it adds nothing. */
  request(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => {
      this.#isDue = false;
      this.#drain();
    }, 0);
  }
}
