import { expect, test } from "vitest";
import { best, fit } from "../../../web/shortcuts/fuzzy.ts";
import { shortcutOf } from "../../../web/shortcuts/shortcuts.ts";
import { nextRow } from "../../../web/shortcuts/use-shortcuts.ts";

const pressed = (key: string, ...held: ("ctrlKey" | "metaKey" | "altKey" | "shiftKey")[]) => ({
  key,
  ...{ ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
  ...Object.fromEntries(held.map((each) => [each, true])),
});

test("[W53] a few letters of a title find it, best what begins so, then the beginnings of words, then any letters in order", () => {
  const titles = ["Walkers", "Harbour walk", "The harbour", "Ahab’s rowing work", "Émile", "東京の港"];
  const found = (typed: string) => best(typed, titles, (title) => [title], 3);
  expect(found("wal")).toEqual(["Walkers", "Harbour walk"]);
  expect(found("hw")).toEqual(["Harbour walk", "Ahab’s rowing work"]);
  expect(found("harb")).toEqual(["Harbour walk", "The harbour"]);
  expect(found("emi")).toEqual(["Émile"]);
  expect(found("京")).toEqual(["東京の港"]);
  expect(found("xyz")).toEqual([]);
  expect(found("")).toEqual(titles.slice(0, 3));
  expect(fit("wh", "Harbour walk")).toBeNull();
});

test("[W53] the keys are those of the system: Control, on a Mac Command; with another key held they mean something else", () => {
  expect(shortcutOf(pressed("k", "ctrlKey"), false)).toBe("switcher");
  expect(shortcutOf(pressed("K", "metaKey"), true)).toBe("switcher");
  expect(shortcutOf(pressed("k", "metaKey"), false)).toBeUndefined();
  expect(shortcutOf(pressed("k", "ctrlKey"), true)).toBeUndefined();
  expect(shortcutOf(pressed("k", "ctrlKey", "shiftKey"), false)).toBeUndefined();
  expect(shortcutOf(pressed("/", "ctrlKey", "shiftKey"), false)).toBe("sheet");
  expect(shortcutOf(pressed("ArrowDown", "altKey"), false)).toBe("nextChat");
  expect(shortcutOf(pressed("ArrowUp", "altKey", "shiftKey"), false)).toBe("previousUnread");
  expect(shortcutOf(pressed("ArrowUp"), false)).toBeUndefined();
});

test("[W53] the keys lead to the next chat and stop at the end, and go round the unread ones", () => {
  const rows = [
    { conversationId: "a", unread: 1, markedUnread: false },
    { conversationId: "b", unread: 0, markedUnread: false },
    { conversationId: "c", unread: 0, markedUnread: true },
    { conversationId: "d", unread: 0, markedUnread: false },
  ];
  const next = (openId: string | null, name: Parameters<typeof nextRow>[2]) =>
    nextRow(rows, openId, name)?.conversationId;
  expect([next(null, "nextChat"), next("a", "nextChat"), next("d", "nextChat")]).toEqual(["a", "b", undefined]);
  expect([next(null, "previousChat"), next("b", "previousChat"), next("a", "previousChat")]).toEqual([
    "d",
    "a",
    undefined,
  ]);
  expect([next("b", "nextUnread"), next("c", "nextUnread"), next("d", "nextUnread")]).toEqual(["c", "a", "a"]);
  expect([next("b", "previousUnread"), next("a", "previousUnread"), next(null, "previousUnread")]).toEqual([
    "a",
    "c",
    "c",
  ]);
});
