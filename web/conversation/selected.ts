/** Owns which messages of a conversation are selected, to do one thing with all of them. */
import type { Message, Observable } from "parley-sdk";
import { State } from "../browser/state.ts";

/** The selected messages by their seq; null where nothing is being selected. */
export type Picked = ReadonlyMap<number, Message> | null;

/** More are not selected: each is sent, or asked of the server, by itself. */
const pickedMax = 100;

export class Selected {
  readonly #state = new State<Picked>(null);
  /** The message that was selected last. A range begins there. */
  #anchor: number | null = null;

  get picked(): Observable<Picked> {
    return this.#state;
  }

  /** Begins to select, with this message. */
  begin(message: Message): void {
    this.#anchor = message.seq;
    this.#state.set(new Map([[message.seq, message]]));
  }

  toggle(message: Message): void {
    const picked = new Map(this.#state.getSnapshot());
    if (!picked.delete(message.seq) && picked.size < pickedMax) picked.set(message.seq, message);
    this.#anchor = message.seq;
    this.#state.set(picked);
  }

  /** Selects all messages from the one that was selected last to this one. `messages`: those that are loaded, the oldest first. */
  extendTo({ seq }: Message, messages: readonly Message[]): void {
    const [from, to] = [Math.min(seq, this.#anchor ?? seq), Math.max(seq, this.#anchor ?? seq)];
    const picked = new Map(this.#state.getSnapshot());
    for (const each of messages) {
      if (each.seq >= from && each.seq <= to && each.unsentAt === null && picked.size < pickedMax)
        picked.set(each.seq, each);
    }
    this.#state.set(picked);
  }

  /** Takes in how messages are by now: an edit is copied and sent on as it is, and what was unsent is not selected any more. */
  follow(messages: Iterable<Message>): void {
    const picked = this.#state.getSnapshot();
    if (picked === null || picked.size === 0) return;
    const changed = [...messages].filter((each) => picked.has(each.seq) && picked.get(each.seq) !== each);
    if (changed.length === 0) return;
    const next = new Map(picked);
    for (const each of changed) {
      if (each.unsentAt === null) next.set(each.seq, each);
      else next.delete(each.seq);
    }
    this.#state.set(next);
  }

  end(): void {
    this.#anchor = null;
    this.#state.set(null);
  }
}
