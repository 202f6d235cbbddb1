/** Owns the actions that the switcher offers. */
import { t } from "@lingui/core/macro";
import type { Summary } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { type ChatActions, useChatActionsOf } from "../chats/chat-actions.ts";
import { muteChoices } from "../chats/mute-choices.ts";
import { useNow } from "../browser/observe.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { navigate } from "../navigation/route.ts";
import type { IconName } from "../ui/icons.tsx";

export interface SwitcherAction {
  readonly icon: IconName;
  readonly text: string;
  /** Other words by which it is found. */
  readonly words: readonly string[];
  readonly run: () => void;
}

/** `row`: the chat on screen, if there is one. */
export function useSwitcherActions(row: Summary | undefined): readonly SwitcherAction[] {
  const now = useNow(60_000, useAccount().presence.now);
  const openDialog = useOpenDialog();
  const actionsOf = useChatActionsOf();
  // The switcher closes first, and with it the focus returns.
  const later = (run: () => void) => () => void setTimeout(run, 0);
  const ofChat = row === undefined ? [] : chatActions(row, actionsOf(row, now));
  return [
    {
      icon: "group",
      text: t`New group`,
      words: [t({ message: "create", comment: "A word by which “New group” is found" })],
      run: later(() => openDialog({ kind: "new-group" })),
    },
    {
      icon: "link",
      text: t`Join with a link or code`,
      words: [],
      run: later(() => openDialog({ kind: "join", code: "" })),
    },
    ...ofChat,
    { icon: "settings", text: t`Settings`, words: [], run: later(() => openDialog({ kind: "settings" })) },
    {
      icon: "settings",
      text: t`Theme, size of texts, language`,
      words: [],
      run: later(() => openDialog({ kind: "settings", tab: "appearance" })),
    },
    {
      icon: "bell",
      text: t`Notifications and sound`,
      words: [],
      run: later(() => openDialog({ kind: "settings", tab: "notifications" })),
    },
    { icon: "keyboard", text: t`Keyboard shortcuts`, words: [], run: later(() => openDialog({ kind: "shortcuts" })) },
    { icon: "close", text: t`Close the chat`, words: [], run: () => navigate({ at: "inbox" }) },
  ];
}

/** What is done with the chat on screen, by the same actions as everywhere. */
function chatActions(row: Summary, actions: ChatActions): readonly SwitcherAction[] {
  const { isMuted, canMute, isUnread, mute, unmute, setPinned, setArchived, setUnread } = actions;
  const { pinned, archived } = row;
  const muting: readonly SwitcherAction[] = isMuted
    ? [{ icon: "bell", text: t`Unmute this chat`, words: [], run: unmute }]
    : muteChoices().map(({ ms, item }) => ({ icon: "bellOff", text: item, words: [], run: () => mute(ms) }));
  return [
    {
      icon: pinned ? "pinOff" : "pin",
      text: pinned ? t`Unpin this chat` : t`Pin this chat`,
      words: [],
      run: () => setPinned(!pinned),
    },
    {
      icon: archived ? "unarchive" : "archive",
      text: archived ? t`Unarchive this chat` : t`Archive this chat`,
      words: [],
      run: () => setArchived(!archived),
    },
    ...(canMute ? muting : []),
    {
      icon: isUnread ? "check" : "mail",
      text: isUnread ? t`Mark this chat as read` : t`Mark this chat as unread`,
      words: [],
      run: () => setUnread(!isUnread),
    },
  ];
}
