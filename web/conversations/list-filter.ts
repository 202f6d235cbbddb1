/** Owns which chats a filter above the list leaves in it. */
import type { Summary } from "parley-sdk";

export type ListFilter = { readonly by: "all" | "unread" | "groups" };

/** The rows that a filter shows. `openId`: the chat on screen stays in the list of unread ones while it is read. */
export function filtered(rows: readonly Summary[], { by }: ListFilter, openId: string | null): readonly Summary[] {
  switch (by) {
    case "all":
      return rows;
    case "unread":
      return rows.filter((row) => isUnread(row) || row.conversationId === openId);
    case "groups":
      return rows.filter(({ kind }) => kind === "group");
  }
}

export function isUnread({ unread, markedUnread }: Summary): boolean {
  return unread > 0 || markedUnread;
}
