/** Owns one message on the screen: the bubble, its menu, and the lines around it. */
import { t } from "@lingui/core/macro";
import { type JSX, memo, useRef, useState } from "react";
import { shortText, type TimelineEntry } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { Avatar } from "../../names/avatar.tsx";
import { hueOf, nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { useLongPress } from "../../browser/long-press.ts";
import { isWithin } from "../../browser/within.ts";
import { clockTime } from "../../texts/time.ts";
import { useActions } from "../actions.ts";
import { useSelecting } from "../selecting/use-selecting.ts";
import { attachmentsText } from "../../media/line.ts";
import { Attachments } from "./attachments/attachments.tsx";
import { PendingAttachments } from "./attachments/pending-attachments.tsx";
import { FailedEdit, FailedLine, HeldUpLine } from "./failed.tsx";
import { Meta } from "./marks.tsx";
import { ReachContext, useReach } from "./reach.ts";
import { PendingPoll, PollView } from "./polls/poll-view.tsx";
import { MessageText } from "./text/message-text.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions/reactions.tsx";
import type { Mark } from "./receipts.ts";
import { SeenBy } from "./seen-by.tsx";
import { useIsStarred } from "./starred.ts";
import { MessageTools, type ToolsControl } from "./tools.tsx";

/** How much of the text is in the message's name for screen readers. */
const saidCharacters = 300;

/** A message that is younger than this when it is first shown comes in by a short motion. */
const arrivingMs = 1_500;

const nobody: readonly string[] = [];

type Written = Extract<TimelineEntry, { kind: "message" | "pending" }>;

interface MessageProps {
  readonly entry: Written;
  readonly isRunStart: boolean;
  readonly isRunEnd: boolean;
  readonly mark: Mark | null;
  /** Whether it is told below it who has read it. */
  readonly isSeenHere: boolean;
  readonly isHighlighted: boolean;
  readonly isTabStop: boolean;
}

export const MessageView = memo(function MessageView(props: MessageProps): JSX.Element {
  const { entry, isRunStart, isRunEnd, isSeenHere, isHighlighted, isTabStop } = props;
  const { conversation, isGroup, showPerson } = useActions();
  const account = useAccount();
  const tools = useRef<ToolsControl>(null);
  const openMenu = () => tools.current?.openMenu();
  const longPress = useLongPress(openMenu);
  const { isReached, handlers } = useReach();
  const reachIndex = isReached ? 0 : -1;
  const message = entry.kind === "message" ? entry.message : undefined;
  const pending = entry.kind === "pending" ? entry.pending : undefined;
  const selecting = useSelecting(message);
  const isStarred = useIsStarred(message?.seq);
  const edits = useObservable(conversation.edits);
  const edit = message === undefined ? undefined : edits.get(message.seq);
  const isOwn = pending !== undefined || (entry.kind === "message" && entry.isOwn);
  const senderId = isOwn ? undefined : message?.senderId;
  const sender = usePerson(senderId);
  const name = nameOf(sender);
  const at = message?.sentAt ?? pending?.createdAt ?? 0;
  const mark = edit === undefined ? props.mark : edit.status === "failed" ? "failed" : "sending";
  const isUnsent = message !== undefined && message.unsentAt !== null;
  const isEdited = message !== undefined && message.editedAt !== null && !isUnsent;
  const replyTo = message?.replyTo ?? pending?.replyTo ?? null;
  const text = edit?.text ?? message?.text ?? pending?.text ?? "";
  const attachments = message?.attachments ?? pending?.attachments ?? [];
  const written = shortText({ text, poll: message?.poll ?? pending?.poll });
  const said = [attachmentsText(attachments), written.slice(0, saidCharacters)].filter((each) => each !== "").join(" ");
  const unsentText = isOwn ? t`You unsent a message` : t`Message unsent`;
  const isPoll = message?.poll !== undefined || pending?.poll !== undefined;
  const showsText = !isUnsent && !isPoll && (text !== "" || attachments.length === 0);
  const meta = <Meta at={at} isEdited={isEdited} isStarred={isStarred} mark={mark} />;
  const [isArriving] = useState(() => account.presence.now() - at < arrivingMs);

  return (
    <article
      className={classes({
        message: true,
        "message-own": isOwn,
        "message-start": isRunStart,
        "message-end": isRunEnd,
        "message-flash": isHighlighted,
        "message-arriving": isArriving,
        "message-selecting": selecting.isOn,
        "message-picked": selecting.isPicked,
      })}
      data-testid="message"
      data-seq={message?.seq}
      data-mark={mark ?? undefined}
      data-message=""
      tabIndex={isTabStop ? 0 : -1}
      aria-label={spokenText(isOwn ? null : name, isUnsent ? unsentText : said, clockTime(at))}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (selecting.isOn && (event.key === "Enter" || event.key === " ")) selecting.toggle(event.shiftKey);
        else if (event.key === "Enter") openMenu();
        else return;
        event.preventDefault();
      }}
      onPointerEnter={() => tools.current?.show()}
      onClick={(event) => {
        if (selecting.isOn && isWithin(event)) selecting.toggle(event.shiftKey);
      }}
      onMouseDown={(event) => {
        // The browser would select the text in between.
        if (selecting.isOn && isWithin(event)) event.preventDefault();
      }}
      onContextMenu={(event) => {
        if (!isWithin(event)) return;
        // Over a link or a selection the browser shows its own menu.
        if (event.target instanceof Element && event.target.closest("a") !== null) return;
        if (getSelection()?.isCollapsed === false) return;
        event.preventDefault();
        if (!selecting.isOn) openMenu();
      }}
      {...longPress}
      {...handlers}
    >
      {selecting.isOn && message !== undefined && !isUnsent && (
        <input
          type="checkbox"
          className="message-pick"
          aria-label={t({ message: "Select", context: "a message" })}
          tabIndex={reachIndex}
          checked={selecting.isPicked}
          // The click on the message selects it.
          readOnly
        />
      )}
      <ReachContext value={isReached}>
        <div className={!isOwn && isGroup ? "message-column message-column-with-avatar" : "message-column"}>
          <div className="message-line">
            {isRunEnd && isGroup && senderId !== undefined && (
              <button
                type="button"
                className="message-avatar"
                tabIndex={reachIndex}
                aria-label={t`Profile of ${name}`}
                onClick={() => showPerson(senderId)}
              >
                <Avatar id={senderId} name={name} url={sender?.avatarUrl} size="small" />
              </button>
            )}
            <div className={isUnsent ? "bubble bubble-unsent" : "bubble"}>
              {senderId !== undefined && isGroup && isRunStart && (
                <bdi className={`message-sender hue-${hueOf(senderId)}`}>{name}</bdi>
              )}
              {replyTo !== null && !isUnsent && <Quote seq={replyTo} />}
              {message !== undefined && message.attachments.length > 0 && <Attachments message={message} />}
              {pending !== undefined && pending.attachments.length > 0 && <PendingAttachments pending={pending} />}
              {isUnsent && (
                <div className="message-body message-body-lines">
                  <p className="message-text">{unsentText}</p>
                  {meta}
                </div>
              )}
              {showsText && (
                <MessageText
                  text={text}
                  mentions={message?.mentions ?? pending?.mentions ?? nobody}
                  mentionsAll={message?.mentionsAll === true}
                  meta={meta}
                  {...(message === undefined || edit !== undefined ? {} : { message })}
                />
              )}
              {message?.poll !== undefined && <PollView message={message} poll={message.poll} meta={meta} />}
              {pending?.poll !== undefined && <PendingPoll poll={pending.poll} meta={meta} />}
              {!isUnsent && !isPoll && !showsText && meta}
            </div>
            <MessageTools control={tools} message={message} pending={pending} />
          </div>
          {message !== undefined && <Reactions message={message} />}
          {pending?.status === "failed" && <FailedLine pending={pending} />}
          {pending?.status === "waiting" && <HeldUpLine pending={pending} />}
          {edit?.status === "failed" && <FailedEdit edit={edit} isUnsent={isUnsent} />}
          {message !== undefined && isSeenHere && <SeenBy message={message} />}
        </div>
      </ReachContext>
    </article>
  );
});

/** The name of a message for screen readers. */
function spokenText(name: string | null, text: string, time: string): string {
  return name === null
    ? t({ message: `You: ${text}, ${time}`, comment: "Said by screen readers: an own message, and when it was sent" })
    : t({
        message: `${name}: ${text}, ${time}`,
        comment: "Said by screen readers: the sender, the message, and when it was sent",
      });
}

function classes(on: Readonly<Record<string, boolean>>): string {
  return Object.keys(on)
    .filter((name) => on[name])
    .join(" ");
}
