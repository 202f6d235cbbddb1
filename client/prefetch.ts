/** Owns what is fetched before anybody looks: conversations with unread messages, so that they open at once, also without network, and their senders see them delivered. */
import { ParleyError } from "./errors.ts";

/** Few at a time: what the user does comes first. */
const atOnceMax = 2;
/** After a first look at a large inbox, only the newest. */
const waitingMax = 50;

interface Ask {
  readonly arrivedAfter: number;
  /** Somebody listens for what arrived there, so it is fetched however many wait, and kept while there is no network. */
  readonly isOwed: boolean;
}

export class Prefetch {
  readonly #fetch: (conversationId: string, arrivedAfter: number) => Promise<void>;
  readonly #waiting = new Map<string, Ask>();
  #running = 0;
  #isPaused = false;
  #isClosed = false;

  constructor(fetch: (conversationId: string, arrivedAfter: number) => Promise<void>) {
    this.#fetch = fetch;
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  ask(conversationId: string, arrivedAfter: number, isOwed = false): void {
    if (!this.#waiting.has(conversationId) && this.#waiting.size >= waitingMax && !isOwed) return;
    this.#enter(conversationId, { arrivedAfter, isOwed });
    // Rows that arrive are a sign that there is a network.
    this.resume();
  }

  /** The network is there again. */
  resume(): void {
    this.#isPaused = false;
    this.#next();
  }

  #enter(conversationId: string, { arrivedAfter, isOwed }: Ask): void {
    const before = this.#waiting.get(conversationId);
    this.#waiting.set(conversationId, {
      arrivedAfter: Math.min(arrivedAfter, before?.arrivedAfter ?? Infinity),
      isOwed: isOwed || before?.isOwed === true,
    });
  }

  #next(): void {
    while (this.#running < atOnceMax && !this.#isPaused && !this.#isClosed) {
      const next = this.#waiting.entries().next();
      if (next.done === true) return;
      const [conversationId, ask] = next.value;
      this.#waiting.delete(conversationId);
      this.#running++;
      void this.#run(conversationId, ask);
    }
  }

  async #run(conversationId: string, ask: Ask): Promise<void> {
    try {
      await this.#fetch(conversationId, ask.arrivedAfter);
    } catch (error) {
      if (error instanceof ParleyError && error.retry === "later") {
        // Without network there is no point in going through the rest. What nobody waits for is asked for again when it changes.
        this.#isPaused = true;
        this.#enter(conversationId, ask);
        for (const [id, { isOwed }] of this.#waiting) if (!isOwed) this.#waiting.delete(id);
      }
    }
    this.#running--;
    this.#next();
  }
}
