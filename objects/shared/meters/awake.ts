/**
 * Owns how long one object is kept from sleeping: by calls that it makes, by calls that it has not answered, by timers. That time is billed by the
 * gigabyte-second. Overlapping reasons count once. Work within one event takes no time here, because the platform's clock stands still meanwhile.
 */
import { cost } from "../platform/meter.ts";

export class Awake {
  #holds = 0;
  #since = 0;

  /** Something keeps the object awake, until `end` is called, once. */
  begin(): void {
    if (this.#holds++ === 0) this.#since = Date.now();
  }

  readonly end = (): void => {
    if (--this.#holds === 0) cost.awakeMs += Date.now() - this.#since;
  };

  /** A timer, which keeps the object awake. */
  after(ms: number, work: () => void): ReturnType<typeof setTimeout> {
    this.begin();
    return setTimeout(() => {
      this.end();
      work();
    }, ms);
  }

  /** Answers the work itself, whose fault is its caller's. */
  during<T>(work: Promise<T>): Promise<T> {
    this.begin();
    void work.then(this.end, this.end);
    return work;
  }
}
