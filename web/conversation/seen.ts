/** Owns which messages of a conversation were on screen while somebody looked, as stretches by seq. Pure. */
import type { Row } from "./rows.ts";

export interface SeenStretch {
  readonly first: number;
  readonly last: number;
}

/** The messages of some rows, as stretches without a hole. */
export function stretchesOf(rows: readonly Row[]): readonly SeenStretch[] {
  const stretches: SeenStretch[] = [];
  for (const { entry } of rows) {
    if (entry.kind !== "message") continue;
    const { seq } = entry.message;
    const open = stretches.at(-1);
    if (open?.last === seq - 1) stretches[stretches.length - 1] = { first: open.first, last: seq };
    else stretches.push({ first: seq, last: seq });
  }
  return stretches;
}

/** The list with one stretch more; what overlaps or touches becomes one. */
export function withStretch(seen: readonly SeenStretch[], added: SeenStretch): readonly SeenStretch[] {
  let { first, last } = added;
  const apart = seen.filter((each) => {
    if (each.last < first - 1 || each.first > last + 1) return true;
    [first, last] = [Math.min(first, each.first), Math.max(last, each.last)];
    return false;
  });
  return [...apart, { first, last }];
}

/** How far everything behind `read` was seen; `read` itself where the next message was not. */
export function seenFrom(read: number, seen: readonly SeenStretch[]): number {
  const next = seen.find(({ first, last }) => first <= read + 1 && last > read);
  return next === undefined ? read : next.last;
}
