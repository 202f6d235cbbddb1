/**
 * Owns menus: they drop from a button, and on a phone they are sheets at the lower edge, over a page that is darkened. Not modal: a modal one
 * writes a `<style>` element, which the content security policy forbids.
 */
import { DropdownMenu } from "radix-ui";
import { type JSX, type ReactNode, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useIsPhone } from "../browser/observe.ts";
import { useBackCloses } from "../navigation/back.ts";
import { usePortal } from "./dialog.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { SheetBackdrop } from "./sheet.tsx";
import { isFocusLost, noteFocus, returnFocus } from "./focus.ts";

interface MenuProps {
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly label: string;
  readonly align?: "start" | "end";
  readonly isOpen?: boolean;
  readonly onOpenChange?: (isOpen: boolean) => void;
}

export function Menu({ trigger, children, label, align = "end", isOpen, onOpenChange }: MenuProps): JSX.Element {
  const portal = usePortal();
  const [isOpenHere, setIsOpenHere] = useState(false);
  const isShown = isOpen ?? isOpenHere;
  const show = onOpenChange ?? setIsOpenHere;
  const isSheet = useIsPhone();
  const opener = useRef<HTMLButtonElement>(null);
  useBackCloses(isShown, () => show(false));
  return (
    <DropdownMenu.Root modal={false} open={isShown} onOpenChange={show}>
      <DropdownMenu.Trigger ref={opener} asChild onPointerDown={(event) => noteFocus(event.currentTarget)}>
        {trigger}
      </DropdownMenu.Trigger>
      {isShown && isSheet && createPortal(<SheetBackdrop opener={opener} />, portal ?? document.body)}
      <DropdownMenu.Portal container={portal ?? document.body}>
        <DropdownMenu.Content
          className="menu"
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          onCloseAutoFocus={(event) => {
            // In a dialog Radix focuses the menu's button. Elsewhere the chosen item may have moved the focus, which then stays there.
            if (portal !== null && isFocusLost()) return;
            event.preventDefault();
            returnFocus();
          }}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  readonly children: ReactNode;
  readonly onSelect: () => void;
  readonly icon?: IconName;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
}

export function MenuItem({
  children,
  onSelect,
  icon,
  isDanger = false,
  isDisabled = false,
}: MenuItemProps): JSX.Element {
  return (
    <DropdownMenu.Item
      className={isDanger ? "menu-item menu-item-danger" : "menu-item"}
      disabled={isDisabled}
      onSelect={onSelect}
    >
      {icon !== undefined && <Icon name={icon} size={18} />}
      {children}
    </DropdownMenu.Item>
  );
}

interface MenuChoicesProps<T extends string> {
  readonly label: string;
  readonly choices: readonly (readonly [value: T, text: string])[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}

/** A part of a menu in which one thing is chosen. */
export function MenuChoices<T extends string>({ label, choices, value, onChoose }: MenuChoicesProps<T>): JSX.Element {
  return (
    <DropdownMenu.RadioGroup value={value} aria-label={label}>
      <DropdownMenu.Label className="menu-label">{label}</DropdownMenu.Label>
      {choices.map(([each, text]) => (
        <DropdownMenu.RadioItem key={each} className="menu-item" value={each} onSelect={() => onChoose(each)}>
          <span className="menu-mark">
            <DropdownMenu.ItemIndicator>
              <Icon name="check" size={16} />
            </DropdownMenu.ItemIndicator>
          </span>
          {text}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuLine(): JSX.Element {
  return <DropdownMenu.Separator className="menu-line" />;
}
