/** Owns what menus and popovers have in common while they are on screen: they stay at their button, close when the user is elsewhere, and give the focus back. */
import { type RefObject, useEffect, useEffectEvent, useLayoutEffect } from "react";
import { afterFrame } from "../../browser/after-frame.ts";

/** Where they are put outside of dialogs. In the app's own element React listens already; for another one it would begin to, for each kind of event. */
export function pagePortal(): Element {
  return document.querySelector("#root") ?? document.body;
}

/** To be called before it is placed. It is marked in its first frame, and again where it becomes another: the emoji in it come a frame later, for the first ones of a page take the browser long to draw. */
export function useComing(ref: RefObject<HTMLElement | null>, what: string): void {
  useLayoutEffect(() => {
    const shown = ref.current;
    if (shown === null) return undefined;
    shown.dataset["coming"] = "";
    return afterFrame(() => delete shown.dataset["coming"]);
  }, [ref, what]);
}

/** It stays at its button when something scrolls, or sizes change. */
export function useFollowing(ref: RefObject<HTMLElement | null>, place: () => void): void {
  const follow = useEffectEvent(place);
  useEffect(() => {
    const shown = ref.current;
    if (shown === null) return undefined;
    const onScroll = ({ target }: Event) => {
      if (target instanceof Node && !shown.contains(target)) follow();
    };
    const onResize = () => follow();
    let isFirst = true;
    const observer = new ResizeObserver(() => {
      // The first time it only tells the size that is known.
      if (!isFirst) follow();
      isFirst = false;
    });
    observer.observe(shown);
    addEventListener("resize", onResize);
    document.addEventListener("scroll", onScroll, { capture: true, passive: true });
    return () => {
      observer.disconnect();
      removeEventListener("resize", onResize);
      document.removeEventListener("scroll", onScroll, { capture: true });
    };
  }, [ref]);
}

/** Escape closes it, and so does a press or the focus elsewhere. Its button closes it by itself. */
export function useLeaving(
  ref: RefObject<HTMLElement | null>,
  opener: RefObject<HTMLElement | null>,
  onClose: () => void,
): void {
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const isIn = (place: HTMLElement | null, { target }: Event) =>
      target instanceof Node && place?.contains(target) === true;
    const isElsewhere = (event: Event) => !isIn(ref.current, event) && !isIn(opener.current, event);
    let isTouched = false;
    const onPress = (event: PointerEvent) => {
      // A touch may become a scroll, so it counts once it is a click.
      isTouched = event.pointerType === "touch" && isElsewhere(event);
      if (!isTouched && isElsewhere(event)) close();
    };
    const onClick = (event: Event) => {
      if (isTouched && !isIn(ref.current, event)) close();
    };
    const onFocus = (event: Event) => {
      if (isElsewhere(event)) close();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      // The dialog below stays.
      event.preventDefault();
      close();
    };
    const listeners = new AbortController();
    const options = { capture: true, signal: listeners.signal };
    document.addEventListener("pointerdown", onPress, options);
    document.addEventListener("click", onClick, options);
    document.addEventListener("focusin", onFocus, options);
    document.addEventListener("keydown", onKey, options);
    return () => listeners.abort();
  }, [ref, opener]);
}

/** Calls `give` when it has left the page. */
export function useGivingBack(ref: RefObject<HTMLElement | null>, give: () => void): void {
  const giveBack = useEffectEvent(give);
  useEffect(() => {
    const shown = ref.current;
    const end = () => {
      if (shown?.isConnected === false) giveBack();
    };
    return () => void setTimeout(end, 0);
  }, [ref]);
}
