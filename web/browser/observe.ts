/** Owns how components watch the state of the browser, and the time; the SDK's state they watch by the hooks of the SDK. */
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

const lists = new Map<string, MediaQueryList>();

/** One for all components: to make one is costly, and many components ask the same. */
function listOf(query: string): MediaQueryList {
  const list = lists.get(query) ?? matchMedia(query);
  lists.set(query, list);
  return list;
}

export function useMediaQuery(query: string): boolean {
  const list = listOf(query);
  const subscribe = useCallback(
    (listener: () => void) => {
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [list],
  );
  return useSyncExternalStore(subscribe, () => list.matches);
}

let onlineTimes = 0;

function subscribeToOnline(listener: () => void): () => void {
  addEventListener("online", listener);
  return () => removeEventListener("online", listener);
}

if (typeof window === "object") addEventListener("online", () => onlineTimes++);

/** Rises each time that the browser has network again: what could not be loaded is tried once more. */
export function useOnlineTimes(): number {
  return useSyncExternalStore(subscribeToOnline, () => onlineTimes);
}

/** Whether the page shows one pane at a time. The style sheets use the same width. */
export function useIsPhone(): boolean {
  return useMediaQuery("(max-width: 720px)");
}

function subscribeToTextSize(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-text-size"] });
  return () => observer.disconnect();
}

/** How many pixels a rem has: sizes grow with the text. For what is laid out by numbers and not by style sheets. */
export function useRemPx(): number {
  return useSyncExternalStore(subscribeToTextSize, () =>
    Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
  );
}

function subscribeToAttention(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  addEventListener("focus", listener);
  addEventListener("blur", listener);
  return () => {
    document.removeEventListener("visibilitychange", listener);
    removeEventListener("focus", listener);
    removeEventListener("blur", listener);
  };
}

/** Whether the page is visible and has the focus. Only then do messages count as read. */
export function useIsLookedAt(): boolean {
  return useSyncExternalStore(
    subscribeToAttention,
    () => document.visibilityState === "visible" && document.hasFocus(),
  );
}

export function useIsVisible(): boolean {
  return useSyncExternalStore(subscribeToAttention, () => document.visibilityState === "visible");
}

/**
 * The time, in steps of `everyMs`, for texts such as "in 5 s" and for days that begin. `clock` has to be the same function at each call. It is
 * read whenever the component is rendered: a clock of the server's time is corrected once the server has answered.
 */
export function useNow(everyMs: number, clock: () => number): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      const timer = setInterval(listener, everyMs);
      return () => clearInterval(timer);
    },
    [everyMs],
  );
  return useSyncExternalStore(subscribe, () => Math.floor(clock() / everyMs) * everyMs);
}

/** Whether `isSo` has been true for `ms` without a break. */
export function useHasLasted(isSo: boolean, ms: number): boolean {
  const [hasLasted, setHasLasted] = useState(false);
  useEffect(() => {
    if (!isSo) return undefined;
    const timer = setTimeout(() => setHasLasted(true), ms);
    return () => {
      clearTimeout(timer);
      setHasLasted(false);
    };
  }, [isSo, ms]);
  return hasLasted && isSo;
}

/** The value once it has not changed for `ms`, for questions to the server that should not be asked at each key. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
