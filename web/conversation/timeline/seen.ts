/** Owns which messages of a conversation were on screen while the user looked, as stretches by seq. Pure. */
import type { Row } from "./rows.ts";

export interface SeenStretch {
  readonly first: number;
  readonly last: number;
}

/** The messages of the rows, as stretches of consecutive seqs. */
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

/**
 * The stretch between one view and the next one further down, if the reader passed it; undefined if the view jumped. A wheel or a finger
 * can move on between two frames. So a step may leave out at most as many messages as the view before it showed, and all of them have to be
 * loaded: a hole is never passed.
 *
 * @param rows all rows of the timeline
 * @param firstVisible the index of the first row of the next view
 */
export function passedFrom(
  before: SeenStretch | undefined,
  rows: readonly Row[],
  firstVisible: number,
): SeenStretch | undefined {
  if (before === undefined) return undefined;
  const most = before.last - before.first + 1;
  const passed: Row[] = [];
  for (let index = firstVisible - 1; index >= 0 && passed.length <= 2 * most; index--) {
    const row = rows[index];
    if (row === undefined || row.entry.kind === "hole") return undefined;
    if (row.entry.kind === "message" && row.entry.message.seq <= before.last) {
      const [stretch] = stretchesOf(passed.toReversed());
      const isStep = stretch !== undefined && stretch.first === before.last + 1;
      return isStep && stretch.last - stretch.first < most ? stretch : undefined;
    }
    passed.push(row);
  }
  return undefined;
}

/** The list with one more stretch. Stretches that overlap or touch become one. */
export function withStretch(seen: readonly SeenStretch[], added: SeenStretch): readonly SeenStretch[] {
  let { first, last } = added;
  const apart = seen.filter((each) => {
    if (each.last < first - 1 || each.first > last + 1) return true;
    [first, last] = [Math.min(first, each.first), Math.max(last, each.last)];
    return false;
  });
  return [...apart, { first, last }];
}

/** The last message up to which all messages behind `read` were seen; `read` itself if the next one was not. */
export function seenFrom(read: number, seen: readonly SeenStretch[]): number {
  const next = seen.find(({ first, last }) => first <= read + 1 && last > read);
  return next === undefined ? read : next.last;
}
