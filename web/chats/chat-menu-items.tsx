/** Owns the items that the menu of a row and the menu in the header of a chat have in common. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Summary } from "parley-sdk";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { MenuItem, MenuLine, MenuMore } from "../ui/menu.tsx";
import { useChatActions } from "./chat-actions.ts";
import { muteChoices } from "./mute-choices.ts";

export function ChatMenuItems({ row }: { row: Summary }): JSX.Element {
  const { isMuted, canMute, isUnread, mute, unmute, setPinned, setArchived, setUnread, patch } = useChatActions(row);
  const openDialog = useOpenDialog();
  const { conversationId } = row;
  return (
    <>
      {row.request && (
        <MenuItem icon="check" onSelect={() => patch({ request: false })}>{t`Accept the request`}</MenuItem>
      )}
      <MenuItem icon="mail" onSelect={() => setUnread(!isUnread)}>
        {isUnread ? t`Mark as read` : t`Mark as unread`}
      </MenuItem>
      <MenuItem icon={row.pinned ? "pinOff" : "pin"} onSelect={() => setPinned(!row.pinned)}>
        {row.pinned ? t`Unpin` : t`Pin to the top`}
      </MenuItem>
      <MenuItem icon={row.archived ? "unarchive" : "archive"} onSelect={() => setArchived(!row.archived)}>
        {row.archived ? t`Unarchive` : t({ message: "Archive", context: "verb" })}
      </MenuItem>
      <MenuItem icon="folder" onSelect={() => openDialog({ kind: "chat-folders", conversationId: row.conversationId })}>
        {t`Folders…`}
      </MenuItem>
      {canMute && isMuted && <MenuItem icon="bell" onSelect={unmute}>{t`Unmute`}</MenuItem>}
      {canMute && !isMuted && (
        <MenuMore icon="bellOff" label={t({ message: "Mute", context: "verb" })}>
          {() =>
            muteChoices().map(({ ms, short }) => (
              <MenuItem key={short} onSelect={() => mute(ms)}>
                {short}
              </MenuItem>
            ))
          }
        </MenuMore>
      )}
      {row.deleted !== true && (
        <>
          <MenuLine />
          {row.kind === "group" && !row.left && (
            <MenuItem icon="leave" isDanger onSelect={() => openDialog({ kind: "leave", conversationId })}>
              {t`Leave`}
            </MenuItem>
          )}
          <MenuItem icon="trash" isDanger onSelect={() => openDialog({ kind: "delete-chat", conversationId })}>
            {t`Delete chat`}
          </MenuItem>
        </>
      )}
    </>
  );
}
