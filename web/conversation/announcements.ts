/**
 * Owns the order and the pace in which lines are put where screen readers read them: one after the other, each as something new, so that
 * the same words twice are said twice and three at once are three. Of a flood the latest are said.
 */

export interface Line<T> {
  /** Another one for each line, also where the words are the same. */
  readonly number: number;
  readonly what: T;
}

/** Between two lines: put there together, some screen readers say the last alone. */
const paceMs = 700;
/** How long a line stays, so that nothing old is found by who looks around with the reader. */
const staysMs = 4_000;
/** Of those that wait. */
const waitingMax = 5;

export class Announcements<T> {
  readonly #after: (ms: number, task: () => void) => void;
  #listeners: readonly (() => void)[] = [];
  #lines: readonly Line<T>[] = [];
  #waiting: readonly T[] = [];
  #isPaced = false;
  #made = 0;

  constructor(after: (ms: number, task: () => void) => void = (ms, task) => void setTimeout(task, ms)) {
    this.#after = after;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener();
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== entry);
    };
  };

  /** The lines that stand there now. */
  readonly getSnapshot = (): readonly Line<T>[] => this.#lines;

  /** What waits is let go, the oldest first, when it is too much to listen to. */
  say(what: T): void {
    this.#waiting = [...this.#waiting, what].slice(-waitingMax);
    if (!this.#isPaced) this.#next();
  }

  #next(): void {
    const [what, ...rest] = this.#waiting;
    this.#isPaced = what !== undefined;
    if (what === undefined) return;
    this.#waiting = rest;
    const line = { number: ++this.#made, what };
    this.#show([...this.#lines, line]);
    this.#after(staysMs, () => this.#show(this.#lines.filter((each) => each !== line)));
    this.#after(paceMs, () => this.#next());
  }

  #show(lines: readonly Line<T>[]): void {
    this.#lines = lines;
    for (const listener of this.#listeners) listener();
  }
}
