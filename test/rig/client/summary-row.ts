/** A row of the inbox, for tests that need only a few of its fields. */
import type { Summary } from "../../../client/index.ts";
import { summary as summaryForm } from "../../../schema/wire/inbox.ts";

export function row(id: string, version: number, more: Partial<Record<keyof Summary, unknown>> = {}): Summary {
  return summaryForm.parse({
    conversationId: id,
    kind: "group",
    title: id,
    head: { seq: 0, rev: 1, at: version },
    lastMessage: null,
    unread: 0,
    mentionsUnread: 0,
    read: 0,
    markedUnread: false,
    mutedUntil: null,
    notify: "all",
    pinned: false,
    archived: false,
    draft: "",
    role: "member",
    left: false,
    version,
    ...more,
  });
}
