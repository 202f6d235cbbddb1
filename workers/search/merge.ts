/**
 * Owns the merging of hits into one page, newest first. A source is a part that was not searched yet: the rest of a conversation, a group of
 * archived segments, a segment. Everything in a source is behind a known place, so the order of hits before that place is certain. Sources are searched as long as
 * one may have a hit for the page, and as the bounds of a page allow. The rest begins at the cursor.
 */
import { done, type Outcome } from "../../schema/errors.ts";
import type { Missing } from "../../schema/http/search.ts";
import { searchHolds } from "../../schema/search-limits.ts";
import type { Message } from "../../schema/wire/message.ts";
import { byPlace, type HitPlace } from "./hit-place.ts";

/** A hit. The message's text is whole. */
export type FoundMessage = { place: HitPlace; message: Message };

export type Source = {
  /** Everything in the source is behind this place. */
  behind: HitPlace;
  open: () => Promise<Outcome<Found>>;
};

export type Found = { messages: FoundMessage[]; sources: Source[]; missing: Missing[] };

/** `next`: the place behind which the search goes on; null if nothing is left. */
export type Merged = { messages: FoundMessage[]; next: HitPlace | null; missing: Missing[] };

/** Enough steps for an index, a segment that it names, and the rest of the conversation. */
const stepsAtLeast = 3;

/** `deadlineMs`: when the page ends, wherever the search is. */
export async function merge(start: Found, limit: number, deadlineMs: number): Promise<Outcome<Merged>> {
  let messages = best(start.messages, limit);
  let isMore = start.messages.length > limit;
  let { sources } = start;
  const missing = [...start.missing];
  let steps = 0;
  // The first steps are made even after the deadline, so that each page gets further than the one before.
  const mayGoOn = (): boolean => steps < stepsAtLeast || (steps < searchHolds.stepsPerPage && Date.now() < deadlineMs);
  for (let atOnce = 1; mayGoOn(); atOnce *= 2) {
    const last = messages.length === limit ? messages.at(-1) : undefined;
    const wanted = sources
      .filter(({ behind }) => last === undefined || byPlace(behind, last.place) < 0)
      .sort((a, b) => byPlace(a.behind, b.behind))
      .slice(0, Math.min(atOnce, searchHolds.stepsAtOnce, searchHolds.stepsPerPage - steps));
    if (wanted.length === 0) break;
    steps += wanted.length;
    const opened = await Promise.all(wanted.map((source) => source.open()));
    sources = sources.filter((source) => !wanted.includes(source));
    for (const outcome of opened) {
      if (!outcome.ok) return outcome;
      const found = outcome.value;
      isMore ||= messages.length + found.messages.length > limit;
      messages = best([...messages, ...found.messages], limit);
      sources = [...sources, ...found.sources];
      missing.push(...found.missing);
    }
  }
  const [first] = sources.map(({ behind }) => behind).sort(byPlace);
  const certain = messages.filter(({ place }) => first === undefined || byPlace(place, first) <= 0);
  const isFull = certain.length === limit;
  const next = isFull && (isMore || first !== undefined) ? (certain.at(-1)?.place ?? null) : (first ?? null);
  return done({ messages: certain, next, missing });
}

/** The first hits of a page, each once. A message that is sealed during the search may come from the object and from its segment. */
export function best(messages: readonly FoundMessage[], limit: number): FoundMessage[] {
  return messages
    .toSorted((a, b) => byPlace(a.place, b.place))
    .filter(({ place }, index, sorted) => {
      const before = sorted[index - 1];
      return before === undefined || byPlace(before.place, place) !== 0;
    })
    .slice(0, limit);
}
