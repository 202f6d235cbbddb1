/** Owns the menu of a row of the inbox. What opens there renders the menu again, and not the row. */
import { t } from "@lingui/core/macro";
import { type JSX, type Ref, useImperativeHandle, useState } from "react";
import type { Summary } from "parley-sdk";
import { ChatMenuItems } from "../../chats/chat-menu-items.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Menu } from "../../ui/menu.tsx";

export interface RowMenuControl {
  openMenu(): void;
  /** The pointer is at the row, so the button is seen. */
  show(): void;
}

interface RowMenuProps {
  readonly control: Ref<RowMenuControl>;
  readonly row: Summary;
  readonly title: string;
  readonly isTabStop: boolean;
}

export function RowMenu({ control, row, title, isTabStop }: RowMenuProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const [isShown, setIsShown] = useState(false);
  useImperativeHandle(control, () => ({ openMenu: () => setIsOpen(true), show: () => setIsShown(true) }), []);
  return (
    <Menu
      label={t`Actions for ${title}`}
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <IconButton
          icon={isShown || isTabStop || isOpen ? "more" : null}
          label={t`Actions for ${title}`}
          className="row-menu"
          tabIndex={isTabStop ? 0 : -1}
        />
      }
    >
      {() => (
        <>
          <ChatMenuItems row={row} />
        </>
      )}
    </Menu>
  );
}
