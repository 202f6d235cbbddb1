/** Owns menus as the page offers them: the button, and the items. What shows them is loaded when the page is idle, or when the first one is opened. */
import { type JSX, type ReactNode, useContext, useRef, useState } from "react";
import { later } from "../browser/later.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { MenuPartsContext } from "./menus/menu-parts.ts";
import type { MenuShownProps } from "./menus/menu-shown.tsx";
import { Opener } from "./menus/opener.tsx";
import { useShown, type WhereMissing } from "./menus/use-shown.ts";

const MenuShown = later<MenuShownProps & WhereMissing>(async () => (await import("./menus/menu-shown.tsx")).MenuShown, {
  isSoon: true,
  whenMissing: ({ onMissing }) => onMissing(),
});

interface MenuProps {
  readonly trigger: JSX.Element;
  /** The items, made when the menu is shown. */
  readonly children: () => ReactNode;
  readonly label: string;
  readonly align?: "start" | "end";
  readonly isOpen?: boolean;
  readonly onOpenChange?: (isOpen: boolean) => void;
}

export function Menu({ trigger, children, label, align = "end", isOpen, onOpenChange }: MenuProps): JSX.Element {
  const [isOpenHere, setIsOpenHere] = useState(false);
  const isShown = isOpen ?? isOpenHere;
  const show = onOpenChange ?? setIsOpenHere;
  const { isThere, onMissing } = useShown(isShown, show);
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Opener kind="menu" opener={opener} isOpen={isShown} onOpenChange={show} onNear={MenuShown.fetch}>
        {trigger}
      </Opener>
      {isThere && (
        <MenuShown
          opener={opener}
          isOpen={isShown}
          onOpenChange={show}
          onMissing={onMissing}
          label={label}
          align={align}
        >
          {children}
        </MenuShown>
      )}
    </>
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
}: MenuItemProps): JSX.Element | null {
  const parts = useContext(MenuPartsContext);
  return (
    parts && (
      <parts.Item
        className={isDanger ? "menu-item menu-item-danger" : "menu-item"}
        disabled={isDisabled}
        onSelect={onSelect}
      >
        {icon !== undefined && <Icon name={icon} size={18} />}
        {children}
      </parts.Item>
    )
  );
}

interface MenuMoreProps {
  readonly label: string;
  readonly icon: IconName;
  /** The items to which it leads. */
  readonly children: () => ReactNode;
}

/** An item that leads to a choice, which takes the place of the menu's items. */
export function MenuMore({ icon, ...rest }: MenuMoreProps): JSX.Element | null {
  const parts = useContext(MenuPartsContext);
  return parts && <parts.More {...rest} icon={<Icon name={icon} size={18} />} />;
}

interface MenuSignProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly onSelect: () => void;
}

/** One of several items in a line, which are signs and not words: emoji. */
export function MenuSign({ label, children, onSelect }: MenuSignProps): JSX.Element | null {
  const parts = useContext(MenuPartsContext);
  return (
    parts && (
      <parts.Item className="emoji" aria-label={label} onSelect={onSelect}>
        {children}
      </parts.Item>
    )
  );
}

interface MenuChoicesProps<T extends string> {
  readonly label: string;
  readonly choices: readonly (readonly [value: T, text: string])[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}

/** A part of a menu in which one thing is chosen. */
export function MenuChoices<T extends string>(props: MenuChoicesProps<T>): JSX.Element | null {
  const { choices, onChoose, ...rest } = props;
  const parts = useContext(MenuPartsContext);
  const choose = (value: string) => {
    const chosen = choices.find(([each]) => each === value);
    if (chosen !== undefined) onChoose(chosen[0]);
  };
  return parts && <parts.Choices {...rest} choices={choices} onChoose={choose} />;
}

export function MenuLine(): JSX.Element | null {
  const parts = useContext(MenuPartsContext);
  return parts && <parts.Line className="menu-line" />;
}
