/**
 * Owns what fingers, mouse and wheel do to an enlarged picture: one pointer moves it, two pinch it, the wheel and a double click enlarge it around the pointer.
 * One finger on a picture that is not enlarged goes on to the next picture, or closes.
 */
import { type PointerEvent, type RefObject, useEffect, useEffectEvent, useRef, useState } from "react";
import { type Area, moved, type Point, whole, type Zoom, zoomed } from "./zoom.ts";

const doubleTimes = 2.5;
const doubleTapMs = 300;
const swipePx = 60;

interface Gestures {
  readonly zoom: Zoom;
  /** Keys and buttons enlarge around the middle. */
  readonly zoomBy: (times: number) => void;
  readonly moveBy: (by: Point) => void;
  readonly reset: () => void;
  readonly handlers: {
    onPointerDown(event: PointerEvent<HTMLElement>): void;
    onPointerMove(event: PointerEvent<HTMLElement>): void;
    onPointerUp(event: PointerEvent<HTMLElement>): void;
    onPointerCancel(event: PointerEvent<HTMLElement>): void;
  };
}

interface GesturesParts {
  readonly stage: RefObject<HTMLElement | null>;
  /** The size of the picture when it is not enlarged. */
  readonly picture: Area;
  readonly screen: Area;
  /** Whether it can be moved before it was enlarged, for it is larger than the screen. */
  readonly canAlwaysMove?: boolean;
  /** To the left, which is −1, or to the right. */
  readonly onSwipe: (to: -1 | 1) => void;
  readonly onPullDown: () => void;
  /** A tap beside the picture. */
  readonly onBeside: () => void;
}

export function useGestures(parts: GesturesParts): Gestures {
  const { stage, picture, screen, canAlwaysMove = false, onSwipe, onPullDown, onBeside } = parts;
  const [zoom, setZoom] = useState(whole);
  const pointers = useRef(new Map<number, Point>());
  const began = useRef<Point>(null);
  const tapped = useRef({ at: 0, x: 0, y: 0 });

  const zoomAt = (times: number, around: Point) =>
    setZoom((present) => zoomed(present, times, around, picture, screen));
  const moveBy = (by: Point) => setZoom((present) => moved(present, by, picture, screen));
  const fromMiddle = ({ clientX, clientY }: { clientX: number; clientY: number }): Point => {
    const box = stage.current?.getBoundingClientRect();
    if (box === undefined) return { x: 0, y: 0 };
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  };

  // React's own listener of the wheel is passive, so it could not keep the page from being enlarged.
  const wheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    zoomAt(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), fromMiddle(event));
  });
  useEffect(() => {
    const element = stage.current;
    const listener = (event: WheelEvent) => wheel(event);
    element?.addEventListener("wheel", listener, { passive: false });
    return () => element?.removeEventListener("wheel", listener);
  }, [stage]);

  const up = (event: PointerEvent<HTMLElement>) => {
    const wasAlone = pointers.current.size === 1;
    pointers.current.delete(event.pointerId);
    const from = began.current;
    if (!wasAlone || from === null) return;
    began.current = null;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    const isTap = Math.hypot(dx, dy) < 8;
    if (isTap) {
      // All pointers are captured, so the event's target says nothing.
      if (zoom.scale === 1 && document.elementFromPoint(event.clientX, event.clientY) === stage.current) {
        onBeside();
        return;
      }
      const { at, x, y } = tapped.current;
      const isDouble = event.timeStamp - at < doubleTapMs && Math.hypot(event.clientX - x, event.clientY - y) < 30;
      tapped.current = { at: isDouble ? 0 : event.timeStamp, x: event.clientX, y: event.clientY };
      if (isDouble && zoom.scale > 1) setZoom(whole);
      else if (isDouble) zoomAt(doubleTimes, fromMiddle(event));
    } else if (zoom.scale === 1 && event.pointerType === "touch") {
      if (Math.abs(dx) > swipePx && Math.abs(dx) > 1.5 * Math.abs(dy)) onSwipe(dx > 0 ? -1 : 1);
      else if (dy > 1.5 * swipePx && dy > 1.5 * Math.abs(dx)) onPullDown();
    }
  };

  return {
    zoom,
    zoomBy: (times) => zoomAt(times, { x: 0, y: 0 }),
    moveBy,
    reset: () => setZoom(whole),
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
        began.current = pointers.current.size === 1 ? { x: event.clientX, y: event.clientY } : null;
      },
      onPointerMove: (event) => {
        const last = pointers.current.get(event.pointerId);
        if (last === undefined) return;
        const now = { x: event.clientX, y: event.clientY };
        pointers.current.set(event.pointerId, now);
        const others = [...pointers.current].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
        const other = others[0];
        if (other === undefined) {
          if (zoom.scale > 1 || canAlwaysMove) moveBy({ x: now.x - last.x, y: now.y - last.y });
          return;
        }
        const before = Math.hypot(last.x - other.x, last.y - other.y);
        const after = Math.hypot(now.x - other.x, now.y - other.y);
        const middle = fromMiddle({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
        if (before > 0) zoomAt(after / before, middle);
      },
      onPointerUp: up,
      onPointerCancel: (event) => {
        pointers.current.delete(event.pointerId);
        began.current = null;
      },
    },
  };
}
