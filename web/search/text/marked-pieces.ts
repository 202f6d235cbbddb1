/** Owns the division of a text into what is marked and what is not. */
import type { Ranges } from "../hit-pages.ts";

export interface MarkedPiece {
  readonly text: string;
  readonly isMarked: boolean;
}

/** Ranges in code points as ranges in UTF-16 units, as far as the text goes. */
export function unitRanges(text: string, ranges: Ranges): Ranges {
  const found: [number, number][] = [];
  let point = 0;
  let unit = 0;
  const unitAt = (wanted: number): number => {
    for (; point < wanted && unit < text.length; point++) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
    return unit;
  };
  for (const [from, to] of ranges) {
    const range: [number, number] = [unitAt(from), unitAt(to)];
    if (range[0] < range[1]) found.push(range);
  }
  return found;
}

/** The pieces of a part of the text that begins at `at`. `ranges`: in units of the whole text, ascending. */
export function markedPieces(part: string, at: number, ranges: Ranges): readonly MarkedPiece[] {
  const pieces: MarkedPiece[] = [];
  let done = 0;
  const add = (until: number, isMarked: boolean): void => {
    const end = Math.min(part.length, until);
    if (end <= done) return;
    pieces.push({ text: part.slice(done, end), isMarked });
    done = end;
  };
  for (const [from, to] of ranges) {
    if (to <= at) continue;
    add(from - at, false);
    add(to - at, true);
  }
  add(part.length, false);
  return pieces;
}
