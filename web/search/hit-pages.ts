/**
 * Owns the walk through the pages of a search, newest first. A page may be short or empty although there is more: then the next one is asked for,
 * until enough hits have come, the search has ended, or the user stops it.
 */
import { type CallOptions, type Message, ParleyError, type SearchPage } from "parley-sdk";

export type Ranges = readonly (readonly [number, number])[];

/** `highlights`: in code points of the whole text. */
export interface Found {
  readonly message: Message;
  readonly highlights?: Ranges;
}

export interface PageOfHits extends CallOptions {
  readonly cursor?: string;
  readonly limit: number;
}

/**
 * `paused`: a page's worth of hits has come; `more` goes on. `stopped`: the user stopped the search; `more` goes on. `failed`: `more` tries again, from
 * where the search was.
 */
export type HitsStatus = "searching" | "paused" | "stopped" | "done" | "failed";

export interface HitsState {
  readonly hits: readonly Found[];
  readonly status: HitsStatus;
  readonly error: unknown;
  /** How many of the latest pages had no hit. If it is above 0, the search is looking far back. */
  readonly emptyPages: number;
  /** Some messages could not be searched. */
  readonly isIncomplete: boolean;
}

export const noHits: HitsState = { hits: [], status: "done", error: null, emptyPages: 0, isIncomplete: false };

const pageHits = 20;
/** A search that is too fast for the server waits for as long as the server asks, but at most this long before one try. */
const waitMsMax = 10_000;

export class HitPages {
  readonly #page: (ask: PageOfHits) => Promise<SearchPage<Found>>;
  readonly #after: (ms: number, task: () => void) => void;
  readonly #listeners = new Set<() => void>();
  #state: HitsState = { ...noHits, status: "paused" };
  #cursor: string | undefined;
  #running: AbortController | undefined;

  constructor(
    page: (ask: PageOfHits) => Promise<SearchPage<Found>>,
    after: (ms: number, task: () => void) => void = (ms, task) => void setTimeout(task, ms),
  ) {
    this.#page = page;
    this.#after = after;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  };
  readonly getSnapshot = (): HitsState => this.#state;

  /** The list is shown: begins the search, or asks whether there are newer hits. */
  start(): void {
    if (this.#state.hits.length > 0 || this.#state.status === "done") this.refresh().catch(() => undefined);
    else if (this.#state.status === "paused") this.more();
  }

  /** Goes on until a page's worth of hits has come. */
  more(): void {
    if (this.#state.status === "searching" || this.#state.status === "done") return;
    const running = new AbortController();
    this.#running = running;
    this.#set({ status: "searching", error: null, emptyPages: 0 });
    void this.#walk(running);
  }

  /** The user stopped the search. */
  stop(): void {
    if (this.#state.status === "searching") this.#end("stopped");
  }

  /** The list is not shown any more. The hits are kept. */
  leave(): void {
    if (this.#state.status === "searching") this.#end("paused");
  }

  /** Puts hits of newer messages before the others. The walk through the older pages goes on where it is. */
  async refresh(): Promise<void> {
    const { items, cursor } = await this.#page({ limit: pageHits });
    const known = new Set(this.#state.hits.map(keyOf));
    const news = items.filter((found) => !known.has(keyOf(found)));
    if (news.length === 0) return;
    // If no hit of the page is known, there may be other hits between the page and the known ones.
    if (news.length < items.length || cursor === null) return this.#set({ hits: [...news, ...this.#state.hits] });
    this.#end("paused");
    this.#cursor = cursor;
    this.#set({ hits: items });
  }

  #end(status: HitsStatus): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#set({ status });
  }

  async #walk(running: AbortController): Promise<void> {
    const { signal } = running;
    const enough = this.#state.hits.length + pageHits;
    while (!signal.aborted && this.#state.hits.length < enough) {
      try {
        const from = this.#cursor === undefined ? {} : { cursor: this.#cursor };
        const page = await this.#page({ ...from, limit: pageHits, signal });
        if (signal.aborted) return;
        this.#take(page);
        if (page.cursor === null) return this.#end("done");
      } catch (error) {
        if (signal.aborted) return;
        const waitMs = tooFastFor(error);
        if (waitMs === null) {
          this.#end("failed");
          return this.#set({ error });
        }
        await new Promise<void>((resolve) => this.#after(waitMs, resolve));
      }
    }
    if (!signal.aborted) this.#end("paused");
  }

  #take({ items, cursor, missing }: SearchPage<Found>): void {
    const known = new Set(this.#state.hits.map(keyOf));
    const news = items.filter((found) => !known.has(keyOf(found)));
    this.#cursor = cursor ?? undefined;
    this.#set({
      hits: news.length === 0 ? this.#state.hits : [...this.#state.hits, ...news],
      emptyPages: news.length === 0 ? this.#state.emptyPages + 1 : 0,
      isIncomplete: this.#state.isIncomplete || missing.length > 0,
    });
  }

  #set(change: Partial<HitsState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export function keyOf({ message }: Found): string {
  return `${message.conversationId}/${message.seq}`;
}

/** How long to wait before the same is asked again; null for other errors. */
function tooFastFor(error: unknown): number | null {
  if (!(error instanceof ParleyError) || error.code !== "rate_limited" || error.retryAfterMs === null) return null;
  return error.retryAfterMs <= waitMsMax ? error.retryAfterMs : null;
}
