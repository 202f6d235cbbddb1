/**
 * Owns that the keyboard of a phone covers nothing. Most browsers make the page smaller by themselves, as index.html asks for. Others lay the keyboard over it and
 * report only how much is seen: then the page is as high as that.
 */

/** A smaller difference is a bar of the browser. */
const keyboardPxMin = 120;

export function yieldToKeyboard(): void {
  const seen = window.visualViewport;
  if (seen === null) return;
  const fit = () => {
    const { style } = document.documentElement;
    // An enlarged page is not a covered one.
    const isCovered = seen.scale < 1.01 && innerHeight - seen.height > keyboardPxMin;
    if (!isCovered) {
      style.removeProperty("--page-height");
      return;
    }
    style.setProperty("--page-height", `${seen.height}px`);
    // Such browsers have scrolled the page to the field.
    scrollTo(0, 0);
  };
  seen.addEventListener("resize", fit);
}
