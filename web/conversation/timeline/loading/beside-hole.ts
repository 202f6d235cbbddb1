/**
 * Owns keeping the view where it is while a hole in it is filled for a reader who comes from below. Of itself the view stays at its first row; that row is
 * above the hole, so what the reader came from would move away, and the hole would stay in view and be filled to its other end.
 */
import type { ReactVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef } from "react";
import type { Row } from "../rows.ts";
import type { SideOf } from "./in-view.ts";

interface Place {
  readonly rows: readonly Row[];
  /** The first row of the view, and the row below the hole: where each begins. */
  readonly top: Start;
  readonly below: Start;
}

interface Start {
  readonly key: string;
  readonly px: number;
}

/** What is laid out now. */
export interface Layout {
  readonly rows: readonly Row[];
  /** Where a row begins; undefined where no row is. */
  readonly startPx: (index: number) => number | undefined;
  readonly firstVisible: number;
  readonly lastVisible: number;
}

export class BesideHole {
  #last: Place | null = null;

  /** Looks at each layout. Answers by how much the view is to be moved down, so that the reader still sees the row from which they came where it was. */
  look(layout: Layout, sideOf: SideOf): number {
    const { rows, firstVisible, lastVisible } = layout;
    const before = this.#last;
    this.#last = null;
    // What was loaded elsewhere in the hole, for a jump, leaves the hole above this row.
    if (before !== null && before.rows !== rows && rows[indexOf(rows, before.below) - 1]?.entry.kind !== "hole") {
      const px = movedPx(layout, before.below) - movedPx(layout, before.top);
      if (px > 0) return px;
    }
    for (let index = firstVisible; index < lastVisible; index++) {
      const entry = rows[index]?.entry;
      if (entry?.kind !== "hole" || sideOf(entry.hole) !== "before") continue;
      const [top, below] = [startAt(layout, firstVisible), startAt(layout, index + 1)];
      if (top !== null && below !== null) this.#last = { rows, top, below };
      break;
    }
    return 0;
  }
}

function startAt({ rows, startPx }: Layout, index: number): Start | null {
  const [row, px] = [rows[index], startPx(index)];
  return row === undefined || px === undefined ? null : { key: row.key, px };
}

function indexOf(rows: readonly Row[], was: Start): number {
  return rows.findIndex(({ key }) => key === was.key);
}

function movedPx(layout: Layout, was: Start): number {
  const now = startAt(layout, indexOf(layout.rows, was));
  return now === null ? Number.NaN : now.px - was.px;
}

export function useBesideHole(
  rows: readonly Row[],
  virtualizer: ReactVirtualizer<HTMLDivElement, Element>,
  firstVisible: number,
  lastVisible: number,
  sideOf: SideOf,
): void {
  const beside = useRef<BesideHole>(null);
  useLayoutEffect(() => {
    beside.current ??= new BesideHole();
    const startPx = (index: number) => virtualizer.measurementsCache[index]?.start;
    const px = beside.current.look({ rows, startPx, firstVisible, lastVisible }, sideOf);
    if (px > 0) virtualizer.scrollBy(px);
  });
}
