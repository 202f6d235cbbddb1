/**
 * Owns the view of one picture or video over the whole screen: the others of the same chat by arrow keys, buttons and swipes, enlarging, and downloading.
 * It is the browser's own `<dialog>`, as all dialogs are: the focus stays inside, and Escape and the way back of a phone close it.
 */
import { t } from "@lingui/core/macro";
import { type JSX, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "../ui/button.tsx";
import { leaveDialog } from "../ui/dialog.tsx";
import { returnFocus } from "../ui/focus.ts";
import { ToastPlace } from "../ui/toasts/toast-place.tsx";
import { useBackCloses } from "../navigation/back.ts";
import type { Shown } from "./shown.ts";
import { Stage } from "./stage.tsx";
import "./pictures.css";

interface LightboxProps {
  /** In the order of time. */
  readonly items: readonly Shown[];
  readonly first: string;
  readonly onClose: () => void;
  /** Called when the first or last item is reached: there may be more. */
  readonly onEdge?: (edge: "before" | "after") => void;
}

export function Lightbox({ items, first, onClose, onEdge }: LightboxProps): JSX.Element | null {
  const ref = useRef<HTMLDialogElement>(null);
  const [key, setKey] = useState(first);
  const found = items.findIndex((item) => item.key === key);
  const [lastAt, setLastAt] = useState(found);
  // What is on screen may be unsent while it is looked at: then its neighbour comes.
  const at = found === -1 ? Math.min(lastAt, items.length - 1) : found;
  if (found !== -1 && found !== lastAt) setLastAt(found);
  const item = items[at];
  useBackCloses(true, onClose);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return undefined;
    if (!dialog.open) dialog.showModal();
    // The browser would take the first button, which downloads.
    dialog.querySelector<HTMLElement>(".lightbox-close")?.focus();
    return () => {
      dialog.close();
      returnFocus();
    };
  }, []);
  // The button of the last step is gone with it, and the focus with the button.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null || dialog.contains(document.activeElement)) return;
    const steps = dialog.querySelectorAll<HTMLElement>(".lightbox-step, .lightbox-close");
    [...steps].at(-1)?.focus();
  }, [at]);
  const isEmpty = item === undefined;
  useEffect(() => {
    if (isEmpty) onClose();
  }, [isEmpty, onClose]);
  if (item === undefined) return null;

  const leave = () => leaveDialog(ref.current, onClose);
  const go = (by: -1 | 1) => {
    const next = items[at + by];
    if (next !== undefined) setKey(next.key);
    if (at + by <= 0) onEdge?.("before");
    if (at + by >= items.length - 1) onEdge?.("after");
  };
  /** The line of time runs as the lines of text do. */
  const towards = (side: "left" | "right"): -1 | 1 => {
    const isRightToLeft = getComputedStyle(document.documentElement).direction === "rtl";
    return (side === "right") === isRightToLeft ? -1 : 1;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // A video's own controls use the arrows.
    if (event.target instanceof HTMLVideoElement) return;
    if (event.key === "ArrowLeft") go(towards("left"));
    else if (event.key === "ArrowRight") go(towards("right"));
    else return;
    event.preventDefault();
  };
  const count = items.length;
  const place = at + 1;
  return (
    <dialog
      ref={ref}
      className="lightbox"
      aria-label={item.label}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        leave();
      }}
      onKeyDown={onKeyDown}
    >
      <header className="lightbox-head">
        <div className="lightbox-about">
          <bdi className="lightbox-caption">{item.caption}</bdi>
          {count > 1 && (
            <span className="quiet" aria-live="polite">
              {t({ message: `${place} of ${count}`, comment: "Which of several pictures is on screen" })}
            </span>
          )}
        </div>
        <IconButton icon="download" label={t`Download`} onClick={item.download} />
        <IconButton icon="close" label={t`Close`} className="lightbox-close" onClick={leave} />
      </header>
      <Stage key={item.key} item={item} onSwipe={(to) => go(towards(to === 1 ? "right" : "left"))} onClose={leave} />
      {at > 0 && (
        <IconButton
          icon="back"
          label={t`Previous`}
          className="lightbox-step lightbox-previous"
          onClick={() => go(-1)}
        />
      )}
      {at < count - 1 && (
        <IconButton icon="next" label={t`Next`} className="lightbox-step lightbox-next" onClick={() => go(1)} />
      )}
      <ToastPlace />
    </dialog>
  );
}
