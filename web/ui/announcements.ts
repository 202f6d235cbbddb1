/**
 * Owns the order and the pace in which screen readers are given new messages: one line after the other, each a new element, so that the same
 * words twice are said twice. When more come than can be listened to, the oldest of those that wait are left out.
 */

export interface Line<T> {
  /** Different for each line, also where the words are the same. */
  readonly number: number;
  readonly what: T;
}

/** The time between two lines. If several lines come together, some screen readers say only the last. */
const paceMs = 700;
/** How long a line stays on the page. A user who moves through the page with a screen reader should find no old lines. */
const staysMs = 4_000;
/** How many lines may wait. */
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

  /** The lines that are on the page now. */
  readonly getSnapshot = (): readonly Line<T>[] => this.#lines;

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
