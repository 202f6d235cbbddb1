/** Owns which chats a filter above the list leaves in it. */
import type { Folder, Summary } from "parley-sdk";
import { folderHolds } from "../../folders/folders.ts";

export type ListFilter =
  | { readonly by: "all" | "unread" | "groups" }
  /** One of the user's folders. */
  | { readonly by: "folder"; readonly id: string };

/** The filter as it is in force: a folder that is gone shows all chats. */
export function presentFilter(filter: ListFilter, folders: readonly Folder[]): ListFilter {
  return filter.by === "folder" && folders.every(({ id }) => id !== filter.id) ? { by: "all" } : filter;
}

/** The rows that a filter shows. `openId`: the chat on screen stays in the list while it is read, though it is not unread any more. */
export function filtered(
  rows: readonly Summary[],
  filter: ListFilter,
  openId: string | null,
  folders: readonly Folder[],
): readonly Summary[] {
  switch (filter.by) {
    case "all":
      return rows;
    case "unread":
      return rows.filter((row) => isUnread(row) || row.conversationId === openId);
    case "groups":
      return rows.filter(({ kind }) => kind === "group");
    case "folder": {
      const folder = folders.find(({ id }) => id === filter.id);
      if (folder === undefined) return rows;
      const isIn = folderHolds(folder);
      return rows.filter((row) => isIn(row) || row.conversationId === openId);
    }
  }
}

export function isUnread({ unread, markedUnread }: Summary): boolean {
  return unread > 0 || markedUnread;
}
