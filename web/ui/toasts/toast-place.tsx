/**
 * Owns where toasts are shown: in the dialog that lies on top, else at the edge of the page. What is outside of a modal dialog lies behind its backdrop, can be neither pressed nor
 * focused, and is not read out.
 */
import { type JSX, useLayoutEffect, useRef } from "react";
import type { Observable } from "parley-sdk";
import { State } from "../../browser/state.ts";

const places: HTMLElement[] = [];
const top = new State<HTMLElement | null>(null);

/** The place that lies on top; null while there is none. */
export const toastPlace: Observable<HTMLElement | null> = top;

/** A place for toasts. It is empty until there is one, so that screen readers know it by then. `isPage`: the one that lies below all dialogs. */
export function ToastPlace({ isPage = false }: { isPage?: boolean }): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const place = ref.current;
    if (place === null) return undefined;
    if (isPage) places.unshift(place);
    else places.push(place);
    top.set(places.at(-1) ?? null);
    return () => {
      places.splice(places.indexOf(place), 1);
      top.set(places.at(-1) ?? null);
    };
  }, [isPage]);
  return <div ref={ref} className="toast-place" aria-live="polite" aria-relevant="additions" />;
}
