/** Owns where a menu or a popover stands: at its button, on the side with room for it, and within the view. */

const gapPx = 4;
const edgePx = 8;

interface Wish {
  /** The other one, if there is more room and it needs it. */
  readonly side: "above" | "below";
  readonly align: "start" | "end";
}

/** It is asked for again when the button has moved, and the size changed. */
export function placeAt(shown: HTMLElement, opener: HTMLElement, { side, align }: Wish): void {
  if (!opener.isConnected) return;
  const { left, right, top, bottom } = opener.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const { offsetWidth, offsetHeight } = shown;
  // It may have been limited here before.
  const height = shown.style.maxHeight === "" ? offsetHeight : shown.scrollHeight + offsetHeight - shown.clientHeight;
  const isLeftToRight = getComputedStyle(shown).direction === "ltr";
  const isFromLeft = (align === "start") === isLeftToRight;
  const below = clientHeight - edgePx - bottom - gapPx;
  const above = top - gapPx - edgePx;
  const isBelow = side === "below" ? height <= below || below >= above : height > above && below > above;
  const room = Math.max(0, isBelow ? below : above);
  const x = Math.max(edgePx, Math.min(isFromLeft ? left : right - offsetWidth, clientWidth - edgePx - offsetWidth));
  const y = isBelow ? bottom + gapPx : top - gapPx - Math.min(height, room);
  // Whole pixels, for sharp letters. Not as variables of the style sheet: all that is in it would inherit them, and be reckoned anew.
  put(shown, {
    insetInlineStart: `${Math.round(isLeftToRight ? x : clientWidth - x - offsetWidth)}px`,
    insetBlockStart: `${Math.round(Math.max(edgePx, Math.min(y, clientHeight - edgePx)))}px`,
    maxHeight: height > room ? `${room}px` : "",
    transformOrigin: `${isFromLeft ? "left" : "right"} ${isBelow ? "top" : "bottom"}`,
  });
}

/** On a phone the style sheet places it. */
export function leavePlace(shown: HTMLElement): void {
  put(shown, { insetInlineStart: "", insetBlockStart: "", maxHeight: "", transformOrigin: "" });
}

type Place = Pick<CSSStyleDeclaration, "insetInlineStart" | "insetBlockStart" | "maxHeight" | "transformOrigin">;

function put(shown: HTMLElement, place: Place): void {
  Object.assign(shown.style, place);
}
