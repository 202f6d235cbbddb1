/**
 * Owns when waiting rows are written: at once after a quiet time, else some time after the last commit. Each object draws that time anew, at random. So the
 * inboxes of a busy group, which receive the same messages at the same moments, do not all commit together.
 */
import { timeouts } from "../../../schema/limits.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Timers, Wait } from "../../shared/platform/timers.ts";

/** The time between two commits; tests make it shorter or longer. */
export const commitPace: { ms: number; spreadMs: number } = {
  ms: timeouts.inboxCommitMs,
  spreadMs: timeouts.inboxCommitSpreadMs,
};

export class CommitPace {
  readonly #timers: Timers;
  readonly #commit: () => void;
  #committedAt = -Infinity;
  #wait: Wait | undefined;

  constructor(timers: Timers, commit: () => void) {
    this.#timers = timers;
    this.#commit = commit;
  }

  /** Some row waits to be written. `isUrgent`: it is written at once. */
  request(isUrgent: boolean): void {
    const quietMs = now() - this.#committedAt;
    if (isUrgent || quietMs >= commitPace.ms + commitPace.spreadMs) this.#run();
    else this.#wait ??= this.#timers.after(Math.max(0, this.#waitMs() - quietMs), () => this.#run());
  }

  #waitMs(): number {
    return commitPace.ms + Math.random() * commitPace.spreadMs;
  }

  #run(): void {
    if (this.#wait !== undefined) this.#timers.end(this.#wait);
    this.#wait = undefined;
    this.#committedAt = now();
    this.#commit();
  }
}
