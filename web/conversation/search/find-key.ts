/** Owns the keys that open the search in a chat. They are those of the browser's own search, which a second press opens. */
import { useEffect, useEffectEvent } from "react";

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** On a Mac the keys are Command and F, because Ctrl and F move the cursor. */
export function isFindKey({ key, ctrlKey, metaKey, shiftKey, altKey }: Pressed, isMac: boolean): boolean {
  const isHeld = isMac ? metaKey && !ctrlKey : ctrlKey && !metaKey;
  return isHeld && !shiftKey && !altKey && key.toLowerCase() === "f";
}

/** Here the keys open the browser's own search: in the list of chats, in menus and dialogs, and in the field of the search in a chat. */
const elsewhere = [".sidebar", "[role=menu]", "dialog", "[data-find]"].join();

export function useFindKey(onFind: () => void): void {
  const find = useEffectEvent(onFind);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isFindKey(event, /Mac/.test(navigator.userAgent))) return;
      const { target } = event;
      if (!(target instanceof Element) || target.closest(elsewhere) !== null) return;
      if (document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      find();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
