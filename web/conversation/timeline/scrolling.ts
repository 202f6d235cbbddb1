/**
 * Owns the scroll position of the history when heights change. A view at the end stays at the end. Elsewhere the first row that begins in view
 * stays where it is.
 */
import { defaultRangeExtractor, type Range, type ReactVirtualizer, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState, useTransition } from "react";
import { estimatedPx, type Row } from "./rows.ts";

/** A view this near to the end counts as being at the end. */
export const endPx = 80;
/** How long the view waits for the row of an opened text to grow. */
const openingMsMax = 20_000;
const overscanRows = 8;

export interface Scrolling {
  readonly virtualizer: ReactVirtualizer<HTMLDivElement, Element>;
  /** The reader opens the text of this row: the row grows downwards, wherever it stands. */
  readonly opens: (key: string) => void;
  /** Brings a row to the middle of the view. It stays there while rows come in around it, until the reader moves. */
  readonly toRow: (key: string) => void;
  readonly toEnd: () => void;
  /** The same once the newest rows are in the page: to make them takes a slow processor longer than one frame. */
  readonly toEndSoon: () => void;
  /** Whether the view is on its way to the end. */
  readonly isOnWay: boolean;
}

export function useScrolling(rows: readonly Row[], scroller: RefObject<HTMLDivElement | null>): Scrolling {
  const [openedKey, setOpenedKey] = useState<string | null>(null);
  const { aimedAt, aimAt } = useAim(rows, scroller);
  // A row that was never measured keeps its first estimate: an edit far above must not move the view.
  const [estimates] = useState(() => new Map<string, number>());
  const estimateSize = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row === undefined) return 40;
      const px = estimates.get(row.key) ?? estimatedPx(row);
      estimates.set(row.key, px);
      return px;
    },
    [rows, estimates],
  );
  // The same rows get the same function. For another function the virtualizer would measure all rows anew.
  const getItemKey = useCallback((index: number) => rows[index]?.key ?? index, [rows]);
  const { isEndKept, keepEnd, letEndGo, isOnWay } = useKeptEnd();
  // eslint-disable-next-line react/incompatible-library -- its methods are called in the component of the timeline alone
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize,
    getItemKey,
    overscan: overscanRows,
    rangeExtractor: isEndKept ? withEnd : defaultRangeExtractor,
    paddingStart: 16,
    paddingEnd: 8,
    anchorTo: openedKey === null ? "end" : "start",
    // The view may still be at the end when a row is aimed at, for a scroll is noticed only later.
    followOnAppend: aimedAt === null,
    scrollEndThreshold: endPx,
  });

  useEffect(() => {
    virtualizer.shouldAdjustScrollPositionOnItemSizeChange = ({ key, start, end }, _delta, instance) => {
      if (key !== openedKey) {
        const top = instance.scrollOffset ?? 0;
        const middle = top + (instance.scrollRect?.height ?? 0) / 2;
        // A message that reaches beyond the middle is being read: it grows at its end.
        return start < top && (end <= middle || !instance.itemSizeCache.has(key));
      }
      setTimeout(() => setOpenedKey(null), 0);
      return false;
    };
    if (openedKey === null) return undefined;
    const timer = setTimeout(() => setOpenedKey(null), openingMsMax);
    return () => clearTimeout(timer);
  }, [virtualizer, openedKey]);

  // The virtualizer follows rows that come behind the last one. It does not follow those that come before one's own messages that wait.
  const isAtEnd = useRef(true);
  const last = useRef(rows);
  useLayoutEffect(() => {
    const before = last.current;
    last.current = rows;
    if (aimedAt === null && isAtEnd.current && openedKey === null && cameBeforeWaiting(before, rows))
      virtualizer.scrollToEnd();
  }, [rows, virtualizer, openedKey, aimedAt]);
  // The virtualizer scrolls to an index, behind which there is another row as soon as rows come in above.
  useLayoutEffect(() => {
    const index = aimedAt === null ? -1 : rows.findIndex(({ key }) => key === aimedAt.key);
    if (index !== -1) virtualizer.scrollToIndex(index, { align: "center" });
  }, [rows, virtualizer, aimedAt]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const note = (): void => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight <= endPx;
      if (isAtEnd.current) letEndGo();
    };
    element.addEventListener("scroll", note, { passive: true });
    return () => element.removeEventListener("scroll", note);
  }, [scroller, letEndGo]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    let height = element.clientHeight;
    let measure = measureOf(element);
    const observer = new ResizeObserver(() => {
      // Where lines break anew, as on a phone that is turned, the last row may have grown by more than counts as being at the end.
      const isReflowed = measureOf(element) !== measure;
      const wasAtEnd = isReflowed ? isAtEnd.current : element.scrollHeight - element.scrollTop - height <= endPx;
      const isOther = isReflowed || element.clientHeight !== height;
      height = element.clientHeight;
      measure = measureOf(element);
      if (isOther && wasAtEnd && aimedAt === null) virtualizer.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtualizer, scroller, aimedAt]);

  const toRow = useCallback((key: string) => aimAt({ key }), [aimAt]);
  const toEnd = useCallback(() => {
    aimAt(null);
    virtualizer.scrollToEnd();
  }, [aimAt, virtualizer]);
  const toEndSoon = useCallback(() => {
    const last = virtualizer.getVirtualItems().at(-1)?.index;
    if (last === undefined || last === virtualizer.options.count - 1) toEnd();
    else keepEnd();
  }, [virtualizer, keepEnd, toEnd]);
  useLayoutEffect(() => {
    if (isEndKept) toEnd();
  }, [isEndKept, toEnd]);
  return { virtualizer, opens: setOpenedKey, toRow, toEnd, toEndSoon, isOnWay };
}

