import { expect, test } from "vitest";
import type { Summary } from "parley-sdk";
import { filtered } from "../../../web/conversations/list-filter.ts";

const row = (conversationId: string, more: Partial<Summary>): Summary =>
  // Only what is looked at.
  ({ conversationId, kind: "dm", unread: 0, markedUnread: false, ...more }) as never;

test("[W52] a filter leaves in the list what it names, and the chat on screen while it is being read", () => {
  const rows = [row("a", { unread: 2 }), row("b", { kind: "group" }), row("c", { markedUnread: true }), row("d", {})];
  const ids = (by: "all" | "unread" | "groups", openId: string | null = null) =>
    filtered(rows, { by }, openId).map(({ conversationId }) => conversationId);
  expect(ids("all")).toEqual(["a", "b", "c", "d"]);
  expect(ids("unread")).toEqual(["a", "c"]);
  expect(ids("unread", "d")).toEqual(["a", "c", "d"]);
  expect(ids("groups", "d")).toEqual(["b"]);
});
