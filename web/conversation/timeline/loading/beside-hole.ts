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

export function useBesideHole(
  rows: readonly Row[],
  virtualizer: ReactVirtualizer<HTMLDivElement, Element>,
  firstVisible: number,
  lastVisible: number,
  sideOf: SideOf,
): void {
  const last = useRef<Place | null>(null);
  useLayoutEffect(() => {
    const startAt = (index: number): Start | null => {
      const [row, item] = [rows[index], virtualizer.measurementsCache[index]];
      return row === undefined || item === undefined ? null : { key: row.key, px: item.start };
    };
    const indexOf = (was: Start): number => rows.findIndex(({ key }) => key === was.key);
    const movedPx = (was: Start): number => {
      const now = startAt(indexOf(was));
      return now === null ? Number.NaN : now.px - was.px;
    };
    const before = last.current;
    last.current = null;
    // What was loaded elsewhere in the hole, for a jump, leaves the hole above this row.
    if (before !== null && before.rows !== rows && rows[indexOf(before.below) - 1]?.entry.kind !== "hole") {
      const px = movedPx(before.below) - movedPx(before.top);
      if (px > 0) {
        virtualizer.scrollBy(px);
        return;
      }
    }
    for (let index = firstVisible; index < lastVisible; index++) {
      const entry = rows[index]?.entry;
      if (entry?.kind !== "hole" || sideOf(entry.hole) !== "before") continue;
      const [top, below] = [startAt(firstVisible), startAt(index + 1)];
      if (top !== null && below !== null) last.current = { rows, top, below };
      return;
    }
  });
}
