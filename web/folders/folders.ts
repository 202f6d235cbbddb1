/** Owns the user's folders of chats: lists under a name, which all devices of the user have. Which chats are in one is worked out here. */
import { t } from "@lingui/core/macro";
import { type Folder, limits, type Summary } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";

export type FolderRule = NonNullable<Folder["rules"]>[number];

export const foldersMax: number = limits.foldersMax;
export const folderChatsMax: number = limits.folderConversationsMax;

const fits: Readonly<Record<FolderRule, (row: Summary) => boolean>> = {
  unread: ({ unread, markedUnread }) => unread > 0 || markedUnread,
  mentions: ({ mentionsUnread }) => mentionsUnread > 0,
  dms: ({ kind }) => kind === "dm",
  groups: ({ kind }) => kind === "group",
};

/** Whether a chat is in a folder: it is named there, or of one of its kinds. */
export function folderHolds({ conversationIds, rules = [] }: Folder): (row: Summary) => boolean {
  const named = new Set<string>(conversationIds);
  return (row) => named.has(row.conversationId) || rules.some((rule) => fits[rule](row));
}

export function ruleTexts(): readonly (readonly [FolderRule, string])[] {
  return [
    ["unread", t`Chats with unread messages`],
    ["mentions", t`Chats in which you are mentioned`],
    ["dms", t`All direct chats`],
    ["groups", t`All groups`],
  ];
}

const none: readonly Folder[] = [];

export function useFolders(): readonly Folder[] {
  return useObservable(useAccount().settings)?.folders ?? none;
}

/** The list with one folder put in: in the place of the one with its id, or behind all. */
export function withFolder(folders: readonly Folder[], folder: Folder): Folder[] {
  const isThere = folders.some(({ id }) => id === folder.id);
  return isThere ? folders.map((each) => (each.id === folder.id ? folder : each)) : [...folders, folder];
}

/** The list with a folder one place further up. */
export function movedUp(folders: readonly Folder[], id: string): Folder[] {
  const at = folders.findIndex((folder) => folder.id === id);
  const folder = folders[at];
  if (folder === undefined || at === 0) return [...folders];
  return [...folders.slice(0, at - 1), folder, ...folders.slice(at - 1, at), ...folders.slice(at + 1)];
}

/** The folder with a chat put in, or taken out. */
export function withChat(folder: Folder, conversationId: Summary["conversationId"], isIn: boolean): Folder {
  const others = folder.conversationIds.filter((id) => id !== conversationId);
  return { ...folder, conversationIds: isIn ? [...others, conversationId] : others };
}

/** Not by `randomUUID`, which pages on plain http lack. */
export function newFolderId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
