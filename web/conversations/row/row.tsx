/** Owns one row of the inbox: title, latest message, time, and the number of unread messages as the server counts them. */
import { unreadBadge, unreadText } from "../../texts/counts.ts";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type JSX, memo, useRef } from "react";
import { type Summary } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { hashOf } from "../../navigation/route.ts";
import { Avatar } from "../../names/avatar.tsx";
import { LineText } from "../../names/line-text.tsx";
import { shortNameOf, titleOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { PersonAvatar } from "../../people/person-avatar.tsx";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { useLongPress } from "../../browser/long-press.ts";
import { isWithin } from "../../browser/within.ts";
import { messageLine } from "../../media/line.ts";
import { shortTime } from "../../texts/time.ts";
import { RowMark } from "./row-mark.tsx";
import { RowMenu, type RowMenuControl } from "./row-menu.tsx";
import { TypingText, useTyping } from "./row-typing.tsx";

interface RowProps {
  readonly row: Summary;
  readonly isOpen: boolean;
  readonly now: number;
  /** False in a list in which the arrow keys lead from row to row, for all rows but one. */
  readonly isTabStop?: boolean;
}

export const ConversationRow = memo(function ConversationRow({
  row,
  isOpen,
  now,
  isTabStop = true,
}: RowProps): JSX.Element {
  const account = useAccount();
  const menu = useRef<RowMenuControl>(null);
  const openMenu = () => menu.current?.openMenu();
  const longPress = useLongPress(openMenu);
  const title = titleOf(row, account.userId);
  const isMuted = row.mutedUntil !== null && row.mutedUntil > now;
  const isUnread = row.unread > 0 || row.markedUnread;
  const at = row.lastMessage?.sentAt ?? row.head.at;

  return (
    <div
      className="row"
      data-testid="conversation-row"
      data-unread={row.unread}
      data-selected={isOpen}
      onPointerEnter={() => menu.current?.show()}
      onContextMenu={(event) => {
        if (!isWithin(event)) return;
        event.preventDefault();
        openMenu();
      }}
      {...longPress}
    >
      <a
        className="row-link"
        href={hashOf({ at: "conversation", conversationId: row.conversationId })}
        aria-current={isOpen ? "page" : undefined}
        tabIndex={isTabStop ? 0 : -1}
      >
        {row.peer === undefined ? (
          <Avatar id={row.conversationId} name={title} url={row.avatarUrl} />
        ) : (
          <PersonAvatar userId={row.peer.id} name={title} url={row.peer.avatarUrl} />
        )}
        <span className="row-text">
          <span className="row-line">
            <bdi className={isUnread ? "row-title row-title-unread" : "row-title"}>{title}</bdi>
            <time className="row-time" dateTime={new Date(at).toISOString()}>
              {shortTime(at, now)}
            </time>
          </span>
          <span className="row-line">
            <span className={isUnread ? "row-preview row-preview-unread" : "row-preview"}>
              <Preview row={row} isOpen={isOpen} />
            </span>
            {isMuted && <RowIcon name="bellOff" label={t`Muted`} />}
            {row.pinned && <RowIcon name="pin" label={t`Pinned`} />}
            {isUnread && <UnreadBadge row={row} isMuted={isMuted} />}
          </span>
        </span>
      </a>
      <RowMenu control={menu} row={row} title={title} isTabStop={isTabStop} />
    </div>
  );
});

function RowIcon({ name, label }: { name: IconName; label: string }): JSX.Element {
  return (
    <span title={label}>
      <Icon name={name} size={15} />
      <span className="sr-only">{label}</span>
    </span>
  );
}

/** The one badge of a row: a number, with "@" before it where the user is mentioned; a dot where the row is only marked as unread. */
function UnreadBadge({ row, isMuted }: { row: Summary; isMuted: boolean }): JSX.Element {
  const { unread, mentionsUnread } = row;
  const isMention = mentionsUnread > 0;
  // A mention is shown like one, also where the chat is muted.
  const kind = ["badge", isMention ? "badge-mention" : isMuted ? "badge-quiet" : "", unread > 0 ? "" : "badge-dot"];
  return (
    <span className={kind.filter((each) => each !== "").join(" ")}>
      {isMention && (
        <span role="img" aria-label={t`You are mentioned`}>
          @
        </span>
      )}
      <span role="img" aria-label={unread > 0 ? unreadText(unread) : t`Marked unread`}>
        {unread > 0 ? unreadBadge(unread) : ""}
      </span>
    </span>
  );
}

/** What stands where no message is shown. Marks: the user may have hidden the newest ones from themself. */
function emptyText({ head, cleared, marksVersion }: Summary): string {
  if (head.seq === 0) return t`No messages yet`;
  return cleared === undefined && marksVersion === undefined ? t`You joined` : t`No messages to show`;
}

function Preview({ row, isOpen }: { row: Summary; isOpen: boolean }): JSX.Element {
  const account = useAccount();
  const last = row.lastMessage;
  const isByOther = last !== null && last.senderId !== account.userId;
  const sender = usePerson(isByOther && row.kind === "group" ? last.senderId : undefined);
  const typing = useTyping(row.conversationId);
  // The chat on screen says it itself.
  if (typing.length > 0 && !isOpen) return <TypingText userIds={typing} isGroup={row.kind === "group"} />;
  if (row.draft !== "" && !isOpen)
    return (
      <>
        <span className="row-draft">{t({ message: "Draft:", comment: "Stands before the text of a draft" })}</span>{" "}
        <bdi>
          <LineText text={row.draft} />
        </bdi>
      </>
    );
  if (row.left) return <i>{t`You are no longer a member`}</i>;
  // A row does not show messages from before the user joined.
  if (last === null) return <i>{emptyText(row)}</i>;
  // The name has a direction of its own, the sign behind it that of the page.
  const name = <bdi>{shortNameOf(sender)}</bdi>;
  const by = isByOther ? <Trans comment="Stands before the text of a message">{name}:</Trans> : <span>{t`You:`}</span>;
  return (
    <>
      {!isByOther && !last.unsent && <RowMark row={row} seq={last.seq} />}
      {isByOther && sender === undefined ? null : by}{" "}
      {last.unsent ? (
        <i>{t`Message unsent`}</i>
      ) : (
        <bdi>
          <LineText text={messageLine({ text: last.preview, attachments: last.attachments })} />
        </bdi>
      )}
    </>
  );
}
