/**
 * Owns when waiting rows are written: at once after a quiet time, else some time after the last commit. Each object draws that time anew, at random. So the
 * inboxes of a busy group, which receive the same messages at the same moments, do not all commit together.
 */
import { timeouts } from "../../../schema/limits.ts";
import { now } from "../../shared/platform/clock.ts";

/** The time between two commits; tests make it shorter or longer. */
export const commitPace: { ms: number; spreadMs: number } = {
  ms: timeouts.inboxCommitMs,
  spreadMs: timeouts.inboxCommitSpreadMs,
};

export class CommitPace {
  readonly #commit: () => void;
  #committedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(commit: () => void) {
    this.#commit = commit;
  }

  /** Some row waits to be written. `isUrgent`: it is written at once. */
  request(isUrgent: boolean): void {
    const quietMs = now() - this.#committedAt;
    if (isUrgent || quietMs >= commitPace.ms + commitPace.spreadMs) this.#run();
    else this.#timer ??= setTimeout(() => this.#run(), Math.max(0, this.#waitMs() - quietMs));
  }

  #waitMs(): number {
    return commitPace.ms + Math.random() * commitPace.spreadMs;
  }

  #run(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#committedAt = now();
    this.#commit();
  }
}
