/**
 * Owns a menu on screen: it drops from its button, and on a phone it is a sheet at the lower edge, over a page that is darkened. Not modal: a modal one
 * writes a `<style>` element, which the content security policy forbids.
 */
import { Menu } from "radix-ui/internal";
import { type JSX, type ReactNode, type RefObject, useEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { useIsPhone } from "../../browser/observe.ts";
import { useBackCloses } from "../../navigation/back.ts";
import { usePortal } from "../dialog.tsx";
import { isByKey, isFocusLost, returnFocus } from "../focus.ts";
import { Icon } from "../icons.tsx";
import { type MenuParts, MenuPartsContext } from "./menu-parts.ts";
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

export function MenuShown({ opener, isOpen, onOpenChange, label, align, children }: MenuShownProps): JSX.Element {
  const portal = usePortal();
  const isSheet = useIsPhone();
  useBackCloses(isOpen, () => onOpenChange(false));
  return (
    <Menu.Root modal={false} open={isOpen} onOpenChange={onOpenChange}>
      <Menu.Anchor virtualRef={opener} />
      {isOpen && isSheet && createPortal(<SheetBackdrop opener={opener} />, portal ?? document.body)}
      <Menu.Portal container={portal ?? document.body}>
        <Menu.Content
          className="menu"
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // In a dialog the menu's button gets the focus. Elsewhere the chosen item may have moved the focus, which then stays there.
            if (portal === null) returnFocus();
            else if (isFocusLost()) opener.current?.focus();
          }}
        >
          <MenuPartsContext value={parts}>
            <FirstItem />
            {children()}
          </MenuPartsContext>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** Who opens a menu by a key is on its first item. Radix does that only where it was there before the key. */
function FirstItem(): JSX.Element {
  const ref = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const menu = ref.current?.closest("[role=menu]");
    if (!isByKey() || menu == null) return undefined;
    const go = () => menu.querySelector<HTMLElement>("[role^=menuitem]:not([data-disabled])")?.focus();
    // The menu itself takes the focus first, at a moment of its own.
    if (document.activeElement === menu) go();
    else menu.addEventListener("focus", go, { once: true });
    return () => menu.removeEventListener("focus", go);
  }, []);
  return <span ref={ref} hidden />;
}

const parts: MenuParts = {
  Item: Menu.Item,
  Choices: ({ label, choices, value, onChoose }) => (
    <Menu.RadioGroup value={value} aria-label={label}>
      <Menu.Label className="menu-label">{label}</Menu.Label>
      {choices.map(([each, text]) => (
        <Menu.RadioItem key={each} className="menu-item" value={each} onSelect={() => onChoose(each)}>
          <span className="menu-mark">
            <Menu.ItemIndicator>
              <Icon name="check" size={16} />
            </Menu.ItemIndicator>
          </span>
          {text}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  ),
  Line: Menu.Separator,
};
