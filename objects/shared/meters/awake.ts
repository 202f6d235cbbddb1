/**
 * Owns how long one object is kept from sleeping: by calls that it makes, by calls that it has not answered, by timers. That time is billed by the
 * gigabyte-second. Overlapping reasons count once. Work within one event takes no time here, because the platform's clock stands still meanwhile.
 */
import { cost } from "./meter.ts";

export class Awake {
  #holds = 0;
  #since = 0;

  /** Something keeps the object awake, until the answer is called. */
  hold(): () => void {
    if (this.#holds++ === 0) this.#since = Date.now();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#holds === 0) cost.awakeMs += Date.now() - this.#since;
    };
  }

  async during<T>(work: Promise<T>): Promise<T> {
    const release = this.hold();
    try {
      return await work;
    } finally {
      release();
    }
  }
}
