/**
 * Owns the merging of hits into one page, newest first. A source is a part that was not searched yet: the rest of a conversation, a group of
 * archived segments, a segment. Everything in a source is behind a known place, so the order of hits before that place is certain. Sources are searched as long as
 * one may have a hit for the page, and as the bounds of a page allow. The rest begins at the cursor. A source that lies where the page itself begins is
 * searched beyond these bounds: otherwise the next page, and every later one, would begin at the same place.
 */
import { now } from "../../objects/shared/platform/clock.ts";
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
  /** Called if there is no time left for the source, although the page can go no further without it. Answers the messages that the page lists as missing. */
  giveUp: () => Missing[];
  /** Conversations of the user's list. Their number has its own bound, so they are asked whatever the other bounds of a page are. */
  isOfList?: true;
};

export type Found = { messages: FoundMessage[]; sources: Source[]; missing: Missing[] };

/** `next`: the place behind which the search goes on; null if nothing is left. */
export type Merged = { messages: FoundMessage[]; next: HitPlace | null; missing: Missing[] };

/** Enough steps for an index, a segment that it names, and the rest of the conversation. */
const stepsAtLeast = 3;

/** `deadlineMs`: when the page ends, wherever the search is. `lastMs`: when the page ends even if a source without which it gets no further was not searched. `from`: the place behind which the page begins. */
export type PageBounds = { limit: number; deadlineMs: number; lastMs: number; from: HitPlace | null };

export async function merge(start: Found, { limit, deadlineMs, lastMs, from }: PageBounds): Promise<Outcome<Merged>> {
  let messages = best(start.messages, limit);
  let isMore = start.messages.length > limit;
  let { sources } = start;
  const missing = [...start.missing];
  let steps = 0;
  // The first steps are made even after the deadline, so that each page gets further than the one before.
  const mayGoOn = (): boolean => steps < stepsAtLeast || (steps < searchHolds.stepsPerPage && now() < deadlineMs);
  for (let atOnce = 1; ; atOnce *= 2) {
    const last = messages.length === limit ? messages.at(-1) : undefined;
    const isBounded = !mayGoOn();
    const mostSteps = isBounded ? Infinity : Math.max(stepsAtLeast, searchHolds.stepsPerPage) - steps;
    const wanted = sources
      .filter((source) => last === undefined || byPlace(source.behind, last.place) < 0)
      .filter((source) => !isBounded || isNeeded(source, from))
      .sort((a, b) => byPlace(a.behind, b.behind))
      .slice(0, Math.min(atOnce, searchHolds.stepsAtOnce, mostSteps));
    if (wanted.length === 0) break;
    if (isBounded && now() >= lastMs) {
      const given = sources.filter((source) => isNeeded(source, from));
      sources = sources.filter((source) => !given.includes(source));
      missing.push(...given.flatMap((source) => source.giveUp()));
      break;
    }
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
  return done({ messages: certain, next, missing: unrepeated(missing) });
}

/** Whether every page would end where this one begins, until this source is searched. */
function isNeeded({ behind, isOfList }: Source, from: HitPlace | null): boolean {
  return isOfList === true || (from !== null && byPlace(behind, from) <= 0);
}

function unrepeated(missing: readonly Missing[]): Missing[] {
  return [...new Map(missing.map((each) => [JSON.stringify(each), each])).values()];
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
