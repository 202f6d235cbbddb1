/** Owns the button of a menu or a popover: what opens and closes it, and what it says of it to screen readers. */
import {
  cloneElement,
  type ComponentProps,
  type JSX,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  type RefObject,
  useState,
} from "react";
import { noteFocus } from "../focus.ts";

/** The click of a press comes at most so long after its end; a touch waits for a second one. */
const clickMsMax = 700;

/** What the button has answered already: the click that follows is no other wish. Assistive technology and voice control click without a press. */
class Answered {
  /** When the press or the key ends, or ended. */
  #until = -Infinity;

  key(): void {
    this.#until = performance.now();
  }

  press(): void {
    this.#until = Infinity;
    const ended = new AbortController();
    const end = () => {
      this.#until = performance.now();
      ended.abort();
    };
    for (const name of ["pointerup", "pointercancel"])
      addEventListener(name, end, { capture: true, signal: ended.signal });
  }

  /** Whether the click that has come belongs to what was answered. */
  hasClick(): boolean {
    const isItsOwn = performance.now() - this.#until <= clickMsMax;
    this.#until = -Infinity;
    return isItsOwn;
  }
}

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
  const [answered] = useState(() => new Answered());
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    noteFocus(event.currentTarget);
    // A sheet would come up under the finger, whose click then chose what is there. So a touch opens it by its click.
    if (!isMenu || event.button !== 0 || event.ctrlKey || event.pointerType === "touch") return;
    answered.press();
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
    answered.key();
  };
  const onClick = () => {
    if (!answered.hasClick()) onOpenChange(!isOpen);
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
    onClick: both(own.onClick, onClick),
  });
}

function both<E>(own: ((event: E) => void) | undefined, more: (event: E) => void): (event: E) => void {
  return (event) => {
    own?.(event);
    more(event);
  };
}
