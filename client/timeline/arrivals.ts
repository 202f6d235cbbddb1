/** Owns which messages have arrived, as opposed to history that was loaded. Each is reported once, when the cursor passes it. */
import type { Seq } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";

export class Arrivals {
  /** Every message up to this seq is history, or was reported. */
  #reportedTo: Seq = 0;
  /** Messages above `#reportedTo` that listeners received already: during catch-up a changed message may come after newer ones. */
  readonly #reported = new Set<Seq>();
  #arrived: Message[] = [];

  /** Everything up to here is history. */
  startAt(seq: Seq): void {
    this.#reportedTo = seq;
    this.#reported.clear();
  }

  /** Messages up to this seq are not reported any more. */
  skipTo(seq: Seq): void {
    if (seq > this.#reportedTo) this.startAt(seq);
  }

  add(message: Message): void {
    const { seq } = message;
    if (seq <= this.#reportedTo || this.#reported.has(seq)) return;
    this.#arrived.push(message);
    this.#reported.add(seq);
    while (this.#reported.delete(this.#reportedTo + 1)) this.#reportedTo++;
  }

  /** The messages that arrived since the last call, by seq. */
  take(): readonly Message[] {
    const arrived = this.#arrived.toSorted((a, b) => a.seq - b.seq);
    this.#arrived = [];
    return arrived;
  }
}
