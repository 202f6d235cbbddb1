/**
 * Owns which of the stretches in memory the timeline shows: those that were loaded for the timeline, those that have joined with them, and the newest one.
 * The other stretches were loaded for windows. In their place the timeline still shows a hole.
 */
import type { Span, Spans } from "../timeline/spans.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { Viewed } from "../timeline/view/timeline-view.ts";

export class Shown implements Viewed {
  readonly #timeline: Timeline;
  #spans: Spans = [];

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get spans(): Spans {
    return this.#spans;
  }
  get facts(): Timeline["facts"] {
    return this.#timeline.facts;
  }
  get messages(): Timeline["messages"] {
    return this.#timeline.messages;
  }
  get notices(): Timeline["notices"] {
    return this.#timeline.notices;
  }
  get touched(): Timeline["touched"] {
    return this.#timeline.touched;
  }
  get isBehind(): boolean {
    return this.#timeline.isBehind;
  }
  /** Whether there may be older messages. */
  get hasBefore(): boolean {
    return this.#timeline.mayPrecede(this.#spans[0]);
  }

  /** From now on the timeline shows the stretch in memory that has these messages. */
  add(stretch: Span): void {
    this.#set([...this.#spans, stretch]);
  }

  /** To be called after each change of the stretches in memory. */
  follow(): void {
    this.#set(this.#spans);
  }

  #set(wanted: Spans): void {
    const { spans, facts, touched } = this.#timeline;
    const before = this.#spans;
    this.#spans = spans.filter((span) => span.to >= facts.headSeq || wanted.some((each) => meet(span, each)));
    const isSame =
      this.#spans.length === before.length && this.#spans.every(({ after }, i) => after === before[i]?.after);
    // Changes within a stretch are in `touched` already. Only a new or joined stretch needs to be drawn anew.
    if (!isSame) touched.from(0);
  }
}

function meet(a: Span, b: Span): boolean {
  return a.after <= b.to && b.after <= a.to;
}
