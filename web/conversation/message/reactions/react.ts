/** Owns adding and removing the user's reaction to a message. */
import type { Message } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { afterFeedback } from "../../../browser/after-frame.ts";
import { noteUsed } from "../../../emoji/recent.ts";
import { useAttempt } from "../../../ui/toast.tsx";
import { useActions } from "../../actions.ts";

/** Adds the user's reaction to a message, or removes it if it is there. */
export function useReact(message: Message): (emoji: string) => void {
  const account = useAccount();
  const { conversation } = useActions();
  const attempt = useAttempt();
  return (emoji) => {
    const users = message.reactions.find((each) => each.emoji === emoji)?.userIds ?? [];
    const isOn = users.some((id) => id === account.userId);
    if (!isOn) noteUsed(account.userId, emoji);
    // The picker, or the menu, closes in the frame before.
    afterFeedback(() => attempt(() => conversation.react(message.seq, emoji, !isOn)));
  };
}
