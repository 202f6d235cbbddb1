/** Owns whether a conversation is on screen: it is, as long as one of those that opened it has not closed it. */
import type { Clock } from "../contract/platform.ts";

export interface OnScreenParts {
  readonly clock: Clock;
  readonly onOpen: () => void;
  readonly onClose: () => void;
  /** Called every `tickMs` while it is open. */
  readonly onTick: () => void;
  readonly tickMs: number;
}

export class OnScreen {
  readonly #parts: OnScreenParts;
  #count = 0;
  #cancelTick: () => void = () => undefined;

  constructor(parts: OnScreenParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#count > 0;
  }

  /** Answers the function that closes; calling it twice closes once. */
  open(): () => void {
    if (this.#count++ === 0) {
      this.#parts.onOpen();
      this.#tick();
    }
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      if (--this.#count > 0) return;
      this.#cancelTick();
      this.#parts.onClose();
    };
  }

  /** Ends the ticking for good. */
  end(): void {
    this.#cancelTick();
  }

  #tick(): void {
    this.#cancelTick = this.#parts.clock.after(this.#parts.tickMs, () => {
      this.#parts.onTick();
      this.#tick();
    });
  }
}
