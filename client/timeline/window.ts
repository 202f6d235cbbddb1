/** Owns how much of a conversation stays in memory: the newest messages, and what surrounds the place that somebody looks at. */
import type { Seq } from "../../schema/ids.ts";
import { clientHolds } from "../../schema/limits.ts";
import { countOf, spansWithin, withSpan, type Span, type Spans } from "./spans.ts";

/** In messages; what each means stands with the numbers. */
export type WindowSizes = Readonly<
  Record<"heldMessagesMax" | "aroundViewMessages" | "newestMessages" | "viewMessagesMax" | "idleMessages", number>
>;

export class Window {
  readonly #sizes: WindowSizes;
  #view: Span | undefined;
  /** The history that was asked for last: it is not dropped before it could be looked at. */
  #loaded: Span | undefined;

  constructor(sizes: WindowSizes = clientHolds) {
    this.#sizes = sizes;
  }

  inView(first: Seq, last: Seq): void {
    const view = stretchOf(first, last);
    this.#view = view;
    // The view has shown it: from now on the view alone decides.
    if (this.#loaded !== undefined && view.after < this.#loaded.to && view.to > this.#loaded.after)
      this.#loaded = undefined;
  }

  /** Nobody looks at the conversation any more. */
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
    const { heldMessagesMax, idleMessages } = this.#sizes;
    if (newest === undefined || countOf(spans) <= (isInUse ? heldMessagesMax : 2 * idleMessages)) return undefined;
    return spansWithin(spans, isInUse ? this.#zones(newest) : [{ after: newest - idleMessages, to: newest }]);
  }

  #zones(newest: Seq): Spans {
    const { aroundViewMessages: around, viewMessagesMax, newestMessages } = this.#sizes;
    const { after, to } = this.#view ?? this.#loaded ?? { after: newest - 1, to: newest };
    const looked = { after: after - around, to: Math.min(to, after + viewMessagesMax) + around };
    const zones = withSpan([{ after: newest - newestMessages, to: newest }], looked);
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
