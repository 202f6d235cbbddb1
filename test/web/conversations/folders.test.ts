import { expect, test } from "vitest";
import type { Folder, Summary } from "parley-sdk";
import { folderHolds, movedUp, withChat, withFolder } from "../../../web/folders/folders.ts";

/** Only what is looked at. */
const row = (conversationId: string, more: Partial<Summary> = {}): Summary =>
  ({ conversationId, kind: "dm", unread: 0, markedUnread: false, mentionsUnread: 0, ...more }) as never;
const folder = (id: string, more: Partial<Folder> = {}): Folder => ({ id, name: id, conversationIds: [], ...more });
const idsOf = (folders: readonly Folder[]) => folders.map(({ id }) => id);

test("[W120] a folder holds the chats that it names, and those of its kinds", () => {
  const rows = [
    row("a"),
    row("b", { kind: "group" }),
    row("c", { unread: 2 }),
    row("d", { kind: "group", mentionsUnread: 1, unread: 1 }),
    row("e", { markedUnread: true }),
  ];
  const held = (each: Folder) => rows.filter(folderHolds(each)).map(({ conversationId }) => conversationId);
  expect(held(folder("none"))).toEqual([]);
  expect(held(folder("named", { conversationIds: ["a", "d"] as never }))).toEqual(["a", "d"]);
  expect(held(folder("unread", { rules: ["unread"] }))).toEqual(["c", "d", "e"]);
  expect(held(folder("mentions", { rules: ["mentions"], conversationIds: ["b"] as never }))).toEqual(["b", "d"]);
  expect(held(folder("kinds", { rules: ["dms", "groups"] }))).toEqual(["a", "b", "c", "d", "e"]);
});

test("[W120] folders keep their order when one is changed, put in or moved up", () => {
  const folders = [folder("one"), folder("two"), folder("three")];
  expect(idsOf(withFolder(folders, folder("two", { name: "second" })))).toEqual(["one", "two", "three"]);
  expect(idsOf(withFolder(folders, folder("four")))).toEqual(["one", "two", "three", "four"]);
  expect(idsOf(movedUp(folders, "three"))).toEqual(["one", "three", "two"]);
  expect(idsOf(movedUp(folders, "one"))).toEqual(["one", "two", "three"]);
  expect(withChat(folder("f", { conversationIds: ["a"] as never }), "a" as never, true).conversationIds).toEqual(["a"]);
  expect(withChat(folder("f", { conversationIds: ["a"] as never }), "a" as never, false).conversationIds).toEqual([]);
});
