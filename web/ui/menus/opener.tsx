/** Owns the button of a menu or a popover: what opens and closes it, and what it says of it to screen readers. */
// Not from the list of all: the build takes whatever that names for a part of the first screen.
import * as Slot from "radix-ui/slot";
import type { JSX, KeyboardEvent, PointerEvent, RefObject } from "react";
import { noteFocus } from "../focus.ts";

interface OpenerProps {
  /** A menu opens as soon as the button is pressed, and by the arrow key, too. */
  readonly kind: "menu" | "dialog";
  readonly opener: RefObject<HTMLButtonElement | null>;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** The pointer is near, or the button has the focus: it will perhaps be opened. */
  readonly onNear: () => void;
  /** The button. */
  readonly children: JSX.Element;
}

export function Opener({ kind, opener, isOpen, onOpenChange, onNear, children }: OpenerProps): JSX.Element {
  const isMenu = kind === "menu";
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    noteFocus(event.currentTarget);
    if (!isMenu || event.button !== 0 || event.ctrlKey) return;
    onOpenChange(!isOpen);
    // The menu takes the focus, and not the button.
    if (!isOpen) event.preventDefault();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (!isMenu) return;
    if (key === "Enter" || key === " ") onOpenChange(!isOpen);
    else if (key === "ArrowDown") onOpenChange(true);
    else return;
    event.preventDefault();
  };
  return (
    <Slot.Root
      ref={opener}
      aria-haspopup={kind}
      aria-expanded={isOpen}
      data-state={isOpen ? "open" : "closed"}
      onPointerEnter={onNear}
      onFocus={onNear}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      onClick={isMenu ? undefined : () => onOpenChange(!isOpen)}
    >
      {children}
    </Slot.Root>
  );
}
