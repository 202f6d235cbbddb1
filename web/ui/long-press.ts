/** Owns long presses by touch, from pointer events: not every browser says `contextmenu`. */
import { type PointerEvent, type TouchEvent, useRef } from "react";

const longPressMs = 450;

interface LongPress {
  onTouchEnd(event: TouchEvent): void;
  onPointerDown(event: PointerEvent): void;
  onPointerMove(event: PointerEvent): void;
  onPointerUp(): void;
  onPointerCancel(): void;
}

/** By touch only: a mouse has its right button. Some browsers say `contextmenu` themselves, others leave it to the page. */
export function useLongPress(act: () => void): LongPress {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const hasActed = useRef(false);
  const end = () => {
    if (press.current !== null) clearTimeout(press.current.timer);
    press.current = null;
  };
  return {
    onPointerDown: ({ pointerType, clientX, clientY }) => {
      end();
      hasActed.current = false;
      if (pointerType !== "touch") return;
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
    // The click that would follow is no click: it would close what has just opened.
    onTouchEnd: (event) => {
      if (hasActed.current) event.preventDefault();
    },
    onPointerCancel: end,
  };
}
