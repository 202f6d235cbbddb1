/**
 * Owns sending to many sockets in slices. A frame takes tens of microseconds, so a thousand of them would keep the thread for tens of milliseconds; between two slices the
 * calls to other objects leave, what other objects of the thread have to send goes out, and frames come in. Decision 75 has the interleavings.
 */

/** So many frames go out in one slice: some 8 ms of work, beside which the timer between two slices is little. */
const framesAtOnce = 250;

export class Slices {
  readonly #onEnd: () => void;
  #rest: Iterator<unknown> | undefined;
  #end: PromiseWithResolvers<void> | undefined;

  /** `onEnd` is called when everything is sent. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Resolves when everything is sent; undefined where nothing is left to be sent. */
  get sent(): Promise<void> | undefined {
    return this.#end?.promise;
  }

  /** Each step of `frames` sends one frame. What is left of earlier ones is sent first. */
  begin(frames: Iterator<unknown>): void {
    this.flush();
    this.#rest = frames;
    this.#next();
  }

  /** Sends at once what is left. */
  flush(): void {
    this.#go(Infinity);
  }

  #next(): void {
    const rest = this.#rest;
    this.#go(framesAtOnce);
    if (this.#rest === undefined) return;
    this.#end ??= Promise.withResolvers();
    // Whoever flushed it meanwhile may have begun another.
    setTimeout(() => {
      if (this.#rest === rest) this.#next();
    }, 0);
  }

  #go(frames: number): void {
    const rest = this.#rest;
    if (rest === undefined) return;
    for (let sent = 0; sent < frames; sent++) {
      if (rest.next().done !== true) continue;
      this.#rest = undefined;
      const end = this.#end;
      this.#end = undefined;
      this.#onEnd();
      end?.resolve();
      return;
    }
  }
}
