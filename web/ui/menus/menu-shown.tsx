/**
 * Owns a menu on screen: it drops from its button, and on a phone it is a sheet at the lower edge, over a page that is darkened. Not modal: whatever else is
 * pressed or gets the focus closes it. It is made of plain elements, for a slow processor has to show it within a tenth of a second.
 */
import {
  createContext,
  type JSX,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useContext,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
} from "react";
import { createPortal } from "react-dom";
import { useIsPhone } from "../../browser/observe.ts";
import { useBackCloses } from "../../navigation/back.ts";
import { usePortal } from "../dialog.tsx";
import { isByKey, isFocusLost, returnFocus } from "../focus.ts";
import { Icon } from "../icons.tsx";
import { focusFirst, itemOf, useMenuKeys } from "./menu-keys.ts";
import { type MenuParts, MenuPartsContext } from "./menu-parts.ts";
import { leavePlace, placeMenu } from "./menu-place.ts";
import { SheetBackdrop } from "./sheet.tsx";
import "./menu.css";

export interface MenuShownProps {
  /** The button. The menu drops from it. */
  readonly opener: RefObject<HTMLButtonElement | null>;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly label: string;
  readonly align: "start" | "end";
  readonly children: () => ReactNode;
}

export function MenuShown({ isOpen, onOpenChange, ...shown }: MenuShownProps): JSX.Element | null {
  const close = () => onOpenChange(false);
  useBackCloses(isOpen, close);
  return isOpen ? <OpenMenu {...shown} onClose={close} /> : null;
}

/** Closes the menu. */
const CloseContext = createContext<() => void>(() => undefined);

type OpenMenuProps = Omit<MenuShownProps, "isOpen" | "onOpenChange"> & { readonly onClose: () => void };

function OpenMenu({ opener, onClose, label, align, children }: OpenMenuProps): JSX.Element {
  const portal = usePortal();
  const isSheet = useIsPhone();
  const ref = useRef<HTMLDivElement>(null);
  const onKeyDown = useMenuKeys();
  /** The item on which the present press began. */
  const pressed = useRef<HTMLElement | null>(null);
  const place = () => {
    if (ref.current === null || opener.current === null) return;
    if (isSheet) leavePlace(ref.current);
    else placeMenu(ref.current, opener.current, align);
  };
  const placeAtFirst = useEffectEvent(place);
  useLayoutEffect(() => {
    const menu = ref.current;
    if (menu === null) return;
    placeAtFirst();
    // Who opens it by a key is on its first item.
    if (!isByKey() || !focusFirst(menu)) menu.focus({ preventScroll: true });
  }, []);
  const giveFocusBack = useEffectEvent(() => {
    // In a dialog the menu's button gets the focus. Elsewhere the chosen item may have moved the focus, which then stays there.
    if (portal === null) returnFocus();
    else if (isFocusLost()) opener.current?.focus();
  });
  useEffect(() => {
    const menu = ref.current;
    const end = () => {
      if (menu?.isConnected === false) giveFocusBack();
    };
    return () => void setTimeout(end, 0);
  }, []);
  useFollowing(ref, place);
  useLeaving(ref, opener, onClose);

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (event.pointerType !== "mouse") return;
    const pointed = itemOf(event.target) ?? event.currentTarget;
    if (pointed !== document.activeElement) pointed.focus({ preventScroll: true });
  };
  return createPortal(
    <>
      {isSheet && <SheetBackdrop opener={opener} />}
      <div
        ref={ref}
        className="menu"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
        onPointerLeave={({ currentTarget, pointerType }) => {
          if (pointerType === "mouse") currentTarget.focus({ preventScroll: true });
        }}
        onPointerDown={({ target }) => (pressed.current = itemOf(target))}
        onPointerUp={({ target, button, pointerType }) => {
          // A press that began on the button, and ends on an item, chooses it. A sheet comes up under the pointer, which chose nothing.
          const item = itemOf(target);
          const isDrawn = pressed.current === null && button === 0 && pointerType === "mouse";
          if (item !== null && isDrawn && !isSheet) item.click();
          pressed.current = null;
        }}
      >
        <CloseContext value={onClose}>
          <MenuPartsContext value={parts}>{children()}</MenuPartsContext>
        </CloseContext>
      </div>
    </>,
    // In the app's own element React listens already. For another one it would begin to, for each kind of event.
    portal ?? document.querySelector("#root") ?? document.body,
  );
}

