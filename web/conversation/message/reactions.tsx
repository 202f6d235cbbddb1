/** Owns the reactions under a message, and the button that adds one. */
import { Popover } from "radix-ui";
import { type JSX, useState } from "react";
import type { Message } from "../../../client/index.ts";
import { useAccount } from "../../accounts/account-context.ts";
import { nameOf } from "../../people/names.ts";
import { IconButton } from "../../ui/button.tsx";
import { returnFocus } from "../../ui/focus.ts";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";

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

export function Reactions({ message }: { message: Message }): JSX.Element | null {
  const account = useAccount();
  const { memberOf, canWrite } = useActions();
  const react = useReact(message);
  if (message.reactions.length === 0) return null;
  return (
    <div className="reactions" role="group" aria-label="Reactions">
      {message.reactions.map(({ emoji, userIds }) => {
        const names = userIds.map((id) => (id === account.userId ? "You" : nameOf(memberOf(id)))).join(", ");
        return (
          <button
            key={emoji}
            type="button"
            className="reaction"
            tabIndex={-1}
            disabled={!canWrite}
            aria-pressed={userIds.some((id) => id === account.userId)}
            aria-label={`${emoji} ${userIds.length}: ${names}`}
            title={names}
            onClick={() => react(emoji)}
          >
            {emoji}
            {userIds.length > 1 && <span className="reaction-count">{userIds.length}</span>}
          </button>
        );
      })}
    </div>
  );
}

export function ReactButton({ message }: { message: Message }): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const react = useReact(message);
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <IconButton icon="smile" label="React" size={18} tabIndex={-1} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="emoji-grid"
          side="top"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Reactions"
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
