/** Owns a popover on screen: it stands above its button, or it is a sheet at the lower edge of a phone. Not modal, and made of plain elements, as menus are. */
import {
  type JSX,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffectEvent,
  useLayoutEffect,
  useRef,
} from "react";
import { createPortal } from "react-dom";
import { useIsPhone } from "../../browser/observe.ts";
import { useBackCloses } from "../../navigation/back.ts";
import { usePortal } from "../dialog.tsx";
import { focusableIn, isByKey, isFocusLost, returnFocus } from "../focus.ts";
import { pagePortal, useComing, useFollowing, useGivingBack, useLeaving } from "./dropped.ts";
import { leavePlace, placeAt } from "./place.ts";
import "./menu.css";

export interface PopoverShownProps {
  readonly opener: RefObject<HTMLButtonElement | null>;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly label: string;
  readonly className: string;
  readonly align: "start" | "end";
  readonly isSheet?: boolean;
  readonly onClosed?: (() => void) | undefined;
  readonly children: () => ReactNode;
}

export function PopoverShown({ isOpen, onOpenChange, ...shown }: PopoverShownProps): JSX.Element | null {
  const close = () => onOpenChange(false);
  useBackCloses(isOpen, close);
  return isOpen ? <OpenPopover {...shown} onClose={close} /> : null;
}

type OpenPopoverProps = Omit<PopoverShownProps, "isOpen" | "onOpenChange"> & { readonly onClose: () => void };

function OpenPopover(props: OpenPopoverProps): JSX.Element {
  const { opener, onClose, label, className, align, isSheet = false, onClosed = returnFocus, children } = props;
  const portal = usePortal();
  const isPhone = useIsPhone();
  const isAtEdge = isSheet && isPhone;
  const ref = useRef<HTMLDivElement>(null);
  const place = () => {
    if (ref.current === null || opener.current === null) return;
    if (isAtEdge) leavePlace(ref.current);
    else placeAt(ref.current, opener.current, { side: "above", align });
  };
  const placeAnew = useEffectEvent(place);
  useComing(ref, className);
  useLayoutEffect(() => {
    const popover = ref.current;
    if (popover === null) return;
    placeAnew();
    // What is in it may have taken the focus by itself.
    if (popover.contains(document.activeElement)) return;
    const first = isByKey() ? focusableIn(popover)[0] : undefined;
    (first ?? popover).focus({ preventScroll: true });
    // What is in it changes with its class, and then the focused part may be gone.
  }, [className, isAtEdge]);
  useGivingBack(ref, () => {
    if (isFocusLost()) onClosed();
  });
  useFollowing(ref, place);
  useLeaving(ref, opener, onClose);
  return createPortal(
    <>
      {isAtEdge && <div className="sheet-backdrop" aria-hidden="true" />}
      <div ref={ref} className={className} role="dialog" tabIndex={-1} aria-label={label} onKeyDown={keepTab}>
        {children()}
      </div>
    </>,
    portal ?? pagePortal(),
  );
}

/** Tab leads around in it: it stands at the end of the page, far from its button. */
function keepTab(event: KeyboardEvent<HTMLElement>): void {
  const { key, shiftKey, currentTarget } = event;
  if (key !== "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = focusableIn(currentTarget);
  const active = document.activeElement;
  const isAtEnd = active === (shiftKey ? all[0] : all.at(-1)) || (shiftKey && active === currentTarget);
  if (!isAtEnd && all.length > 0) return;
  event.preventDefault();
  (shiftKey ? all.at(-1) : all[0])?.focus();
}
