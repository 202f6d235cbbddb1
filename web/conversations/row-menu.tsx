/** Owns the menu of a row of the inbox: pin, mute, archive, mark as unread. Only the user sees these. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { mutedForEver, type Summary, type SummaryPatch } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { IconButton } from "../ui/button.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import { useAttempt } from "../ui/toast.tsx";

const hourMs = 3_600_000;

interface RowMenuProps {
  readonly row: Summary;
  readonly title: string;
  readonly isMuted: boolean;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly isTabStop: boolean;
}

export function RowMenu({ row, title, isMuted, isOpen, onOpenChange, isTabStop }: RowMenuProps): JSX.Element {
  const account = useAccount();
  const attempt = useAttempt();
  const patch = (change: SummaryPatch) => attempt(() => account.inbox.patch(row.conversationId, change));
  const isUnread = row.unread > 0 || row.markedUnread;
  const markRead = () => {
    if (row.markedUnread) patch({ markedUnread: false });
    if (row.unread > 0) account.conversation(row.conversationId).markRead(row.head.seq);
  };

  return (
    <Menu
      label={t`Actions for ${title}`}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={
        <IconButton icon="more" label={t`Actions for ${title}`} className="row-menu" tabIndex={isTabStop ? 0 : -1} />
      }
    >
      {row.request && <MenuItem onSelect={() => patch({ request: false })}>{t`Accept the request`}</MenuItem>}
      <MenuItem onSelect={() => patch({ pinned: !row.pinned })}>{row.pinned ? t`Unpin` : t`Pin to the top`}</MenuItem>
      {isMuted ? (
        <MenuItem onSelect={() => patch({ mutedUntil: null })}>{t`Unmute`}</MenuItem>
      ) : (
        <>
          <MenuItem onSelect={() => patch({ mutedUntil: account.presence.now() + 8 * hourMs })}>
            {t`Mute for 8 hours`}
          </MenuItem>
          <MenuItem onSelect={() => patch({ mutedUntil: mutedForEver })}>
            {t({ message: "Mute", context: "verb" })}
          </MenuItem>
        </>
      )}
      <MenuItem onSelect={() => (isUnread ? markRead() : patch({ markedUnread: true }))}>
        {isUnread ? t`Mark as read` : t`Mark as unread`}
      </MenuItem>
      <MenuLine />
      <MenuItem onSelect={() => patch({ archived: !row.archived })}>
        {row.archived ? t`Unarchive` : t({ message: "Archive", context: "verb" })}
      </MenuItem>
    </Menu>
  );
}
