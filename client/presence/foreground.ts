/** Owns whether the app is in front, in this tab or in a tab that uses this tab's sockets, and reports it to the server. */
import type { UpDraft } from "../link/frame-socket.ts";

export interface ForegroundParts {
  readonly socket: () => { post(frame: UpDraft): void } | undefined;
  readonly isElsewhere: () => boolean;
}

export class Foreground {
  readonly #parts: ForegroundParts;
  #isHere = false;

  constructor(parts: ForegroundParts) {
    this.#parts = parts;
  }

  set(isInFront: boolean): void {
    this.#isHere = isInFront;
    this.send();
  }

  /** For the server a new socket is not in front. */
  hello(): void {
    if (this.#isInFront) this.send();
  }

  send(): void {
    this.#parts.socket()?.post({ type: "attend", on: this.#isInFront });
  }

  get #isInFront(): boolean {
    return this.#isHere || this.#parts.isElsewhere();
  }
}
