/**
 * Owns which build of the app runs here and which one the server has, and what a page does that misses a part of its build before what watches for versions has come: in its
 * first moment nothing is written, so it loads the new version at once.
 */
import { storageTrouble, tabStore } from "../browser/browser-store.ts";
import { isIdle } from "../browser/work.ts";

/** Names the version for which this tab has been loaded anew by itself, so that this happens once. */
const key = "parley.loaded-for";

const appScript = /<script type="module"[^>]* src="(\/assets\/[^"]+)"/;

/** The script that this page runs. */
export const ownScript =
  globalThis.document
    ?.querySelector<HTMLScriptElement>('script[type="module"][src^="/assets/"]')
    ?.getAttribute("src") ?? "";

/** The script that the server's present page names; null if the server does not say it. */
export async function servedScript(): Promise<string | null> {
  const answer = await fetch("/", { cache: "no-store" });
  return answer.ok ? (appScript.exec(await answer.text())?.[1] ?? null) : null;
}

/** Loads that version, if nothing would be lost by it, and if this tab has not done so for it before. */
export function loadOnce(newer: string): void {
  if (tabStore.get(key) === newer || !isIdle()) return;
  tabStore.set(key, newer);
  location.reload();
}

let isAsking = false;
let wasMissed = false;
let watch: (() => void) | undefined;

// Vite's name for a part of the app that cannot be fetched.
globalThis.addEventListener?.("vite:preloadError", () => {
  if (watch !== undefined) return watch();
  wasMissed = true;
  if (isAsking) return;
  isAsking = true;
  void servedScript()
    .then(
      (script) => {
        const isNewer = script !== null && script !== ownScript;
        // A page that keeps everything in memory would lose it.
        if (isNewer && watch === undefined && !storageTrouble.getSnapshot()) loadOnce(script);
      },
      () => undefined,
    )
    .finally(() => (isAsking = false));
});

/** What is done from now on when a part is missing, also for one that was missed before. */
export function whenPartMissed(act: () => void): void {
  watch = act;
  if (wasMissed) act();
}
