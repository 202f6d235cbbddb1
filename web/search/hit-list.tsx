/** Owns a list of hits, and below it how far the search has come. Tab leads to one hit, and the arrow keys to the others. */
import { type JSX, type KeyboardEvent, useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { useIsPhone } from "../browser/observe.ts";
import { isComposing } from "../browser/composing.ts";
import { type Found, keyOf } from "./hit-pages.ts";
import { isAnythingAbove } from "../ui/focus.ts";
import { HitRow } from "./hit-row.tsx";
import { HitsEnd } from "./hits-end.tsx";
import { type KeptHits, useHits } from "./hits.ts";
import { SpokenCount } from "./spoken-count.tsx";

interface HitListProps {
  readonly kept: KeptHits;
  readonly label: string;
  readonly emptyText: string;
  readonly isUnread: (found: Found) => boolean;
  /** The user pressed Escape, or the up arrow on the first hit. */
  readonly onLeave: () => void;
}

export function HitList({ kept, label, emptyText, isUnread, onLeave }: HitListProps): JSX.Element {
  const { pages } = kept;
  const state = useHits(pages);
  const { hits } = state;
  const list = useRef<HTMLUListElement>(null);
  const [focusedKey, setFocusedKey] = useState(kept.openedKey);
  const keys = hits.map(keyOf);
  const tabStop = keys.find((key) => key === focusedKey) ?? keys[0];
  const linkOf = (key: string | null) =>
    [...(list.current?.querySelectorAll<HTMLElement>(".hit") ?? [])].find((link) => link.dataset["hit"] === key);
  const onOpen = useCallback(
    (key: string) => {
      kept.opened(key);
      setFocusedKey(key);
      // The message takes the focus when it is shown.
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    },
    [kept],
  );

  const isPhone = useIsPhone();
  const comeBack = useEffectEvent((): boolean => {
    const link = linkOf(kept.openedKey);
    link?.focus();
    return link !== undefined;
  });
  // On a phone the chat had replaced the list. When the list is back, the focus returns to the hit that was opened.
  useEffect(() => {
    if (!isPhone) return;
    comeBack();
    kept.opened(null);
  }, [isPhone, kept]);
  // On a wide screen the chat is beside the list. There Escape moves the focus from the chat back to the hit.
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || isComposing(event)) return;
      const isTaken = isAnythingAbove() || document.querySelector(".panel:not([hidden])") !== null;
      if (isTaken || document.activeElement?.closest(".sidebar") != null) return;
      if (comeBack()) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = [...(list.current?.querySelectorAll<HTMLElement>(".hit") ?? [])];
    const next = nextIndex(
      event.key,
      links.findIndex((link) => link === event.target),
      links.length,
    );
    if (next === null) return;
    event.preventDefault();
    if (next < 0) onLeave();
    else links[next]?.focus();
  };

  return (
    <div onKeyDown={onKeyDown}>
      {hits.length > 0 && (
        <ul ref={list} aria-label={label} aria-busy={state.status === "searching"}>
          {hits.map((found) => (
            <li key={keyOf(found)} onFocus={() => setFocusedKey(keyOf(found))}>
              <HitRow found={found} isUnread={isUnread(found)} isTabStop={keyOf(found) === tabStop} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      )}
      <HitsEnd pages={pages} state={state} emptyText={emptyText} />
      <SpokenCount state={state} />
    </div>
  );
}

/** The index of the hit that a key moves to. Below 0: what stands above the list. Null: the key moves nowhere. */
function nextIndex(key: string, index: number, count: number): number | null {
  if (key === "Escape") return -1;
  if (index === -1) return null;
  switch (key) {
    case "ArrowDown":
      return index + 1;
    case "ArrowUp":
      return index - 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
