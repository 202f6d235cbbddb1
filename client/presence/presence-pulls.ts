/** Owns asking for presence over HTTP, for one time of polling: at once, and again every so often, one request at a time. */
import { getPresence } from "../../schema/http/presence.ts";
import { limits } from "../../schema/limits.ts";
import type { Presence as Told } from "../../schema/wire/presence.ts";
import type { Api } from "../link/api.ts";
import type { Clock } from "../contract/platform.ts";

const pullEveryMs = 30_000;

export interface PullParts {
  readonly api: Api;
  readonly clock: Clock;
  /** Whom to ask for when it is time again. */
  readonly wanted: () => ReadonlySet<string>;
  readonly onTold: (told: readonly Told[]) => void;
  /** When to ask again after this error; undefined where that would not help. */
  readonly retryMs: (error: unknown) => number | undefined;
}

export class PresencePulls {
  readonly #parts: PullParts;
  readonly #queue = new Set<string>();
  #isPulling = false;
  #isEnded = false;
  #next: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(parts: PullParts) {
    this.#parts = parts;
  }

  end(): void {
    this.#isEnded = true;
    this.#next?.cancel();
  }

  /** Asks for these now. */
  ask(userIds: Iterable<string>): void {
    for (const id of userIds) this.#queue.add(id);
    if (this.#queue.size > 0 && !this.#isPulling && !this.#isEnded) void this.#pull();
  }

  async #pull(): Promise<void> {
    const { api, onTold, retryMs } = this.#parts;
    this.#isPulling = true;
    let againMs = pullEveryMs;
    try {
      while (this.#queue.size > 0) {
        const userIds = [...this.#queue].slice(0, limits.presenceUsersMax);
        for (const id of userIds) this.#queue.delete(id);
        const { presence } = await api.call(getPresence, { query: { userIds: userIds.join(",") } });
        if (this.#isEnded) return;
        onTold(presence);
      }
    } catch (error) {
      this.#queue.clear();
      againMs = Math.min(pullEveryMs, retryMs(error) ?? pullEveryMs);
    }
    this.#isPulling = false;
    if (!this.#isEnded) this.#againAfter(againMs);
  }

  /** Whoever is asked for in between does not put off the others. */
  #againAfter(ms: number): void {
    const { clock, wanted } = this.#parts;
    const at = clock.now() + ms;
    if (this.#next !== undefined && this.#next.at <= at) return;
    this.#next?.cancel();
    const cancel = clock.after(ms, () => {
      this.#next = undefined;
      this.ask(wanted());
    });
    this.#next = { at, cancel };
  }
}
