/** Owns the menu of a row of the inbox. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Summary } from "parley-sdk";
import { ChatMenuItems } from "../../chats/chat-menu-items.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Menu } from "../../ui/menu.tsx";

interface RowMenuProps {
  readonly row: Summary;
  readonly title: string;
  /** Whether its button is seen. */
  readonly isSeen: boolean;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly isTabStop: boolean;
}

export function RowMenu({ row, title, isSeen, isOpen, onOpenChange, isTabStop }: RowMenuProps): JSX.Element {
  return (
    <Menu
      label={t`Actions for ${title}`}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={
        <IconButton
          icon={isSeen ? "more" : null}
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
