/**
 * Owns loading a newer version of the app. The page offers it; it loads by itself only while the tab is hidden and nothing is being written.
 * Until then the old version works on: the server speaks to both, and its files stay in the service worker's cache.
 */
import { useEffect } from "react";
import { useIsVisible } from "../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import { storageTrouble } from "../browser/browser-store.ts";
import { loadOnce, ownScript, servedScript, whenPartMissed } from "./served.ts";
import { VersionWatch } from "./version-watch.ts";

/** The page loads only after it has been hidden for so long: a user who looks at another tab for a moment finds the page as they left it. */
const hiddenMsMin = 10_000;
export const versions = new VersionWatch({
  beganAt: Date.now() - performance.now(),
  now: Date.now,
  latestScript,
  ownScript,
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") versions.becameVisible();
});
addEventListener("online", () => versions.connected());
whenPartMissed(() => versions.missedFile());

/** A page that keeps everything in memory would lose it by loading anew, so nothing is offered there. */
export function useIsNewVersionOffered(): boolean {
  const isForgetful = useObservable(storageTrouble);
  return useObservable(versions) !== null && !isForgetful;
}

/** Loads the new version while nobody sees it. */
export function useNewVersion(): void {
  const isOffered = useIsNewVersionOffered();
  const isVisible = useIsVisible();
  useEffect(() => {
    if (!isOffered || isVisible) return undefined;
    const timer = setInterval(() => {
      const newer = versions.getSnapshot();
      if (newer !== null && navigator.onLine) loadOnce(newer);
    }, hiddenMsMin);
    return () => clearInterval(timer);
  }, [isOffered, isVisible]);
}

/** The script that the server's present page names. The service worker is updated first, because it answers requests in the server's place. */
async function latestScript(): Promise<string | null> {
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker !== undefined) {
    await worker.update();
    await settled(worker.installing ?? worker.waiting);
  }
  return await servedScript();
}

/** Resolves when the new worker has taken over, or cannot. */
async function settled(worker: ServiceWorker | null): Promise<void> {
  if (worker === null) return;
  await new Promise<void>((resolve) => {
    const look = () => {
      if (worker.state === "activated" || worker.state === "redundant") resolve();
    };
    worker.addEventListener("statechange", look);
    look();
  });
}
