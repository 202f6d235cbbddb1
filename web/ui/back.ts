/**
 * Owns that the way back of a phone closes what lies above the page, before it leaves the page. As long as something lies above there is
 * one entry of the browser's history for all of it.
 */
import { useEffect, useEffectEvent } from "react";
import { useIsPhone } from "../app/observe.ts";

const above: (() => void)[] = [];
let hasEntry = false;
let isListening = false;

/** Closes by the way back; what is opened last is closed first. */
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

/** Not at once: where one thing gives way to another the entry stays. */
function settleSoon(): void {
  setTimeout(settle, 0);
}

function settle(): void {
  if (!isListening) addEventListener("popstate", wentBack);
  isListening = true;
  if (above.length > 0 && !hasEntry) {
    history.pushState({ isAbove: true }, "");
    hasEntry = true;
  } else if (above.length === 0 && hasEntry) {
    hasEntry = false;
    // Who went to another place by what lay above has an entry behind this one, and stays there.
    if (isOurs(history.state)) history.back();
  }
}

function wentBack(): void {
  if (!hasEntry || isOurs(history.state)) return;
  hasEntry = false;
  above.at(-1)?.();
  settleSoon();
}

function isOurs(state: unknown): boolean {
  return typeof state === "object" && state !== null && "isAbove" in state;
}
