/** Owns what time it is at the server: told exactly by a hello, and to about a second by the `Date` of each answer. This device's clock may be off by days. */
import type { Clock } from "../contract/platform.ts";

/** `Date` leaves out the part of a second, and the answer takes its time: what is known better stands as long as it agrees so far. */
const agreementMs = 5_000;

export class ServerTime {
  readonly #clock: Clock;
  /** Server's clock minus this device's. */
  #skewMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly now = (): number => this.#clock.now() + this.#skewMs;

  /** The server said what time it is. */
  note(serverTime: number): void {
    this.#skewMs = serverTime - this.#clock.now();
  }

  /** The `Date` of an answer, where it can be read: other origins may not be shown it. */
  noteDate(header: string | null): void {
    const at = header === null ? NaN : Date.parse(header);
    if (Number.isNaN(at) || Math.abs(at - this.now()) <= agreementMs) return;
    this.note(at + 500);
  }
}
