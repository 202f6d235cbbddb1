/**
 * Owns a menu on screen: it drops from its button, and on a phone it is a sheet at the lower edge, over a page that is darkened. Not modal: whatever else is
 * pressed or gets the focus closes it. It is made of plain elements, for a slow processor has to show it within a tenth of a second.
 */
import {
  createContext,
  type JSX,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useContext,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { createPortal } from "react-dom";
import { useIsPhone } from "../../browser/observe.ts";
import { useBackCloses } from "../../navigation/back.ts";
import { usePortal } from "../dialog.tsx";
import { isByKey, isFocusLost, returnFocus } from "../focus.ts";
import { Icon } from "../icons.tsx";
import { pagePortal, useComing, useFollowing, useGivingBack, useLeaving } from "./dropped.ts";
import { focusFirst, itemOf, useMenuKeys } from "./menu-keys.ts";
import { type Deeper, type MenuParts, MenuPartsContext } from "./menu-parts.ts";
import { leavePlace, placeAt } from "./place.ts";
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
/** Shows other items in the place of the menu's own; null: those again. */
const DeeperContext = createContext<(deeper: Deeper | null) => void>(() => undefined);

type OpenMenuProps = Omit<MenuShownProps, "isOpen" | "onOpenChange"> & { readonly onClose: () => void };

function OpenMenu({ opener, onClose, label, align, children }: OpenMenuProps): JSX.Element {
  const portal = usePortal();
  const isSheet = useIsPhone();
  const ref = useRef<HTMLDivElement>(null);
  const leadByKey = useMenuKeys();
  const [deeper, setDeeper] = useState<Deeper | null>(null);
  const wasDeeper = useRef(false);
  /** The item on which the present press began. */
  const pressed = useRef<HTMLElement | null>(null);
  const place = () => {
    if (ref.current === null || opener.current === null) return;
    if (isSheet) leavePlace(ref.current);
    else placeAt(ref.current, opener.current, { side: "below", align });
  };
  const placeAtFirst = useEffectEvent(place);
  useComing(ref, "menu");
  useLayoutEffect(() => {
    const menu = ref.current;
    if (menu === null) return;
    placeAtFirst();
    // Who opens it by a key is on its first item; who comes deeper, on the first of the choice; who comes back, where they were.
    const at = deeper !== null ? ":not(.menu-back)" : wasDeeper.current ? "[aria-haspopup]" : "";
    wasDeeper.current = deeper !== null;
    if (!isByKey() || !focusFirst(menu, at)) menu.focus({ preventScroll: true });
  }, [deeper]);
  useGivingBack(ref, () => {
    // In a dialog the menu's button gets the focus. Elsewhere the chosen item may have moved the focus, which then stays there.
    if (portal === null) returnFocus();
    else if (isFocusLost()) opener.current?.focus();
  });
  useFollowing(ref, place);
  useLeaving(ref, opener, onClose);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { key, target, currentTarget } = event;
    const isFromEnd = getComputedStyle(currentTarget).direction === "rtl";
    const [onwards, backwards] = isFromEnd ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    if (key === onwards && target instanceof HTMLElement && target.ariaHasPopup === "menu") target.click();
    else if (key === backwards && deeper !== null) setDeeper(null);
    else return leadByKey(event);
    event.preventDefault();
  };
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
        aria-label={deeper?.label ?? label}
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
          <DeeperContext value={setDeeper}>
            <MenuPartsContext value={parts}>
              {deeper !== null && (
                <div role="menuitem" tabIndex={-1} className="menu-item menu-back" onClick={() => setDeeper(null)}>
                  <Icon name="back" size={18} />
                  <span>{deeper.label}</span>
                </div>
              )}
              {(deeper?.children ?? children)()}
            </MenuPartsContext>
          </DeeperContext>
        </CloseContext>
      </div>
    </>,
    portal ?? pagePortal(),
  );
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
  More: function More({ icon, ...deeper }) {
    const show = useContext(DeeperContext);
    return (
      <div role="menuitem" aria-haspopup="menu" tabIndex={-1} className="menu-item" onClick={() => show(deeper)}>
        {icon}
        <span>{deeper.label}</span>
        <Icon name="next" size={16} />
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
