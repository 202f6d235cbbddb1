/** Owns long presses by touch. They are made of pointer events, because not every browser reports a long press as `contextmenu`. */
import { type PointerEvent, type TouchEvent, useRef } from "react";
import { isWithin } from "./within.ts";

const longPressMs = 450;

interface LongPress {
  onTouchEnd(event: TouchEvent): void;
  onPointerDown(event: PointerEvent): void;
  onPointerMove(event: PointerEvent): void;
  onPointerUp(): void;
  onPointerCancel(): void;
}

/** Calls `act` after a long press by touch. A mouse has its right button instead. */
export function useLongPress(act: () => void): LongPress {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const hasActed = useRef(false);
  const end = () => {
    if (press.current !== null) clearTimeout(press.current.timer);
    press.current = null;
  };
  return {
    onPointerDown: (event) => {
      const { pointerType, clientX, clientY } = event;
      end();
      hasActed.current = false;
      if (pointerType !== "touch" || !isWithin(event)) return;
      const timer = setTimeout(() => {
        hasActed.current = true;
        act();
      }, longPressMs);
      press.current = { timer, x: clientX, y: clientY };
    },
    onPointerMove: ({ clientX, clientY }) => {
      if (press.current !== null && Math.hypot(clientX - press.current.x, clientY - press.current.y) > 10) end();
    },
    onPointerUp: end,
    // The browser would make a click of the touch, which would close what has just opened.
    onTouchEnd: (event) => {
      if (hasActed.current && isWithin(event)) event.preventDefault();
    },
    onPointerCancel: end,
  };
}
