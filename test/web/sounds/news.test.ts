import { expect, test } from "vitest";
import type { Summary } from "parley-sdk";
import { News } from "../../../web/sounds/news.ts";

const row = (id: string, seq: number, more: Partial<Record<keyof Summary, unknown>> = {}): Summary =>
  // Only what is looked at.
  ({
    ...{ conversationId: id, kind: "group", notify: "all", mutedUntil: null, request: false, left: false, read: 0 },
    ...{ unread: seq, mentionsUnread: 0, lastMessage: { seq, senderId: "other", unsent: false } },
    ...more,
  }) as never;

function after(before: readonly Summary[], now: readonly Summary[], isSilent = false): readonly string[] {
  const news = new News("me");
  news.look(before, 0, false);
  return news.look(now, 1_000, isSilent).map(({ conversationId }) => conversationId);
}

test("[W55] a new message of somebody else's sounds, whether its chat is old or new, and an own one does not", () => {
  expect(after([row("a", 1)], [row("a", 2), row("b", 1)])).toEqual(["a", "b"]);
  expect(after([row("a", 1)], [row("a", 1)])).toEqual([]);
  const own = { lastMessage: { seq: 2, senderId: "me", unsent: false } };
  expect(after([row("a", 1)], [row("a", 2, own)])).toEqual([]);
  expect(after([row("a", 1)], [row("a", 2, { read: 2 })])).toEqual([]);
});

test("[W55] muted chats, requests and groups that were left are silent, and of others what the user chose is heard", () => {
  expect(after([row("a", 1)], [row("a", 2, { mutedUntil: 2_000 })])).toEqual([]);
  expect(after([row("a", 1)], [row("a", 2, { mutedUntil: 500 })])).toEqual(["a"]);
  for (const more of [{ request: true }, { left: true }, { notify: "none" }, { notify: "mentions" }])
    expect(after([row("a", 1)], [row("a", 2, more)])).toEqual([]);
  expect(after([row("a", 1)], [row("a", 2, { notify: "mentions", mentionsUnread: 1 })])).toEqual(["a"]);
});

test("[W55] what was there before, and what comes while catching up, is silent, and is not heard later either", () => {
  const news = new News("me");
  expect(news.look([row("a", 5)], 0, false)).toEqual([]);
  expect(news.look([row("a", 6)], 0, true)).toEqual([]);
  expect(news.look([row("a", 6)], 0, false)).toEqual([]);
  expect(news.look([row("a", 7)], 0, false)).toHaveLength(1);
});
