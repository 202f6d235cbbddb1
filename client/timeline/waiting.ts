/** Owns stretches that lie beyond a gap, until the gap is closed. */
import type { Rev } from "../../schema/ids.ts";
import type { Stretch } from "./stretch.ts";

/** Stretches beyond this number are dropped, and catching up brings them. */
const waitingMax = 500;

export class Waiting {
  #stretches: Stretch[] = [];

  get isEmpty(): boolean {
    return this.#stretches.length === 0;
  }

  add(stretch: Stretch): void {
    this.#stretches.push(stretch);
    if (this.#stretches.length > waitingMax) this.clear();
  }

  clear(): void {
    this.#stretches = [];
  }

  /** Takes those out that begin at this rev or before it, in order of rev. */
  takeReady(rev: Rev): readonly Stretch[] {
    if (this.isEmpty) return [];
    const ready = this.#stretches.filter((stretch) => stretch.since <= rev);
    if (ready.length > 0) this.#stretches = this.#stretches.filter((stretch) => stretch.since > rev);
    return ready.sort((a, b) => a.rev - b.rev);
  }
}
