/** Owns how keys lead through the items of a menu: the arrows, and the first letters of what an item says. */
import { type KeyboardEvent, useRef } from "react";
import { ledTo } from "./list-keys.ts";

const items = "[role^=menuitem]:not([aria-disabled])";
/** Letters that follow each other as fast are one beginning. */
const typingMs = 1_000;

/** The item to which an element in a menu belongs, if it can be chosen. */
export function itemOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(items) : null;
}

/** Whether there is an item that takes the focus. `at`: a selector that it has to match, too. */
export function focusFirst(menu: HTMLElement, at = ""): boolean {
  const first = menu.querySelector<HTMLElement>(`${items}${at}`);
  first?.focus({ preventScroll: true });
  return first !== null;
}

export function useMenuKeys(): (event: KeyboardEvent<HTMLElement>) => void {
  const typed = useRef({ text: "", at: -Infinity });
  return (event) => {
    const { key, currentTarget, target, timeStamp } = event;
    // Keys are handed on also from what stands elsewhere in the page.
    if (!(target instanceof Node) || !currentTarget.contains(target)) return;
    const all = [...currentTarget.querySelectorAll<HTMLElement>(items)];
    const present = all.findIndex((item) => item === document.activeElement);
    const isTyping = typed.current.text !== "" && timeStamp - typed.current.at < typingMs;
    const hasModifier = event.ctrlKey || event.altKey || event.metaKey;
    const to = ledTo(key, present, all.length);
    if (to !== undefined) all[to]?.focus();
    else if (key === "Enter" || (key === " " && !isTyping)) all[present]?.click();
    else if (key.length === 1 && !hasModifier) {
      const text = (isTyping ? typed.current.text : "") + key;
      typed.current = { text, at: timeStamp };
      beginningWith(text, all, present)?.focus();
    } else if (key !== "Tab") return;
    event.preventDefault();
  };
}

/** The next item that begins with a text, after the last one comes the first. The same letter again leads to the next one with it. */
function beginningWith(text: string, all: readonly HTMLElement[], present: number): HTMLElement | undefined {
  const letter = text.charAt(0);
  const isSame = text === letter.repeat(text.length);
  const wanted = (isSame ? letter : text).toLocaleLowerCase();
  const from = isSame ? present + 1 : Math.max(0, present);
  const inTurn = [...all.slice(from), ...all.slice(0, from)];
  return inTurn.find((item) => (item.textContent ?? "").trim().toLocaleLowerCase().startsWith(wanted));
}
