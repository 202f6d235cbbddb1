/** Owns when something that changes is written: a little after the first change, together with what changes until then, and one write after the other. */
import type { Clock } from "../contract/platform.ts";

export class Saver {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #save: () => Promise<unknown>;
  #cancel: (() => void) | undefined;
  #saving: Promise<unknown> = Promise.resolve();

  /** `save` writes what is not stored yet, and never rejects. */
  constructor(clock: Clock, afterMs: number, save: () => Promise<unknown>) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#save = save;
  }

  /** Whether a write is to come that no one has begun. */
  get isWaiting(): boolean {
    return this.#cancel !== undefined;
  }

  /** Something has changed. */
  soon(): void {
    this.#cancel ??= this.#clock.after(this.#afterMs, () => void this.flush());
  }

  /** Writes now. Resolves when it is written, or storage has refused it. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#saving = this.#saving.then(this.#save);
    await this.#saving;
  }

  /** Resolves when everything that has changed until now is written, or storage has refused it. */
  async settled(): Promise<void> {
    await (this.isWaiting ? this.flush() : this.#saving);
  }
}
