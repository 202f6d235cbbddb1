/** Owns the server's time. A hello says it exactly, the `Date` of each answer to about a second. This device's clock may be off by days. */
import type { Clock } from "../contract/platform.ts";

/** `Date` has whole seconds, and an answer takes time to arrive. A better known time is kept as long as `Date` agrees with it by this much. */
const agreementMs = 5_000;

export class ServerTime {
  readonly #clock: Clock;
  /** Server's clock minus this device's. */
  #skewMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly now = (): number => this.#clock.now() + this.#skewMs;

  /** A hello said the server's time. */
  note(serverTime: number): void {
    this.#skewMs = serverTime - this.#clock.now();
  }

  /** The `Date` of an answer, where it can be read: a browser may hide it from pages of another origin. */
  noteDate(header: string | null): void {
    const at = header === null ? NaN : Date.parse(header);
    if (Number.isNaN(at) || Math.abs(at - this.now()) <= agreementMs) return;
    this.note(at + 500);
  }
}
