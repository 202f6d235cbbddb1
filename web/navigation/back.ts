/**
 * Owns that the way back of a phone closes what lies above the page (a menu, a dialog, the panel) before it leaves the page.
 *
 * As long as something lies above the page, the browser's history has one entry more, which is marked, for all of it. Going back from this
 * entry closes what was opened last. Whatever closes the last of them otherwise goes back from the entry. A reload closes everything and
 * leaves the entry, and so does going back to a page that was left by a link: then the app goes back from it by itself.
 */
import { useEffect, useEffectEvent } from "react";
import { useIsPhone } from "../browser/observe.ts";

const above: (() => void)[] = [];
/** Whether the present entry is the marked one, as of the latest look at it. */
let wasMarked = false;
/** The app goes back by itself, and the browser has not done so yet. */
let isLeaving = false;

if (typeof window === "object") {
  addEventListener("popstate", wentBack);
  settleSoon();
}

/** Going back calls `close`. What is opened last is closed first. */
export function useBackCloses(isOpen: boolean, close: () => void): void {
  const isPhone = useIsPhone();
  const act = useEffectEvent(close);
  useEffect(() => {
    if (!isOpen || !isPhone) return undefined;
    const closer = () => act();
    above.push(closer);
    settleSoon();
    return () => {
      above.splice(above.indexOf(closer), 1);
      settleSoon();
    };
  }, [isOpen, isPhone]);
}

/** Whether the present entry is that of what lies above the page. Code that goes to another address from this entry replaces it. */
export function isEntryMarked(): boolean {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null && "isAbove" in state;
}

/** Settles a moment later, not at once. So the entry stays when a menu closes and a dialog opens in its place. */
function settleSoon(): void {
  setTimeout(settle, 0);
}

function settle(): void {
  if (isLeaving) return;
  wasMarked = isEntryMarked();
  if (above.length > 0 && !wasMarked) {
    history.pushState({ isAbove: true }, "");
    wasMarked = true;
  } else if (above.length === 0 && wasMarked) {
    isLeaving = true;
    history.back();
  }
}

/** Browsers report a change behind the `#` by the same event, also when the user goes forward. That closes what lay above the page, too. */
function wentBack(): void {
  const isByUser = wasMarked && !isLeaving;
  wasMarked = isEntryMarked();
  isLeaving = false;
  if (isByUser && !wasMarked) above.at(-1)?.();
  settleSoon();
}
