/** Owns the set of users whom an account watches: the union of its watches, and users who left the screen a moment ago. It is bounded. */
import { limits } from "../../schema/limits.ts";

/** A user stays in the set for this long after the last watch ended, so that scrolling back and forth sends nothing. */
const lingerMs = 10_000;

type Entry = { watches: number; leftAt: number };

export class WatchSet {
  /** In the order in which watches were added: the newest comes last. */
  readonly #entries = new Map<string, Entry>();

  /** Adds one watch to each user. */
  add(userIds: Iterable<string>): void {
    for (const id of userIds) {
      const watches = this.#entries.get(id)?.watches ?? 0;
      this.#entries.delete(id);
      this.#entries.set(id, { watches: watches + 1, leftAt: 0 });
    }
  }

  /** Takes one watch from each user. */
  remove(userIds: Iterable<string>, now: number): void {
    for (const id of userIds) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.watches === 0) continue;
      entry.watches--;
      entry.leftAt = now;
    }
  }

  /** Removes users whose last watch ended `lingerMs` ago. Answers when the next user is due; null where there is none. */
  sweep(now: number): number | null {
    let next: number | null = null;
    for (const [id, { watches, leftAt }] of this.#entries) {
      if (watches > 0) continue;
      if (leftAt + lingerMs <= now) this.#entries.delete(id);
      else next = Math.min(next ?? Infinity, leftAt + lingerMs);
    }
    return next;
  }

  /** The users to watch. Where there are too many, users without a watch are left out first, and then the oldest. */
  wanted(): Set<string> {
    const all = [...this.#entries];
    const lingering = all.filter(([, { watches }]) => watches === 0);
    const lookedAt = all.filter(([, { watches }]) => watches > 0);
    return new Set([...lingering, ...lookedAt].slice(-limits.watchedUsersMax).map(([id]) => id));
  }
}
