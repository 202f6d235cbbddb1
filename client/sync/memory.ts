/** Owns how much of a conversation stays in memory: the newest messages, and the messages around each place that is in view. */
import type { Seq } from "../../schema/ids.ts";
import { clientHolds } from "../../schema/bounds/client.ts";
import { countOf, spansWithin, withSpan, type Span, type Spans } from "../timeline/spans.ts";

/** Numbers of messages. limits.ts says what each means. */
export type MemorySizes = Readonly<
  Record<"heldMessagesMax" | "aroundViewMessages" | "newestMessages" | "viewMessagesMax" | "idleMessages", number>
>;

/** A place in the history: the view of the timeline, or of a window. */
export class Place {
  #view: Span | undefined;
  /** The history that was loaded last. It is not dropped before it was in view. */
  #loaded: Span | undefined;

  inView(first: Seq, last: Seq): void {
    const view = stretchOf(first, last);
    this.#view = view;
    // That history has been in view, so from now on only the view counts.
    if (this.#loaded !== undefined && view.after < this.#loaded.to && view.to > this.#loaded.after)
      this.#loaded = undefined;
  }

  /** The conversation is not on screen any more. */
  leave(): void {
    this.#view = undefined;
    this.#loaded = undefined;
  }

  /** History was loaded for this place. */
  noteLoaded(stretch: Span | undefined): void {
    if (stretch !== undefined) this.#loaded = stretch;
  }

  /** The stretches that the place needs. While no view is known, it needs what was loaded last, or else the newest messages. */
  zones(newest: Seq, { aroundViewMessages: around, viewMessagesMax }: MemorySizes): Spans {
    const { after, to } = this.#view ?? this.#loaded ?? { after: newest - 1, to: newest };
    const looked = { after: after - around, to: Math.min(to, after + viewMessagesMax) + around };
    return this.#loaded === undefined ? [looked] : withSpan([looked], this.#loaded);
  }
}

/** The stretches to keep, undefined where all may stay. `places` are those that are looked at, none where nobody looks. */
export function keptInMemory(
  spans: Spans,
  places: readonly Place[],
  sizes: MemorySizes = clientHolds,
): Spans | undefined {
  const newest = spans.at(-1)?.to;
  const { heldMessagesMax, idleMessages, newestMessages } = sizes;
  const isInUse = places.length > 0;
  if (newest === undefined || countOf(spans) <= (isInUse ? heldMessagesMax : 2 * idleMessages)) return undefined;
  const first = { after: newest - (isInUse ? newestMessages : idleMessages), to: newest };
  return spansWithin(
    spans,
    places
      .flatMap((place) => place.zones(newest, sizes))
      .reduce<Spans>((zones, zone) => withSpan(zones, zone), [first]),
  );
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
