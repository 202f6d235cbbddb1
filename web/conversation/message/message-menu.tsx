/** Owns the menu of a message. A pointer, a long press and the keyboard open the same menu. */
import type { JSX } from "react";
import type { Message, PendingMessage } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { copyText } from "../../ui/copy.ts";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { EmojiChoice } from "./emoji-choice.tsx";
import { useReachIndex } from "./reach.ts";
import { useReact } from "./reactions.tsx";

interface OpenProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

export function MessageMenu({ message, isOpen, onOpenChange }: OpenProps & { readonly message: Message }): JSX.Element {
  const account = useAccount();
  const { conversation, details, isGroup, canWrite, reply, edit, unsend } = useActions();
  const attempt = useAttempt();
  const react = useReact(message);
  const reachIndex = useReachIndex();
  const isOwn = message.senderId === account.userId;
  const isUnsent = message.unsentAt !== null;
  const rules = isGroup && details !== undefined && details.me.role !== "member";

  return (
    <Menu
      label="Message actions"
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={<IconButton icon="more" label="Message actions" size={18} tabIndex={reachIndex} />}
    >
      {canWrite && !isUnsent && (
        <>
          <EmojiChoice onChoose={react} />
          <MenuLine />
        </>
      )}
      {canWrite && <MenuItem onSelect={() => reply(message)}>Reply</MenuItem>}
      {!isUnsent && (
        <MenuItem
          onSelect={() =>
            attempt(async () => {
              const whole = message.truncated === true ? await conversation.loadFullMessage(message.seq) : message;
              await copyText(whole.text);
            }, "Copied")
          }
        >
          Copy text
        </MenuItem>
      )}
      {canWrite && isOwn && !isUnsent && <MenuItem onSelect={() => edit(message)}>Edit</MenuItem>}
      {canWrite && (isOwn || rules) && !isUnsent && (
        <MenuItem isDanger onSelect={() => unsend(message)}>
          Unsend
        </MenuItem>
      )}
    </Menu>
  );
}

/** The menu of a message that is not sent. */
export function PendingMenu({
  pending,
  isOpen,
  onOpenChange,
}: OpenProps & { readonly pending: PendingMessage }): JSX.Element {
  const { conversation } = useActions();
  const reachIndex = useReachIndex();
  return (
    <Menu
      label="Message actions"
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={<IconButton icon="more" label="Message actions" size={18} tabIndex={reachIndex} />}
    >
      {pending.status === "failed" && (
        <MenuItem onSelect={() => conversation.resend(pending.clientId)}>Send again</MenuItem>
      )}
      <MenuItem isDanger onSelect={() => conversation.discard(pending.clientId)}>
        Discard
      </MenuItem>
    </Menu>
  );
}
