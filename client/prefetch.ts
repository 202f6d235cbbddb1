/** Owns what is fetched before anybody looks: conversations with unread messages, so that they open at once, also without network, and their senders see them delivered. */
import { ParleyError } from "./errors.ts";

/** Few at a time: what the user does comes first. */
const atOnceMax = 2;
/** After a first look at a large inbox, only the newest. */
const waitingMax = 50;

export class Prefetch {
  readonly #fetch: (conversationId: string, arrivedAfter: number) => Promise<void>;
  readonly #waiting = new Map<string, number>();
  #running = 0;
  #isClosed = false;

  constructor(fetch: (conversationId: string, arrivedAfter: number) => Promise<void>) {
    this.#fetch = fetch;
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  ask(conversationId: string, arrivedAfter: number): void {
    const before = this.#waiting.get(conversationId);
    if (before === undefined && this.#waiting.size >= waitingMax) return;
    this.#waiting.set(conversationId, Math.min(arrivedAfter, before ?? Infinity));
    this.#next();
  }

  #next(): void {
    while (this.#running < atOnceMax && !this.#isClosed) {
      const next = this.#waiting.entries().next();
      if (next.done === true) return;
      const [conversationId, arrivedAfter] = next.value;
      this.#waiting.delete(conversationId);
      this.#running++;
      void this.#run(conversationId, arrivedAfter);
    }
  }

  async #run(conversationId: string, arrivedAfter: number): Promise<void> {
    try {
      await this.#fetch(conversationId, arrivedAfter);
    } catch (error) {
      // Without network there is no point in going through the rest; the next time the link is there it is asked for again.
      if (error instanceof ParleyError && error.retry === "later") this.#waiting.clear();
    }
    this.#running--;
    this.#next();
  }
}
