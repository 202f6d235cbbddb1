/**
 * Owns swipes of a finger along the line, from its start to its end, over one of the elements in a place. The element follows the finger. Once it has gone far
 * enough, letting go acts. A finger that goes up or down scrolls.
 */
import { type RefObject, useEffect, useEffectEvent } from "react";

/** From here on the finger swipes and does not press. */
const beginsPx = 12;
/** Letting go acts beyond this. */
const actsPx = 64;
const farthestPx = 88;

interface Swipe {
  readonly element: HTMLElement;
  readonly pointerId: number;
  readonly x: number;
  readonly y: number;
  /** How far along the line; null as long as it may become something else. */
  along: number | null;
}

/** `act` is called with an element that fits `selector` and was swiped. The style sheets let it be panned up and down only. */
export function useSwipe(
  place: RefObject<HTMLElement | null>,
  selector: string,
  act: (element: HTMLElement) => void,
): void {
  const swiped = useEffectEvent(act);
  useEffect(() => {
    const within = place.current;
    if (within === null) return undefined;
    let swipe: Swipe | null = null;
    const end = () => {
      if (swipe === null) return;
      swipe.element.style.translate = "";
      delete swipe.element.dataset["swiped"];
      swipe = null;
    };
    const down = ({ target, pointerType, pointerId, clientX, clientY }: PointerEvent) => {
      end();
      if (pointerType !== "touch" || !(target instanceof Element)) return;
      const element = target.closest<HTMLElement>(selector);
      if (element !== null) swipe = { element, pointerId, x: clientX, y: clientY, along: null };
    };
    const move = ({ pointerId, clientX, clientY }: PointerEvent) => {
      if (swipe === null || pointerId !== swipe.pointerId) return;
      const sign = getComputedStyle(swipe.element).direction === "rtl" ? -1 : 1;
      const along = (clientX - swipe.x) * sign;
      if (swipe.along === null) {
        const across = Math.abs(clientY - swipe.y);
        if (across > beginsPx || along < -beginsPx) end();
        else if (along > beginsPx && along > 2 * across) swipe.along = along;
        return;
      }
      swipe.along = along;
      swipe.element.style.translate = `${Math.min(farthestPx, Math.max(0, along - beginsPx)) * sign}px 0`;
      swipe.element.dataset["swiped"] = along > actsPx ? "far" : "begun";
    };
    const up = ({ pointerId }: PointerEvent) => {
      if (swipe === null || pointerId !== swipe.pointerId) return;
      const { element, along } = swipe;
      end();
      if (along !== null && along > actsPx) swiped(element);
    };
    within.addEventListener("pointerdown", down);
    within.addEventListener("pointermove", move);
    within.addEventListener("pointerup", up);
    within.addEventListener("pointercancel", end);
    return () => {
      end();
      within.removeEventListener("pointerdown", down);
      within.removeEventListener("pointermove", move);
      within.removeEventListener("pointerup", up);
      within.removeEventListener("pointercancel", end);
    };
  }, [place, selector]);
}
