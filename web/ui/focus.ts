/**
 * Owns bringing the focus back to where it was before a menu or a dialog took it. When a dialog closes, the menu item that opened it is gone,
 * and so may be the message that it was about. So the last focused element outside of menus and dialogs is remembered; if that is gone, too,
 * an element near it gets the focus.
 */

/** Menus and dialogs: they take the focus for a while. */
const takers = "[role=menu], .emoji-grid, dialog";

let last: HTMLElement | null = null;

if (typeof document === "object") {
  document.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement) noteFocus(target);
  });
}

/** Remembers `place` as where to come back to. Safari does not focus a button that is clicked, so menus call this themselves. */
export function noteFocus(place: HTMLElement): void {
  if (place.closest(takers) === null) last = place;
}

/** Whether nothing has the focus, or only a menu or a dialog that is closing. */
export function isFocusLost(): boolean {
  const active = document.activeElement;
  return (
    active === null ||
    active === document.body ||
    active.closest("[role=menu], .emoji-grid, dialog:not([open])") !== null
  );
}

/** Focuses `origin`, or the remembered element, unless something else has the focus by now. */
export function returnFocus(origin: Element | null = null): void {
  if (!isFocusLost()) return;
  // Of a message, the whole gets the focus and not one of its buttons, so that the arrow keys go on from there.
  const fallbacks = document.querySelectorAll<HTMLElement>(".composer-field, .pane-who, [type=search]");
  const places = [
    origin instanceof HTMLElement ? origin : null,
    last?.closest<HTMLElement>("[data-message]"),
    last,
    ...fallbacks,
  ];
  for (const place of places) {
    if (place?.isConnected !== true || place.closest("[inert]") !== null) continue;
    place.focus({ preventScroll: true });
    if (document.activeElement === place) return;
  }
}
