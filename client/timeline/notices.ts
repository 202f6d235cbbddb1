/** Owns the notices that a timeline holds: by rev, by the message that they follow, and how many may stand in one place. */
import type { Rev, Seq } from "../../schema/ids.ts";
import { clientHolds } from "../../schema/bounds/client.ts";
import type { Notice } from "../../schema/wire/message.ts";
import type { Spans } from "./spans.ts";

export class Notices {
  readonly #all = new Map<Rev, Notice>();
  /** In order of rev. */
  readonly #places = new Map<Seq, Notice[]>();
  /** Places where there may be too many. */
  readonly #crowded = new Set<Seq>();

  get all(): ReadonlyMap<Rev, Notice> {
    return this.#all;
  }

  has(rev: Rev): boolean {
    return this.#all.has(rev);
  }

  /** The notices behind a message, in order of rev. */
  at(seq: Seq): readonly Notice[] {
    return this.#places.get(seq) ?? [];
  }

  add(notice: Notice): void {
    this.#all.set(notice.rev, notice);
    const place = this.#places.get(notice.afterSeq) ?? [];
    // The place is nearly always the last one.
    const index = place.findLastIndex(({ rev }) => rev < notice.rev) + 1;
    place.splice(index, 0, notice);
    this.#places.set(notice.afterSeq, place);
    if (place.length > clientHolds.noticesMax) this.#crowded.add(notice.afterSeq);
  }

  clear(): void {
    this.#all.clear();
    this.#places.clear();
    this.#crowded.clear();
  }

  /** Drops the notices outside these stretches. */
  keepWithin(spans: Spans): void {
    for (const [seq, place] of this.#places) {
      if (spans.some(({ after, to }) => after <= seq && seq <= to)) continue;
      for (const { rev } of place) this.#all.delete(rev);
      this.#places.delete(seq);
      this.#crowded.delete(seq);
    }
  }

  /** Leaves out the older ones where there are too many. Answers the last that was left out of each such place. */
  thin(): readonly Notice[] {
    const lasts: Notice[] = [];
    for (const seq of this.#crowded) {
      const place = this.#places.get(seq) ?? [];
      const gone = place.splice(0, place.length - clientHolds.noticesKept);
      for (const { rev } of gone) this.#all.delete(rev);
      lasts.push(...gone.slice(-1));
    }
    this.#crowded.clear();
    return lasts;
  }
}
