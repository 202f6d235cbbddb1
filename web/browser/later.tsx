/**
 * Owns the parts of the app that come after the first screen: each is a file of its own, which is fetched when the part is first shown, or before, when
 * the page has nothing else to do. The service worker keeps them all, so that they are there without network, too.
 */
import { type ComponentType, type JSX, lazy, Suspense } from "react";

const waiting: (() => Promise<unknown>)[] = [];

/** `Placeholder` is shown until the part has come; nothing where it is left out. */
export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
  Placeholder?: () => JSX.Element,
): (props: P) => JSX.Element {
  const loadTwice = () => load().catch(load);
  waiting.push(loadTwice);
  const Part = lazy(async () => ({ default: await loadTwice() }));
  return function Later(props) {
    return (
      <Suspense fallback={Placeholder === undefined ? null : <Placeholder />}>
        <Part {...props} />
      </Suspense>
    );
  };
}

/** Fetches the parts one after the other, each when the page is idle. A part that does not come now is fetched when it is shown. */
export function fetchLaterParts(): void {
  const whenIdle = (act: () => void) =>
    "requestIdleCallback" in window ? requestIdleCallback(act, { timeout: 5_000 }) : setTimeout(act, 1_000);
  const next = () => {
    const load = waiting.shift();
    if (load === undefined) return;
    load()
      .catch(() => undefined)
      .finally(() => whenIdle(next));
  };
  whenIdle(next);
}
