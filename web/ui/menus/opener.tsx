/** Owns the button of a menu or a popover: what opens and closes it, and what it says of it to screen readers. */
import {
  cloneElement,
  type ComponentProps,
  type JSX,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  type RefObject,
} from "react";
import { noteFocus } from "../focus.ts";

interface OpenerProps {
  /** A menu opens as soon as the button is pressed, and by the arrow key, too. */
  readonly kind: "menu" | "dialog";
  readonly opener: RefObject<HTMLButtonElement | null>;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** The pointer is near, or the button has the focus: it will perhaps be opened. */
  readonly onNear: () => void;
  /** The button; what opens it is added to its own props. It has no ref of its own. */
  readonly children: ReactElement<ComponentProps<"button">>;
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
  const own = children.props;
  return cloneElement(children, {
    ref: opener,
    "aria-haspopup": kind,
    "aria-expanded": isOpen,
    ...{ "data-state": isOpen ? "open" : "closed" },
    onPointerEnter: both(own.onPointerEnter, onNear),
    onFocus: both(own.onFocus, onNear),
    onPointerDown: both(own.onPointerDown, onPointerDown),
    onKeyDown: both(own.onKeyDown, onKeyDown),
    onClick: isMenu ? own.onClick : both(own.onClick, () => onOpenChange(!isOpen)),
  });
}

function both<E>(own: ((event: E) => void) | undefined, more: (event: E) => void): (event: E) => void {
  return (event) => {
    own?.(event);
    more(event);
  };
}
