/** Owns the actions that the switcher offers. */
import { t } from "@lingui/core/macro";
import { useMemo } from "react";
import { mutedForEver, type SummaryPatch } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { navigate } from "../navigation/route.ts";
import type { IconName } from "../ui/icons.tsx";
import { useAttempt } from "../ui/toast.tsx";

export interface SwitcherAction {
  readonly icon: IconName;
  readonly text: string;
  /** Other words by which it is found. */
  readonly words: readonly string[];
  readonly run: () => void;
}

export function useSwitcherActions(openId: string | null): readonly SwitcherAction[] {
  const account = useAccount();
  const openDialog = useOpenDialog();
  const attempt = useAttempt();
  return useMemo(() => {
    const row = openId === null ? undefined : account.inbox.row(openId);
    const patch = (change: SummaryPatch) => () => {
      if (row !== undefined) attempt(() => account.inbox.patch(row.conversationId, change));
    };
    // The switcher closes first, and with it the focus returns.
    const later = (run: () => void) => () => void setTimeout(run, 0);
    const ofChat: readonly SwitcherAction[] =
      row === undefined
        ? []
        : [
            {
              icon: row.pinned ? "pinOff" : "pin",
              text: row.pinned ? t`Unpin this chat` : t`Pin this chat`,
              words: [],
              run: patch({ pinned: !row.pinned }),
            },
            {
              icon: row.archived ? "unarchive" : "archive",
              text: row.archived ? t`Unarchive this chat` : t`Archive this chat`,
              words: [],
              run: patch({ archived: !row.archived }),
            },
            {
              icon: row.mutedUntil === null ? "bellOff" : "bell",
              text: row.mutedUntil === null ? t`Mute this chat` : t`Unmute this chat`,
              words: [],
              run: patch({ mutedUntil: row.mutedUntil === null ? mutedForEver : null }),
            },
            { icon: "mail", text: t`Mark this chat as unread`, words: [], run: patch({ markedUnread: true }) },
          ];
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
  }, [account, openId, openDialog, attempt]);
}
