/** Owns the reactions under a message, and the button that adds one. */
import { listText, numberText } from "../../texts/formats.ts";
import { plural, t } from "@lingui/core/macro";
import { Popover } from "radix-ui";
import { type JSX, useMemo, useState } from "react";
import type { Message, Reaction } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useNames } from "../../people/people.ts";
import { IconButton } from "../../ui/button.tsx";
import { returnFocus } from "../../ui/focus.ts";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { useReachIndex } from "./reach.ts";

export const quickEmoji = ["👍", "❤️", "😂", "😮", "😢", "🎉"] as const;
export const moreEmoji = [
  ...["👍", "👎", "❤️", "🔥", "🎉", "👏", "🙏", "💪", "😂", "🤣", "😊", "😍", "😘", "😎", "🤔", "🙄"],
  ...["😮", "😢", "😭", "😡", "🤯", "😴", "🤝", "👀", "✅", "❌", "💯", "⭐", "🚀", "☕", "🍕", "🌈"],
] as const;

/** Adds the user's reaction to a message, or removes it if it is there. */
export function useReact(message: Message): (emoji: string) => void {
  const account = useAccount();
  const { conversation } = useActions();
  const attempt = useAttempt();
  return (emoji) => {
    const users = message.reactions.find((each) => each.emoji === emoji)?.userIds ?? [];
    const isOn = users.some((id) => id === account.userId);
    attempt(() => conversation.react(message.seq, emoji, !isOn));
  };
}

/** A reaction of more people than this shows their number and no names: the name of each person who has left the conversation must be fetched. */
const namedMax = 10;

export function Reactions({ message }: { message: Message }): JSX.Element | null {
  if (message.reactions.length === 0) return null;
  return (
    <div className="reactions" role="group" aria-label={t`Reactions`}>
      {message.reactions.map((reaction) => (
        <ReactionButton key={reaction.emoji} message={message} reaction={reaction} />
      ))}
    </div>
  );
}

function ReactionButton({ message, reaction }: { message: Message; reaction: Reaction }): JSX.Element {
  const account = useAccount();
  const { canWrite, details } = useActions();
  const react = useReact(message);
  const reachIndex = useReachIndex();
  const { emoji, count: total, userIds } = reaction;
  const isOwn = userIds.some((id) => id === account.userId);
  const others = useMemo(() => userIds.filter((id) => id !== account.userId), [userIds, account]);
  const named = useMemo(() => others.slice(0, namedMax), [others]);
  const more = total - Number(isOwn) - named.length;
  const names = listText([
    ...(isOwn ? [t`You`] : []),
    // Most of them are members. The names of members come with the details.
    ...useNames(named, details !== undefined),
    ...(more === 0 ? [] : [plural(more, { one: "# other", other: "# others" })]),
  ]);
  const count = numberText(total);
  return (
    <button
      type="button"
      className="reaction"
      tabIndex={reachIndex}
      disabled={!canWrite}
      aria-pressed={isOwn}
      aria-label={t({
        message: `${emoji} ${count}: ${names}`,
        comment: "A reaction, how many people chose it, and who",
      })}
      title={names}
      onClick={() => react(emoji)}
    >
      {emoji}
      {total > 1 && <span className="reaction-count">{count}</span>}
    </button>
  );
}

export function ReactButton({ message }: { message: Message }): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const react = useReact(message);
  const reachIndex = useReachIndex();
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <IconButton
          icon="smile"
          label={t({ message: "React", comment: "Adds an emoji to a message" })}
          size={18}
          tabIndex={reachIndex}
        />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="emoji-grid"
          side="top"
          sideOffset={4}
          collisionPadding={8}
          aria-label={t`Reactions`}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocus();
          }}
        >
          {moreEmoji.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="emoji"
              aria-label={emoji}
              onClick={() => {
                setIsOpen(false);
                react(emoji);
              }}
            >
              {emoji}
            </button>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
