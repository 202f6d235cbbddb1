/** Owns how much of a conversation stays in memory: the newest messages, and what surrounds the place that somebody looks at. */
import type { Seq } from "../schema/ids.ts";
import { countOf, spansWithin, withSpan, type Span, type Spans } from "./spans.ts";

/** In messages. */
export interface WindowSizes {
  /** Held before anything is let go. */
  readonly heldMax: number;
  /** Kept on either side of what is looked at. */
  readonly around: number;
  /** Kept at the newest end, wherever somebody looks. */
  readonly newest: number;
  /** Of what is looked at; more fits no screen. */
  readonly viewMax: number;
  /** Kept of a conversation that nobody looks at; twice as many before some are let go. */
  readonly idle: number;
}
const usual: WindowSizes = { heldMax: 1_500, around: 400, newest: 200, viewMax: 200, idle: 100 };

export class Window {
  readonly #sizes: WindowSizes;
  #view: Span | undefined;
  /** The history that was asked for last: it is not let go before somebody could look at it. */
  #loaded: Span | undefined;

  constructor(sizes: WindowSizes = usual) {
    this.#sizes = sizes;
  }

  inView(first: Seq, last: Seq): void {
    const view = stretchOf(first, last);
    this.#view = view;
    // It was looked at: from now on the view alone decides.
    if (this.#loaded !== undefined && view.after < this.#loaded.to && view.to > this.#loaded.after)
      this.#loaded = undefined;
  }

  /** Nobody looks any more. */
  leave(): void {
    this.#view = undefined;
    this.#loaded = undefined;
  }

  /** History was loaded, where somebody asked for it. */
  noteLoaded(stretch: Span | undefined): void {
    if (stretch !== undefined) this.#loaded = stretch;
  }

  /** The stretches to keep, undefined where all may stay. */
  kept(spans: Spans, isInUse: boolean): Spans | undefined {
    const newest = spans.at(-1)?.to;
    const { heldMax, idle } = this.#sizes;
    if (newest === undefined || countOf(spans) <= (isInUse ? heldMax : 2 * idle)) return undefined;
    return spansWithin(spans, isInUse ? this.#zones(newest) : [{ after: newest - idle, to: newest }]);
  }

  #zones(newest: Seq): Spans {
    const { around, viewMax } = this.#sizes;
    const { after, to } = this.#view ?? this.#loaded ?? { after: newest - 1, to: newest };
    const looked = { after: after - around, to: Math.min(to, after + viewMax) + around };
    const zones = withSpan([{ after: newest - this.#sizes.newest, to: newest }], looked);
    return this.#loaded === undefined ? zones : withSpan(zones, this.#loaded);
  }
}

/** A stretch by its first and last message. */
export function stretchOf(first: Seq, last: Seq): Span {
  return { after: first - 1, to: Math.max(first, last) };
}

/** The stretch of messages that follow each other, undefined where there are none. */
export function stretchOfAll(messages: readonly { readonly seq: Seq }[]): Span | undefined {
  const [first, last] = [messages[0]?.seq, messages.at(-1)?.seq];
  return first === undefined || last === undefined ? undefined : stretchOf(first, last);
}
