import { expect, test } from "vitest";
import type { Folder, Summary } from "parley-sdk";
import { filtered, presentFilter } from "../../../web/conversations/list/list-filter.ts";

const row = (conversationId: string, more: Partial<Summary>): Summary =>
  // Only what is looked at.
  ({ conversationId, kind: "dm", unread: 0, markedUnread: false, ...more }) as never;

test("[W52] a filter leaves in the list what it names, and the chat on screen while it is being read", () => {
  const rows = [row("a", { unread: 2 }), row("b", { kind: "group" }), row("c", { markedUnread: true }), row("d", {})];
  const ids = (by: "all" | "unread" | "groups", openId: string | null = null) =>
    filtered(rows, { by }, openId, []).map(({ conversationId }) => conversationId);
  expect(ids("all")).toEqual(["a", "b", "c", "d"]);
  expect(ids("unread")).toEqual(["a", "c"]);
  expect(ids("unread", "d")).toEqual(["a", "c", "d"]);
  expect(ids("groups", "d")).toEqual(["b"]);
});

test("[W120] a folder shows its chats, and one that is gone shows all", () => {
  const folders: readonly Folder[] = [{ id: "f", name: "F", conversationIds: ["b", "x"] as never }];
  const rows = [row("a", {}), row("b", {}), row("c", {})];
  const ids = (openId: string | null) =>
    filtered(rows, { by: "folder", id: "f" }, openId, folders).map(({ conversationId }) => conversationId);
  expect(ids(null)).toEqual(["b"]);
  expect(ids("c")).toEqual(["b", "c"]);
  expect(presentFilter({ by: "folder", id: "f" }, folders)).toEqual({ by: "folder", id: "f" });
  expect(presentFilter({ by: "folder", id: "gone" }, folders)).toEqual({ by: "all" });
});