/** What the length of a line depends on: the width, and the size of texts. */
function measureOf({ clientWidth }: Element): string {
  return `${clientWidth} ${getComputedStyle(document.documentElement).fontSize}`;
}

interface KeptEnd {
  /** Whether the newest rows are in the page though the view is elsewhere. */
  readonly isEndKept: boolean;
  readonly keepEnd: () => void;
  /** The view has arrived. */
  readonly letEndGo: () => void;
  /** The rows are being made: in the pauses of the page, and not all before its next frame. */
  readonly isOnWay: boolean;
}

/** Whoever moves elsewhere meanwhile does not arrive. */
const endKeptMsMax = 1_000;

function useKeptEnd(): KeptEnd {
  const [isEndKept, setIsEndKept] = useState(false);
  const [isOnWay, begin] = useTransition();
  const keepEnd = useCallback(() => begin(() => setIsEndKept(true)), []);
  const letEndGo = useCallback(() => setIsEndKept(false), []);
  useEffect(() => {
    if (!isEndKept) return undefined;
    const timer = setTimeout(letEndGo, endKeptMsMax);
    return () => clearTimeout(timer);
  }, [isEndKept, letEndGo]);
  return { isEndKept, keepEnd, letEndGo, isOnWay };
}

/** The rows near the view, and as many at the end. */
function withEnd(range: Range): number[] {
  const near = defaultRangeExtractor(range);
  const count = range.endIndex - range.startIndex + 1 + overscanRows;
  const first = Math.max((near.at(-1) ?? -1) + 1, range.count - count);
  return [...near, ...Array.from({ length: Math.max(0, range.count - first) }, (_row, index) => first + index)];
}

/** The row that is wanted in the middle of the view. */
interface Aim {
  readonly key: string;
}

/** The virtualizer has arrived when so many frames in so long a time have passed without new rows. */
const arrivedFrames = 4;
const arrivedMs = 150;
const aimMsMax = 2_000;

/** The aim ends when the view has arrived, or the reader does anything in the history. From then on the first row in view holds the place. */
function useAim(
  rows: readonly Row[],
  scroller: RefObject<HTMLElement | null>,
): { readonly aimedAt: Aim | null; readonly aimAt: (aim: Aim | null) => void } {
  const [aimedAt, aimAt] = useState<Aim | null>(null);
  useEffect(() => {
    const element = scroller.current;
    if (aimedAt === null || element === null) return undefined;
    const end = (): void => aimAt(null);
    const timer = setTimeout(end, aimMsMax);
    for (const event of readerEvents) element.addEventListener(event, end, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const event of readerEvents) element.removeEventListener(event, end);
    };
  }, [aimedAt, scroller]);
  useEffect(() => {
    if (aimedAt === null) return undefined;
    const since = performance.now();
    let frames = 0;
    const look = (): void => {
      if (++frames >= arrivedFrames && performance.now() - since >= arrivedMs) aimAt(null);
      else frame = requestAnimationFrame(look);
    };
    let frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [aimedAt, rows]);
  return { aimedAt, aimAt };
}

const readerEvents = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/** Whether other messages came between the newest one and one's own that wait to be sent. What fills a hole is no newer message. */
function cameBeforeWaiting(before: readonly Row[], rows: readonly Row[]): boolean {
  if (rows.at(-1)?.entry.kind !== "pending") return false;
  const newest = newestOf(before);
  return newest !== undefined && newest.entry.kind !== "hole" && newest.key !== newestOf(rows)?.key;
}

function newestOf(rows: readonly Row[]): Row | undefined {
  return rows.findLast(({ entry }) => entry.kind !== "pending");
}
