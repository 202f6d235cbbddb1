/** Owns where a menu stands: at its button, on the side with room for it, and within the view. */

const gapPx = 4;
const edgePx = 8;

/** It is asked for again when the button has moved, and the menu's size changed. */
export function placeMenu(menu: HTMLElement, opener: HTMLElement, align: "start" | "end"): void {
  if (!opener.isConnected) return;
  const { left, right, top, bottom } = opener.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const { offsetWidth, offsetHeight } = menu;
  // Its own height may be limited already.
  const height = menu.scrollHeight + offsetHeight - menu.clientHeight;
  const isLeftToRight = getComputedStyle(menu).direction === "ltr";
  const isFromLeft = (align === "start") === isLeftToRight;
  const below = clientHeight - edgePx - bottom - gapPx;
  const above = top - gapPx - edgePx;
  const isBelow = height <= below || below >= above;
  const room = Math.max(0, isBelow ? below : above);
  const x = Math.max(edgePx, Math.min(isFromLeft ? left : right - offsetWidth, clientWidth - edgePx - offsetWidth));
  const y = isBelow ? bottom + gapPx : top - gapPx - Math.min(height, room);
  // Whole pixels, for sharp letters. Not as variables of the style sheet: all that is in the menu would inherit them, and be reckoned anew.
  put(menu, {
    insetInlineStart: `${Math.round(isLeftToRight ? x : clientWidth - x - offsetWidth)}px`,
    insetBlockStart: `${Math.round(Math.max(edgePx, Math.min(y, clientHeight - edgePx)))}px`,
    maxHeight: `${room}px`,
    transformOrigin: `${isFromLeft ? "left" : "right"} ${isBelow ? "top" : "bottom"}`,
  });
}

/** On a phone the style sheet places it. */
export function leavePlace(menu: HTMLElement): void {
  put(menu, { insetInlineStart: "", insetBlockStart: "", maxHeight: "", transformOrigin: "" });
}

type Place = Pick<CSSStyleDeclaration, "insetInlineStart" | "insetBlockStart" | "maxHeight" | "transformOrigin">;

function put(menu: HTMLElement, place: Place): void {
  Object.assign(menu.style, place);
}
