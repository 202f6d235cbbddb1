/** Owns who is typing in one conversation, and how often it is said that the user is. */
import { limits } from "../schema/limits.ts";
import type { Clock } from "./contract/platform.ts";
import { State } from "./observable.ts";

/** Said again before the others' devices would stop showing it. */
const sayEveryMs = 4_000;

export class Typing {
  readonly #clock: Clock;
  /** The server's clock, in which `until` is told. */
  readonly #serverNow: () => number;
  readonly #ends = new Map<string, () => void>();
  #saidAt = -Infinity;
  readonly users = new State<readonly string[]>([]);

  constructor(clock: Clock, serverNow: () => number) {
    this.#clock = clock;
    this.#serverNow = serverNow;
  }

  close(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
  }

  /** Somebody else types, until then at most. */
  heard(userId: string, until: number): void {
    const ms = Math.min(until - this.#serverNow(), limits.typingMsMax);
    this.#ends.get(userId)?.();
    if (ms <= 0) return this.stopped(userId);
    this.#ends.set(
      userId,
      this.#clock.after(ms, () => this.stopped(userId)),
    );
    const users = this.users.getSnapshot();
    if (!users.includes(userId)) this.users.set([...users, userId]);
  }

  /** Their time is over, or what they typed has arrived. */
  stopped(userId: string): void {
    this.#ends.get(userId)?.();
    this.#ends.delete(userId);
    const users = this.users.getSnapshot();
    if (users.includes(userId)) this.users.set(users.filter((each) => each !== userId));
  }

  /** Whether it is to be said now that the user types. */
  isDue(): boolean {
    const now = this.#clock.now();
    if (now - this.#saidAt < sayEveryMs) return false;
    this.#saidAt = now;
    return true;
  }

  /** The user has sent what they typed; the next keystroke is said at once. */
  rest(): void {
    this.#saidAt = -Infinity;
  }
}
