/** Owns when missing changes are fetched. It waits first, because they may still arrive by a socket, and it does not fetch while the live socket is sending them. */
import { waitMs } from "../link/backoff.ts";
import type { Clock } from "../contract/platform.ts";
import { ParleyError } from "../errors.ts";

/** Frames of two sockets and acks may arrive in another order than they were sent. A gap that closes within this time is not fetched. */
export const gapGraceMs = 400;
/** How often the wait is doubled at most: to 25.6 s. */
const againMax = 6;

export interface GapParts {
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether something is known to be missing. */
  readonly isBehind: () => boolean;
  /** The cursor: how far everything is here. */
  readonly rev: () => number | null;
  /** Whether the live socket is bringing what is missing, as far as can be seen. */
  readonly isBringing: () => boolean;
  readonly isLinked: () => boolean;
  readonly catchUp: () => Promise<void>;
}

export class GapWatch {
  readonly #parts: GapParts;
  #cancel: (() => void) | undefined;
  #waiting: (() => void)[] = [];
  #failures = 0;
  /** The rev of the last fetch, and how often a fetch from there has changed nothing. A head that the server never confirms must not be asked for without end. */
  #asked = { rev: null as number | null, again: 0 };
  #isClosed = false;

  constructor(parts: GapParts) {
    this.#parts = parts;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#wake();
  }

  /** Something was answered: the next failure is the first again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Something changed. */
  changed(): void {
    if (!this.#parts.isBehind()) this.#wake();
    else this.watch(gapGraceMs * 2 ** Math.min(this.#asked.again, againMax));
  }

  /** Looks after a while whether what is missing has come, and asks for it if not. */
  watch(afterMs: number): void {
    if (this.#cancel !== undefined || this.#isClosed) return;
    this.#cancel = this.#parts.clock.after(afterMs, () => {
      this.#cancel = undefined;
      if (!this.#parts.isBehind()) return;
      if (this.#parts.isBringing()) return this.watch(gapGraceMs);
      this.#wake();
      // Without a link a fetch cannot succeed. `resume` looks again.
      if (this.#parts.isLinked()) this.#catchUp();
    });
  }

  /** Resolves when nothing is missing any more, or the live socket does not bring it. */
  async brought(): Promise<void> {
    while (this.#parts.isBehind() && this.#parts.isBringing() && !this.#isClosed) {
      this.watch(gapGraceMs);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #catchUp(): void {
    const rev = this.#parts.rev();
    this.#asked = { rev, again: rev === this.#asked.rev ? this.#asked.again + 1 : 0 };
    this.#parts.catchUp().catch((error: unknown) => {
      if (!(error instanceof ParleyError) || error.retry !== "later") return;
      this.watch(Math.max(gapGraceMs, error.retryAfterMs ?? 0, waitMs(this.#failures++, this.#parts.random())));
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
