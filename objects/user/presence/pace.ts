/** Owns doing something soon, but not too often. */
import { atEndOfEvent } from "../../shared/platform/turn.ts";

/** Runs `task` at the end of the present event, or when the pause since its last run is over. It runs once, however often it is requested meanwhile. */
export class Pace {
  readonly #pauseMs: number;
  readonly #task: () => void;
  #lastAt = -Infinity;
  #isDue = false;

  constructor(pauseMs: number, task: () => void) {
    this.#pauseMs = pauseMs;
    this.#task = task;
  }

  request(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const waitMs = this.#lastAt + this.#pauseMs - Date.now();
    if (waitMs <= 0) atEndOfEvent(() => this.#run());
    else setTimeout(() => this.#run(), waitMs);
  }

  #run(): void {
    this.#isDue = false;
    this.#lastAt = Date.now();
    this.#task();
  }
}
