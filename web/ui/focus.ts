/**
 * Owns where the keyboard was before a menu or a dialog took it, and brings it back there. A menu's item that opens a dialog is gone when that
 * closes, and what was acted on may be, too: so the place outside of both is remembered, and something near it does where it is gone.
 */

/** What takes the focus for a while. */
const takers = "[role=menu], .emoji-grid, dialog";

let last: HTMLElement | null = null;

if (typeof document === "object") {
  document.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement) noteFocus(target);
  });
}

/** This is where to come back to: a button that was pressed need not have got the focus. */
export function noteFocus(place: HTMLElement): void {
  if (place.closest(takers) === null) last = place;
}

/** Whether the keyboard is at nothing: not even in a dialog that is still open. */
export function isFocusLost(): boolean {
  const active = document.activeElement;
  return (
    active === null ||
    active === document.body ||
    active.closest("[role=menu], .emoji-grid, dialog:not([open])") !== null
  );
}

/** Back to `origin`, or to where it was, unless something has taken it since. */
export function returnFocus(origin: Element | null = null): void {
  if (!isFocusLost()) return;
  // Of a message the whole is what the arrow keys go on from, not one of its buttons.
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
