/** Owns the requests for presence over HTTP while the link polls: at the start and then at an interval, one request at a time. */
import { getPresence } from "../../schema/http/presence.ts";
import { limits } from "../../schema/limits.ts";
import type { Presence as Report } from "../../schema/wire/presence.ts";
import type { Api } from "../session/api.ts";
import type { Clock } from "../contract/platform.ts";

const pullEveryMs = 30_000;

export interface PullParts {
  readonly api: Api;
  readonly clock: Clock;
  /** The users to ask for at each interval. */
  readonly wanted: () => ReadonlySet<string>;
  readonly onReports: (reports: readonly Report[]) => void;
  /** The wait before the next try after this error; undefined where a repetition would not help. */
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

  /** Asks for these users now. */
  ask(userIds: Iterable<string>): void {
    for (const id of userIds) this.#queue.add(id);
    if (this.#queue.size > 0 && !this.#isPulling && !this.#isEnded) void this.#pull();
  }

  async #pull(): Promise<void> {
    const { api, onReports, retryMs } = this.#parts;
    this.#isPulling = true;
    let againMs = pullEveryMs;
    try {
      while (this.#queue.size > 0) {
        const userIds = [...this.#queue].slice(0, limits.presenceUsersMax);
        for (const id of userIds) this.#queue.delete(id);
        const { presence } = await api.call(getPresence, { query: { userIds: userIds.join(",") } });
        if (this.#isEnded) return;
        onReports(presence);
      }
    } catch (error) {
      this.#queue.clear();
      againMs = Math.min(pullEveryMs, retryMs(error) ?? pullEveryMs);
    }
    this.#isPulling = false;
    if (!this.#isEnded) this.#againAfter(againMs);
  }

  /** A request between two intervals does not delay the next interval. */
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
