/** Owns the menu of a message. A pointer, a long press and the keyboard open the same menu. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Message, PendingMessage, ReportAbout } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useOpenDialog } from "../../navigation/open-dialog.ts";
import { messageLink } from "../../navigation/route.ts";
import { IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { copyText } from "../../browser/copy.ts";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { download } from "./attachments/address.ts";
import { useHide } from "../selecting/hide.ts";
import { useReachIndex } from "./reach.ts";
import { useIsStarred } from "./starred.ts";
import { EmojiChoice } from "./reactions/emoji-choice.tsx";
import { useReact } from "./reactions/react.ts";

interface OpenProps {
  /** Whether its button is seen. */
  readonly isSeen: boolean;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

interface MessageMenuProps extends OpenProps {
  readonly message: Message;
  /** Opens the picker of all emoji. */
  readonly onReact: () => void;
}

export function MessageMenu({ message, isSeen, isOpen, onOpenChange, onReact }: MessageMenuProps): JSX.Element {
  const reachIndex = useReachIndex();
  return (
    <Menu
      label={t`Message actions`}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={<IconButton icon={isSeen ? "more" : null} label={t`Message actions`} size={18} tabIndex={reachIndex} />}
    >
      {() => <MessageItems message={message} onReact={onReact} />}
    </Menu>
  );
}

/** Rendered only while the menu is open: each message on screen has one. */
function MessageItems({ message, onReact }: Pick<MessageMenuProps, "message" | "onReact">): JSX.Element {
  const account = useAccount();
  const { conversation, details, isGroup, canWrite, canSend, mayPin, reply, edit, ask, selected } = useActions();
  const attempt = useAttempt();
  const react = useReact(message);
  const hide = useHide();
  const openDialog = useOpenDialog();
  const isOwn = message.senderId === account.userId;
  const isUnsent = message.unsentAt !== null;
  const rules = isGroup && details !== undefined && details.me.role !== "member";
  const isPinned = details?.pinned?.includes(message.seq) === true;
  const isStarred = useIsStarred(message.seq);
  const pin = () => (isPinned ? conversation.unpin(message.seq) : conversation.pin(message.seq));
  const star = () => (isStarred ? conversation.unstar(message.seq) : conversation.star(message.seq));
  const copy = async () => {
    const whole = message.truncated === true ? await conversation.loadFullMessage(message.seq) : message;
    await copyText(whole.text);
  };
  const save = async () => {
    for (const attachment of message.attachments) await download(account, attachment);
  };

  return (
    <>
      {canWrite && !isUnsent && (
        <>
          <EmojiChoice onChoose={react} onMore={onReact} />
          <MenuLine />
        </>
      )}
      {canSend && (
        <MenuItem icon="reply" onSelect={() => reply(message)}>
          {t({ message: "Reply", context: "verb" })}
        </MenuItem>
      )}
      {!isUnsent && (
        <MenuItem icon="forward" onSelect={() => ask({ kind: "forward", messages: [message] })}>
          {t({ message: "Forward", context: "verb" })}
        </MenuItem>
      )}
      {!isUnsent && message.text !== "" && (
        <MenuItem icon="copy" onSelect={() => attempt(copy, t`Copied`)}>
          {t`Copy text`}
        </MenuItem>
      )}
      {canWrite && isOwn && message.poll?.closedAt === null && (
        <MenuItem icon="poll" onSelect={() => ask({ kind: "close-poll", message })}>
          {t`Close the poll`}
        </MenuItem>
      )}
      {canWrite && isOwn && !isUnsent && message.poll === undefined && (
        <MenuItem icon="edit" onSelect={() => edit(message)}>
          {t({ message: "Edit", context: "verb" })}
        </MenuItem>
      )}
      {!isUnsent && (
        <MenuItem icon="select" onSelect={() => selected.begin(message)}>
          {t({ message: "Select", context: "verb" })}
        </MenuItem>
      )}
      {!isUnsent && (
        <MenuItem icon={isStarred ? "starOff" : "star"} onSelect={() => attempt(star)}>
          {isStarred ? t`Take the star away` : t({ message: "Star", context: "verb" })}
        </MenuItem>
      )}
      {mayPin && !isUnsent && (
        <MenuItem icon={isPinned ? "pinOff" : "pin"} onSelect={() => attempt(pin)}>
          {isPinned ? t`Unpin` : t({ message: "Pin", context: "verb", comment: "For all who are in the chat" })}
        </MenuItem>
      )}
      {message.attachments.length > 0 && (
        <MenuItem icon="download" onSelect={() => attempt(save)}>
          {t`Download`}
        </MenuItem>
      )}
      <MenuItem
        icon="link"
        onSelect={() => attempt(() => copyText(messageLink(message.conversationId, message.seq)), t`Copied`)}
      >
        {t`Copy link`}
      </MenuItem>
      <MenuItem icon="details" onSelect={() => ask({ kind: "details", message })}>
        {t`Message details`}
      </MenuItem>
      <MenuLine />
      <MenuItem icon="trash" isDanger onSelect={() => hide([message])}>
        {t`Delete for me`}
      </MenuItem>
      {!isOwn && !isUnsent && (
        <MenuItem
          icon="flag"
          isDanger
          onSelect={() => openDialog({ kind: "report", about: aboutOf(message), personId: message.senderId })}
        >
          {t({ message: "Report", context: "verb" })}
        </MenuItem>
      )}
      {canWrite && (isOwn || rules) && !isUnsent && (
        <MenuItem icon="undo" isDanger onSelect={() => ask({ kind: "unsend", messages: [message] })}>
          {t`Unsend`}
        </MenuItem>
      )}
    </>
  );
}

function aboutOf({ conversationId, seq }: Message): ReportAbout {
  return { kind: "message", conversationId, seq };
}

/** The menu of a message that is not sent. */
export function PendingMenu({
  pending,
  isSeen,
  isOpen,
  onOpenChange,
}: OpenProps & { readonly pending: PendingMessage }): JSX.Element {
  const { conversation } = useActions();
  const reachIndex = useReachIndex();
  return (
    <Menu
      label={t`Message actions`}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={<IconButton icon={isSeen ? "more" : null} label={t`Message actions`} size={18} tabIndex={reachIndex} />}
    >
      {() => (
        <>
          {pending.status === "failed" && (
            <MenuItem onSelect={() => conversation.resend(pending.clientId)}>{t`Send again`}</MenuItem>
          )}
          <MenuItem isDanger onSelect={() => conversation.discard(pending.clientId)}>
            {t`Discard`}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
