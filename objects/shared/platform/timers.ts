/**
 * Owns the waits of one object that share a timer: only the earliest of them has one. A timer of the platform costs as much as several frames, and most waits
 * are over before their time: a call is answered, and its time limit with it. While another wait has a timer that goes off before, such a wait costs nothing.
 */
import { logFault } from "./log.ts";

export type Wait = { readonly dueAt: number; readonly work: () => void };

/** A timer of the platform may go off so much early. */
const earlyMs = 1;

export class Timers {
  readonly #waits = new Set<Wait>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAt = Infinity;

  /** `work` runs after this time, if the wait is not ended before. */
  after(ms: number, work: () => void): Wait {
    const wait: Wait = { dueAt: Date.now() + ms, work };
    this.#waits.add(wait);
    if (wait.dueAt < this.#firesAt) this.#set(wait.dueAt);
    return wait;
  }

  /** Without any wait there is no timer, which would keep the object awake. */
  end(wait: Wait): void {
    if (this.#waits.delete(wait) && this.#waits.size === 0) this.#clear();
  }

  #set(at: number): void {
    this.#clear();
    this.#firesAt = at;
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, at - Date.now()));
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firesAt = Infinity;
  }

  #fire(): void {
    this.#clear();
    const at = Date.now() + earlyMs;
    for (const wait of [...this.#waits]) {
      if (wait.dueAt > at || !this.#waits.delete(wait)) continue;
      try {
        wait.work();
      } catch (error) {
        logFault("timer", error);
      }
    }
    let next = Infinity;
    for (const { dueAt } of this.#waits) next = Math.min(next, dueAt);
    if (next < this.#firesAt) this.#set(next);
  }
}
