/**
 * Owns messages that are shown one by one, wherever the timeline is: those that other messages quote. Each is fetched when it is first
 * watched, and is kept up to date: an unsent text must not stay in a quote.
 */
import { clientHolds } from "../../schema/bounds/client.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Observable } from "../contract/observable.ts";
import { joinMessages } from "../timeline/join.ts";
import { State } from "../observable.ts";

interface Single {
  readonly state: State<Message | undefined>;
  readonly shown: Observable<Message | undefined>;
  watchers: number;
  isAsked: boolean;
}

export interface SinglesParts {
  /** What the timeline holds of it. */
  readonly held: (seq: number) => Message | undefined;
  readonly fetch: (seq: number) => Promise<Message>;
  /** Whether the user has hidden it from themself. */
  readonly isHidden?: (seq: number) => boolean;
}

export class Singles {
  readonly #parts: SinglesParts;
  readonly #singles = new Map<number, Single>();

  constructor(parts: SinglesParts) {
    this.#parts = parts;
  }

  /** The message as it is; undefined until it is known. It is fetched, and kept up to date, while somebody subscribes. */
  of(seq: number): Observable<Message | undefined> {
    const known = this.#singles.get(seq);
    if (known !== undefined) {
      // Behind the others: those that nobody asks for any more go first.
      this.#singles.delete(seq);
      this.#singles.set(seq, known);
      return known.shown;
    }
    const single = this.#made(seq);
    this.#singles.set(seq, single);
    this.#letGo();
    return single.shown;
  }

  /** States of messages, from wherever they come. */
  take(messages: Iterable<Message>): void {
    if (this.#singles.size === 0) return;
    for (const message of messages) {
      const single = this.#singles.get(message.seq);
      if (single === undefined || this.#isHidden(message.seq)) continue;
      const before = single.state.getSnapshot();
      single.state.set(before === undefined ? message : joinMessages(before, message));
    }
  }

  /** The link is there again: what could not be fetched is asked for once more. */
  resume(): void {
    for (const [seq, single] of this.#singles) this.#ask(seq, single);
  }

  /** Other messages are hidden by now. */
  hidesChanged(): void {
    for (const [seq, { state }] of this.#singles) {
      if (this.#isHidden(seq)) state.set(undefined);
      else if (state.getSnapshot() === undefined) state.set(this.#parts.held(seq));
    }
    this.resume();
  }

  /** The server's store was restored: places are other messages now. */
  reset(): void {
    for (const { state } of this.#singles.values()) state.set(undefined);
    this.resume();
  }

  #made(seq: number): Single {
    const state = new State(this.#held(seq));
    const single: Single = {
      state,
      watchers: 0,
      isAsked: false,
      shown: {
        getSnapshot: state.getSnapshot,
        subscribe: (listener) => {
          const end = state.subscribe(listener);
          single.watchers++;
          // It was dropped meanwhile, because many others were watched.
          if (!this.#singles.has(seq)) {
            state.set(this.#held(seq));
            this.#singles.set(seq, single);
          }
          this.#ask(seq, single);
          return () => {
            end();
            single.watchers--;
          };
        },
      },
    };
    return single;
  }

  #ask(seq: number, single: Single): void {
    if (single.watchers === 0 || single.isAsked || single.state.getSnapshot() !== undefined) return;
    if (this.#isHidden(seq)) return;
    single.isAsked = true;
    this.#parts.fetch(seq).then(
      (message) => {
        single.isAsked = false;
        this.take([message]);
      },
      () => {
        single.isAsked = false;
      },
    );
  }

  #held(seq: number): Message | undefined {
    return this.#isHidden(seq) ? undefined : this.#parts.held(seq);
  }

  #isHidden(seq: number): boolean {
    return this.#parts.isHidden?.(seq) === true;
  }

  #letGo(): void {
    for (const [seq, { watchers }] of this.#singles) {
      if (this.#singles.size <= clientHolds.singlesMax) return;
      if (watchers === 0) this.#singles.delete(seq);
    }
  }
}
