/** Owns how components watch state: that of the SDK, that of the browser, and the time. */
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { Observable } from "../../client/index.ts";

export function useObservable<T>(state: Observable<T>): T {
  return useSyncExternalStore(state.subscribe, state.getSnapshot);
}

export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** The same border as in the style sheets: below it there is one pane. */
export function useIsPhone(): boolean {
  return useMediaQuery("(max-width: 720px)");
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

/** Whether somebody can be said to look at this page: only then are messages read. */
export function useIsLookedAt(): boolean {
  return useSyncExternalStore(
    subscribeToAttention,
    () => document.visibilityState === "visible" && document.hasFocus(),
  );
}

export function useIsVisible(): boolean {
  return useSyncExternalStore(subscribeToAttention, () => document.visibilityState === "visible");
}

/** The time, redrawing every so often; for "in 5 s" and for days that begin. `clock` is another than this device's, always the same one. */
export function useNow(everyMs: number, clock: () => number = Date.now): number {
  const [now, setNow] = useState(clock);
  useEffect(() => {
    const timer = setInterval(() => setNow(clock()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, clock]);
  return now;
}

/** The value as it was `ms` ago at the latest change; for questions that should not be asked at each key. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
