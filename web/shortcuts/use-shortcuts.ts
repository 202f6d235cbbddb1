/** Owns what the keys that work everywhere do, and that a letter which is typed anywhere begins a message. */
import { useEffect, useEffectEvent } from "react";
import type { Account, Summary } from "parley-sdk";
import { isComposing } from "../browser/composing.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { openConversation, parseRoute } from "../navigation/route.ts";
import { isAnythingAbove } from "../ui/focus.ts";
import { isMac, type ShortcutName, shortcutOf } from "./shortcuts.ts";

/** `openId`: the chat on screen. */
export function useShortcuts(account: Account, openId: string | null): void {
  const openDialog = useOpenDialog();
  const act = useEffectEvent((name: ShortcutName) => {
    switch (name) {
      case "switcher":
        return openDialog({ kind: "switcher", openId });
      case "sheet":
        return openDialog({ kind: "shortcuts" });
      case "settings":
        return openDialog({ kind: "settings" });
      case "nextChat":
      case "previousChat":
      case "nextUnread":
      case "previousUnread":
        return step(account, openNow(), name);
    }
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isComposing(event)) return;
      // A dialog or a menu has its own keys.
      if (isAnythingAbove()) return;
      const name = shortcutOf(event, isMac());
      if (name !== undefined) {
        event.preventDefault();
        act(name);
      } else if (beginsText(event)) document.querySelector<HTMLElement>(".composer-field:not([hidden])")?.focus();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** The chat that the address names. Of two quick presses the second comes before the page shows where the first has led. */
function openNow(): string | null {
  const route = parseRoute(location.hash);
  return route.at === "conversation" ? route.conversationId : null;
}

function step(account: Account, openId: string | null, name: ShortcutName): void {
  const rows = account.inbox.getSnapshot().conversations.filter(({ request }) => !request);
  const next = nextRow(rows, openId, name);
  if (next !== undefined) openConversation(next.conversationId);
}

type Row = Pick<Summary, "unread" | "markedUnread"> & { readonly conversationId: string };

/** The row to which a key leads; the unread ones are a circle, and the list is not. */
export function nextRow<T extends Row>(rows: readonly T[], openId: string | null, name: ShortcutName): T | undefined {
  const at = rows.findIndex(({ conversationId }) => conversationId === openId);
  const isForward = name === "nextChat" || name === "nextUnread";
  if (name === "nextChat" || name === "previousChat") {
    if (at === -1) return isForward ? rows[0] : rows.at(-1);
    return rows[at + (isForward ? 1 : -1)];
  }
  const [after, before] = [rows.slice(at + 1), rows.slice(0, Math.max(0, at))];
  const circle = isForward ? [...after, ...before] : [...before.toReversed(), ...after.toReversed()];
  return circle.find(({ unread, markedUnread }) => unread > 0 || markedUnread);
}

/** A letter that no element would take. The browser then writes it into the field that has the focus by then. */
function beginsText({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || Array.from(key).length !== 1 || key === " ") return false;
  if (!(target instanceof Element)) return false;
  return (
    target.closest(
      "input, textarea, select, [contenteditable], [role=listbox], [role=slider], [role=tablist], video",
    ) === null
  );
}
