/** Owns the row of actions with a whole chat, each an icon with its word, at the top of the chat's panel. */
import { t } from "@lingui/core/macro";
import type { JSX, ReactNode } from "react";
import type { Summary } from "parley-sdk";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { useChatActions } from "./chat-actions.ts";
import { muteChoices } from "./mute-choices.ts";
import "./chats.css";

interface ChatActionRowProps {
  readonly row: Summary;
  /** Stands before the others. */
  readonly first?: ReactNode;
  readonly onSearch: () => void;
}

export function ChatActionRow({ row, first, onSearch }: ChatActionRowProps): JSX.Element {
  const { isMuted, canMute, mute, unmute, setPinned, setArchived } = useChatActions(row);
  return (
    <div className="chat-actions" role="group" aria-label={t`Actions for this chat`}>
      {first}
      {canMute && isMuted && <ActionButton icon="bellOff" label={t`Unmute`} onClick={unmute} />}
      {canMute && !isMuted && (
        <Menu
          label={t({ message: "Mute", context: "verb" })}
          align="start"
          trigger={<ActionButton icon="bell" label={t({ message: "Mute", context: "verb" })} />}
        >
          {() => (
            <>
              {muteChoices().map(({ ms, short }) => (
                <MenuItem key={short} onSelect={() => mute(ms)}>
                  {short}
                </MenuItem>
              ))}
            </>
          )}
        </Menu>
      )}
      <ActionButton icon="search" label={t({ message: "Search", context: "verb" })} onClick={onSearch} />
      <ActionButton
        icon={row.pinned ? "pinOff" : "pin"}
        label={row.pinned ? t`Unpin` : t({ message: "Pin", context: "verb" })}
        onClick={() => setPinned(!row.pinned)}
      />
      <ActionButton
        icon={row.archived ? "unarchive" : "archive"}
        label={row.archived ? t`Unarchive` : t({ message: "Archive", context: "verb" })}
        onClick={() => setArchived(!row.archived)}
      />
    </div>
  );
}

interface ActionButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly "aria-label"?: string;
  readonly onClick?: () => void;
}

export function ActionButton({ icon, label, ...rest }: ActionButtonProps): JSX.Element {
  return (
    <button type="button" className="chat-action" {...rest}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
