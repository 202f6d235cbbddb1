/**
 * Owns what lies under a sheet on a phone: the page is darkened, and the bubble whose menu it is stands lifted above, so that one sees what the choice
 * is about.
 */
import { type JSX, type RefObject, useLayoutEffect, useRef } from "react";

/** Between the bubble and the sheet, and between the bubble and the upper edge. */
const gapPx = 12;

/** `opener` is the button that opened the sheet. */
export function SheetBackdrop({ opener }: { opener: RefObject<HTMLElement | null> }): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const backdrop = ref.current;
    const message = opener.current?.closest<HTMLElement>("[data-message]");
    const bubble = message?.querySelector<HTMLElement>(".bubble");
    if (backdrop === null || message == null || bubble == null) return undefined;
    const lifted = liftedOf(message, bubble);
    backdrop.append(lifted);
    // The sheet has its height only once it is in the page.
    const frame = requestAnimationFrame(() => {
      const sheet = document.querySelector<HTMLElement>("[role=menu].menu");
      const { top, height } = bubble.getBoundingClientRect();
      const room = innerHeight - (sheet?.offsetHeight ?? 0) - gapPx;
      // Of a tall one the beginning is seen.
      const wanted = Math.max(gapPx, Math.min(top, room - height));
      lifted.style.transform = `translateY(${wanted - top}px)`;
      lifted.style.maxHeight = `${Math.max(0, room - wanted)}px`;
    });
    return () => {
      cancelAnimationFrame(frame);
      lifted.remove();
    };
  }, [opener]);
  return <div ref={ref} className="sheet-backdrop" aria-hidden="true" />;
}

/** A copy of a bubble that stands where the bubble stands. */
function liftedOf(message: HTMLElement, bubble: HTMLElement): HTMLElement {
  const { left, top, width } = bubble.getBoundingClientRect();
  const lifted = document.createElement("div");
  lifted.className = `${message.className} sheet-lifted`;
  lifted.inert = true;
  lifted.style.insetBlockStart = `${top}px`;
  // Of the page, whatever its direction.
  const isFromEnd = getComputedStyle(message).direction === "rtl";
  lifted.style.insetInlineStart = `${isFromEnd ? innerWidth - left - width : left}px`;
  lifted.style.width = `${width}px`;
  const copy = bubble.cloneNode(true);
  lifted.append(copy);
  return lifted;
}
