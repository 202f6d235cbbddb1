/**
 * Owns the parts of the app that come after the first screen: each is a file of its own, which is fetched when the part is first shown, or before, when
 * the page has nothing else to do. The service worker keeps them all, so that they are there without network, too.
 */
import { type ComponentType, type JSX, lazy, Suspense, useState } from "react";

const waiting: (() => Promise<unknown>)[] = [];

/** `Placeholder` is shown until the part has come; nothing where it is left out. */
export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
  Placeholder?: () => JSX.Element,
): (props: P) => JSX.Element {
  let loaded: ComponentType<P> | undefined;
  const loadTwice = async () => (loaded = await load().catch(load));
  waiting.push(loadTwice);
  void fetchWaiting();
  const Part = lazy(async () => ({ default: await loadTwice() }));
  return function Later(props) {
    // What has come already is there at once, and not a moment later: the focus may have moved on by then.
    const [Present] = useState(() => loaded);
    if (Present !== undefined) return <Present {...props} />;
    return (
      <Suspense fallback={Placeholder === undefined ? null : <Placeholder />}>
        <Part {...props} />
      </Suspense>
    );
  };
}

let isIdle = false;
let isFetching = false;

/** Fetches the parts once the page is idle, and those that parts bring with them. A part that does not come now is fetched when it is shown. */
export function fetchLaterParts(): void {
  const begin = () => {
    isIdle = true;
    void fetchWaiting();
  };
  if ("requestIdleCallback" in window) requestIdleCallback(begin, { timeout: 1_000 });
  else setTimeout(begin, 500);
}

/** One after the other, so that messages need not wait behind them. */
async function fetchWaiting(): Promise<void> {
  if (!isIdle || isFetching) return;
  isFetching = true;
  for (let load = waiting.shift(); load !== undefined; load = waiting.shift()) await load().catch(() => undefined);
  isFetching = false;
}
