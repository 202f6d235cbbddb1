/** Owns who waits until the inboxes of some members have stored what they are to have. */
import type { Rev, UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";

type Waiter = { userIds: ReadonlySet<UserId>; rev: Rev; resolve: () => void };

export class Waiters {
  readonly #ackedOf: (userId: UserId) => Rev;
  readonly #waiters = new Set<Waiter>();

  constructor(ackedOf: (userId: UserId) => Rev) {
    this.#ackedOf = ackedOf;
  }

  /** Resolves when these members' inboxes have reached a rev, or at the latest after `fanOutWaitMs`. */
  async reached(userIds: readonly UserId[], rev: Rev): Promise<void> {
    const behind = new Set(userIds.filter((userId) => this.#ackedOf(userId) < rev));
    if (behind.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, timeouts.fanOutWaitMs);
      const waiter: Waiter = { userIds: behind, rev, resolve: done };
      const waiters = this.#waiters;
      waiters.add(waiter);
      function done(): void {
        clearTimeout(timer);
        waiters.delete(waiter);
        resolve();
      }
    });
  }

  /** Some inbox has stored more. */
  look(): void {
    for (const waiter of this.#waiters) {
      if ([...waiter.userIds].every((waited) => this.#ackedOf(waited) >= waiter.rev)) waiter.resolve();
    }
  }
}
