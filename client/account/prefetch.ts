/** Owns prefetching: unread messages are loaded before the user opens their conversation. So it opens at once, also without network, and the senders see them as delivered. */
import { ParleyError } from "../errors.ts";

/** Few at a time, because what the user does comes first. */
const atOnceMax = 2;
/** After a first look at a large inbox, only the newest. */
const waitingMax = 50;

export class Prefetch {
  readonly #fetch: (conversationId: string) => Promise<void>;
  readonly #waiting = new Set<string>();
  #running = 0;
  #isPaused = false;
  #isClosed = false;

  constructor(fetch: (conversationId: string) => Promise<void>) {
    this.#fetch = fetch;
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  ask(conversationId: string): void {
    if (this.#waiting.size >= waitingMax) return;
    this.#waiting.add(conversationId);
    // Rows that arrive are a sign that there is a network.
    this.resume();
  }

  /** The network is there again. */
  resume(): void {
    this.#isPaused = false;
    this.#next();
  }

  #next(): void {
    while (this.#running < atOnceMax && !this.#isPaused && !this.#isClosed) {
      const next = this.#waiting.values().next();
      if (next.done === true) return;
      this.#waiting.delete(next.value);
      this.#running++;
      void this.#run(next.value);
    }
  }

  async #run(conversationId: string): Promise<void> {
    try {
      await this.#fetch(conversationId);
    } catch (error) {
      if (error instanceof ParleyError && error.retry === "later") {
        // Without network the rest would fail, too. A row that changes, or a conversation that is opened, begins again.
        this.#isPaused = true;
        this.#waiting.clear();
      }
    }
    this.#running--;
    this.#next();
  }
}
