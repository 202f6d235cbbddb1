/** Owns which places of a timeline changed since they were last asked for. Holes and notices stand behind the message before them. */
import type { Seq } from "../../schema/ids.ts";

export interface Places {
  /** Everything from this message on; `Infinity` where there is nothing. */
  readonly from: Seq;
  /** Messages before it that are there as they were, in another state. */
  readonly states: ReadonlySet<Seq>;
}

export class Touched {
  #from: Seq = 0;
  #states = new Set<Seq>();

  /** Something came or went at this message or behind it. */
  from(seq: Seq): void {
    if (seq < this.#from) this.#from = seq;
  }

  /** This message is in another state. */
  state(seq: Seq): void {
    if (seq < this.#from) this.#states.add(seq);
  }

  take(): Places {
    const places = { from: this.#from, states: this.#states };
    this.#from = Infinity;
    if (places.states.size > 0) this.#states = new Set();
    return places;
  }
}
