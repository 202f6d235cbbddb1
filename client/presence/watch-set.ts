/** Owns whom an account watches: the union of all its watches, those who were left a moment ago, and who falls out where it is too many. */
import { limits } from "../../schema/limits.ts";

/** Who is no longer looked at is watched for this long yet, so that scrolling back and forth says nothing. */
const lingerMs = 10_000;

type Entry = { watches: number; leftAt: number };

export class WatchSet {
  /** Who was asked for last comes last. */
  readonly #entries = new Map<string, Entry>();

  /** One watch more of each. */
  add(userIds: Iterable<string>): void {
    for (const id of userIds) {
      const watches = this.#entries.get(id)?.watches ?? 0;
      this.#entries.delete(id);
      this.#entries.set(id, { watches: watches + 1, leftAt: 0 });
    }
  }

  /** One watch less of each. */
  remove(userIds: Iterable<string>, now: number): void {
    for (const id of userIds) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.watches === 0) continue;
      entry.watches--;
      entry.leftAt = now;
    }
  }

  /** Lets those go who were left long enough ago. Answers when to come again, null where nobody lingers. */
  sweep(now: number): number | null {
    let next: number | null = null;
    for (const [id, { watches, leftAt }] of this.#entries) {
      if (watches > 0) continue;
      if (leftAt + lingerMs <= now) this.#entries.delete(id);
      else next = Math.min(next ?? Infinity, leftAt + lingerMs);
    }
    return next;
  }

  /** Whom to ask for: those who are looked at before those who linger, and of too many those who were asked for last. */
  wanted(): Set<string> {
    const all = [...this.#entries];
    const lingering = all.filter(([, { watches }]) => watches === 0);
    const lookedAt = all.filter(([, { watches }]) => watches > 0);
    return new Set([...lingering, ...lookedAt].slice(-limits.watchedUsersMax).map(([id]) => id));
  }
}
