/** Owns how a program watches one upload: each change of its state at once, the bytes a few times a second. */
import type { UploadProgress } from "../contract/conversation/attachments.ts";
import type { Clock } from "../contract/platform.ts";
import { State } from "../observable.ts";

/** Listeners are called for bytes at most this often. */
const bytesEveryMs = 200;

export class Progress extends State<UploadProgress> {
  readonly #clock: Clock;
  #sentBytes = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, first: UploadProgress) {
    super(first);
    this.#clock = clock;
    this.#sentBytes = first.sentBytes;
  }

  /** How many bytes are sent. Listeners receive it soon. */
  note(sentBytes: number): void {
    this.#sentBytes = sentBytes;
    this.#cancel ??= this.#clock.after(bytesEveryMs, () => {
      this.#cancel = undefined;
      const before = this.getSnapshot();
      if (before.sentBytes !== this.#sentBytes) this.set({ ...before, sentBytes: this.#sentBytes });
    });
  }

  /** A change of state; the bytes are those of now unless it says others. */
  turn(change: Partial<UploadProgress>): void {
    this.end();
    this.#sentBytes = change.sentBytes ?? this.#sentBytes;
    this.set({ ...this.getSnapshot(), error: null, ...change, sentBytes: this.#sentBytes });
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
