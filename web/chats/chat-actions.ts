/**
 * Owns what a user does with a whole chat, wherever it is offered: mute, pin, archive, mark as unread. Only the user sees these. What hides a chat or makes it
 * silent can be undone for a moment, because it easily happens by mistake.
 */
import { t } from "@lingui/core/macro";
import { useCallback } from "react";
import { mutedForEver, type Summary, type SummaryPatch } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../browser/observe.ts";
import { useAttempt, useSay } from "../ui/toast.tsx";

export interface ChatActions {
  readonly isMuted: boolean;
  /** False where nothing is ever notified: in a chat with oneself, and in a group that was left. */
  readonly canMute: boolean;
  readonly isUnread: boolean;
  /** null: for ever. */
  readonly mute: (ms: number | null) => void;
  readonly unmute: () => void;
  readonly setPinned: (isPinned: boolean) => void;
  readonly setArchived: (isArchived: boolean) => void;
  readonly setUnread: (isUnread: boolean) => void;
  readonly patch: (change: SummaryPatch) => void;
}

/** The actions with a chat whose row is at hand. They are those of the row as it was given: ask again for a row that changed. */
export type ChatActionsOf = (row: Summary, now: number) => ChatActions;

export function useChatActionsOf(): ChatActionsOf {
  const account = useAccount();
  const attempt = useAttempt();
  const say = useSay();
  return useCallback(
    (row, now) => {
      const { conversationId, mutedUntil, pinned, archived } = row;
      const patch = (change: SummaryPatch) => attempt(() => account.inbox.patch(conversationId, change));
      /** Says so at once: without network the change is shown, too, and sent later. */
      const patchUndoably = (change: SummaryPatch, before: SummaryPatch, done: string) => {
        patch(change);
        say(done, () => patch(before));
      };
      const setUnread = (isUnread: boolean) => {
        if (isUnread) return patch({ markedUnread: true });
        if (row.markedUnread) patch({ markedUnread: false });
        if (row.unread > 0) account.conversation(conversationId).markRead(row.head.seq);
      };
      return {
        isMuted: mutedUntil !== null && mutedUntil > now,
        canMute: !row.left && (row.kind === "group" || (row.peer?.id ?? account.userId) !== account.userId),
        isUnread: row.unread > 0 || row.markedUnread,
        mute: (ms) =>
          patchUndoably(
            { mutedUntil: ms === null ? mutedForEver : account.presence.now() + ms },
            { mutedUntil },
            t`The chat is muted.`,
          ),
        unmute: () => patchUndoably({ mutedUntil: null }, { mutedUntil }, t`The chat is not muted any more.`),
        setPinned: (isPinned) => patch({ pinned: isPinned }),
        setArchived: (isArchived) =>
          // Archiving does not end a pin, but the server may: both come back.
          patchUndoably(
            { archived: isArchived },
            { archived, pinned },
            isArchived ? t`The chat is archived.` : t`The chat is back in the list.`,
          ),
        setUnread,
        patch,
      };
    },
    [account, attempt, say],
  );
}

/** The same for a component that shows one chat. */
export function useChatActions(row: Summary): ChatActions {
  const now = useNow(60_000, useAccount().presence.now);
  return useChatActionsOf()(row, now);
}