/** The menu stays at its button when something scrolls, or sizes change. */
function useFollowing(ref: RefObject<HTMLElement | null>, place: () => void): void {
  const follow = useEffectEvent(place);
  useEffect(() => {
    const menu = ref.current;
    if (menu === null) return undefined;
    const onScroll = ({ target }: Event) => {
      if (target !== menu) follow();
    };
    const onResize = () => follow();
    let isFirst = true;
    const observer = new ResizeObserver(() => {
      // The first time it only tells the size that is known.
      if (!isFirst) follow();
      isFirst = false;
    });
    observer.observe(menu);
    addEventListener("resize", onResize);
    document.addEventListener("scroll", onScroll, { capture: true, passive: true });
    return () => {
      observer.disconnect();
      removeEventListener("resize", onResize);
      document.removeEventListener("scroll", onScroll, { capture: true });
    };
  }, [ref]);
}

/** Escape closes the menu, and so does a press or the focus elsewhere. */
function useLeaving(
  ref: RefObject<HTMLElement | null>,
  opener: RefObject<HTMLElement | null>,
  onClose: () => void,
): void {
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const isOutside = ({ target }: Event) => target instanceof Node && ref.current?.contains(target) !== true;
    const isOpener = ({ target }: Event) => target instanceof Node && opener.current?.contains(target) === true;
    const onPress = (event: globalThis.PointerEvent) => {
      // The button closes it by itself. A touch may become a scroll, so it counts once it is a click.
      if (isOutside(event) && !isOpener(event) && event.pointerType !== "touch") close();
    };
    let isTouched = false;
    const onTouch = (event: globalThis.PointerEvent) => {
      isTouched = event.pointerType === "touch" && isOutside(event) && !isOpener(event);
    };
    const onClick = (event: Event) => {
      if (isTouched && isOutside(event)) close();
    };
    const onFocus = (event: Event) => {
      if (isOutside(event)) close();
    };
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "Escape") return;
      // The dialog below stays.
      event.preventDefault();
      close();
    };
    const listeners = new AbortController();
    const options = { capture: true, signal: listeners.signal };
    document.addEventListener("pointerdown", onPress, options);
    document.addEventListener("pointerdown", onTouch, options);
    document.addEventListener("click", onClick, options);
    document.addEventListener("focusin", onFocus, options);
    document.addEventListener("keydown", onKey, options);
    return () => listeners.abort();
  }, [ref, opener]);
}

/** The function that chooses an item. The menu closes then. */
function useChoosing(onSelect: () => void): () => void {
  const close = useContext(CloseContext);
  return () => {
    onSelect();
    close();
  };
}

const parts: MenuParts = {
  Item: function Item({ className, disabled = false, onSelect, children, ...rest }) {
    const choose = useChoosing(onSelect);
    return (
      <div
        {...rest}
        role="menuitem"
        tabIndex={-1}
        className={className}
        aria-disabled={disabled || undefined}
        onClick={disabled ? undefined : choose}
      >
        {children}
      </div>
    );
  },
  Choices: ({ label, choices, value, onChoose }) => (
    <div role="group" aria-label={label}>
      <div className="menu-label">{label}</div>
      {choices.map(([each, text]) => (
        <Choice key={each} isChosen={each === value} onSelect={() => onChoose(each)}>
          {text}
        </Choice>
      ))}
    </div>
  ),
  Line: ({ className }) => <div role="separator" className={className} />,
};

interface ChoiceProps {
  readonly isChosen: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

function Choice({ isChosen, onSelect, children }: ChoiceProps): JSX.Element {
  const choose = useChoosing(onSelect);
  return (
    <div role="menuitemradio" tabIndex={-1} className="menu-item" aria-checked={isChosen} onClick={choose}>
      <span className="menu-mark">{isChosen && <Icon name="check" size={16} />}</span>
      {children}
    </div>
  );
}
