/** Owns which rows of a long list are in the page: those in view, and some before and behind them. All heights are known, so nothing is measured. */
import { type RefObject, useLayoutEffect, useState } from "react";
import { flushSync } from "react-dom";

/** So far beyond the view rows are in the page, for a quick scroll. */
const beyondPx = 600;

export interface RowWindow {
  /** The first row in the page. */
  readonly first: number;
  /** The one behind the last. */
  readonly end: number;
}

/** `tops` are where the rows begin, and at its end where the last one ends. */
export function windowOf(tops: readonly number[], scrolled: number, height: number): RowWindow {
  const count = Math.max(0, tops.length - 1);
  const first = Math.max(0, firstAfter(tops, scrolled - beyondPx) - 1);
  return { first: Math.min(first, count), end: Math.min(count, firstAfter(tops, scrolled + height + beyondPx)) };
}

/** The index of the first number that is greater than `limit`; they rise. */
function firstAfter(numbers: readonly number[], limit: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? 0) > limit) to = middle;
    else from = middle + 1;
  }
  return from;
}

export function useRowWindow(scroller: RefObject<HTMLElement | null>, tops: readonly number[]): RowWindow {
  const [view, setView] = useState<RowWindow>({ first: 0, end: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = () =>
      setView((before) => {
        const next = windowOf(tops, element.scrollTop, element.clientHeight);
        return next.first === before.first && next.end === before.end ? before : next;
      });
    look();
    // In the same frame as the scroll, so that no gap is seen.
    const scrolled = () => flushSync(look);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }, [scroller, tops]);
  return view;
}

/** Scrolls no farther than until the row is in view. */
export function bringIntoView(element: HTMLElement, top: number, bottom: number): void {
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
}
