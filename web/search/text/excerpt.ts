/** Owns the part of a text that a hit shows: what surrounds the first highlight, cut between letters and where possible between words. */
import { codePoints } from "parley-sdk";
import type { Ranges } from "../hit-pages.ts";

export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

export interface Excerpt {
  readonly pieces: readonly Piece[];
  readonly isCutBefore: boolean;
  readonly isCutAfter: boolean;
}

/** How many code points an excerpt has before the first highlight, and in all. */
const beforePoints = 30;
const pointsMax = 180;
/** How many code points a cut may move so that it comes between two words. */
const wordPoints = 14;

/** Characters that belong to the letter before them. */
const joins = /^(?:\p{M}|\p{Emoji_Modifier}|\u200d)$/u;
const space = /^\s$/u;

/** `highlights`: half-open ranges in code points of the whole text, ascending. `text` may be only its beginning. */
export function excerptOf(text: string, highlights: Ranges): Excerpt {
  const points = Array.from(text);
  const shown = highlights.filter(([from, to]) => from >= 0 && from < to && from < points.length);
  const first = shown[0]?.[0] ?? 0;
  const from = begin(points, Math.max(0, first - beforePoints), first);
  const to = end(points, Math.min(points.length, from + pointsMax));
  const pieces: Piece[] = [];
  let at = from;
  const add = (until: number, isHit: boolean) => {
    if (until <= at) return;
    pieces.push({ text: points.slice(at, until).join(""), isHit });
    at = until;
  };
  for (const [hitFrom, hitTo] of shown) {
    if (hitFrom >= to) break;
    add(Math.max(from, hitFrom), false);
    add(Math.min(to, hitTo), true);
  }
  add(to, false);
  return { pieces, isCutBefore: from > 0, isCutAfter: to < points.length };
}

/** The next place at which a word begins, but not after `last`; if there is none, the nearest place before at which a letter begins. */
function begin(points: readonly string[], wanted: number, last: number): number {
  if (wanted === 0) return 0;
  for (let at = wanted; at <= Math.min(last, wanted + wordPoints); at++) {
    if (space.test(points[at - 1] ?? "") && !space.test(points[at] ?? "")) return at;
  }
  let at = wanted;
  while (at > 0 && isWithin(points, at)) at--;
  return at;
}

function end(points: readonly string[], wanted: number): number {
  let at = wanted;
  while (at < points.length && isWithin(points, at)) at++;
  return at;
}

/** Whether a cut here would part a letter from its marks, or an emoji from its parts. */
function isWithin(points: readonly string[], at: number): boolean {
  return joins.test(points[at] ?? "") || points[at - 1] === "\u200d";
}

/** The first place at which the text names the handle, in code points. */
export function mentionRanges(text: string, handle: string | null): Ranges {
  if (handle === null) return [];
  const found = new RegExp(`@${handle.replaceAll(/[^\p{L}\p{N}]/gu, "\\$&")}`, "iu").exec(text);
  if (found === null) return [];
  const from = codePoints(text.slice(0, found.index));
  return [[from, from + codePoints(found[0])]];
}
