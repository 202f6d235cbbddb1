/** Owns the texts of notifications. The page keeps them for the service worker, which has no catalog. */
import { t } from "@lingui/core/macro";
import type { Words } from "../pushes/push-store.ts";

export function notificationWords(): Words {
  return {
    newMessage: t({ message: "New message", comment: "A notification whose text is hidden says no more" }),
    newMessages: t({ message: "New messages", comment: "A notification whose text is hidden says no more" }),
    reply: t({ message: "Reply", context: "button of a notification" }),
    replyHint: t({
      message: "Write a reply",
      comment: "Hint in the field of a notification, where a reply is written",
    }),
    markRead: t({ message: "Mark as read", context: "button of a notification" }),
    notSent: t`Your reply was not sent`,
  };
}
