import { expect, test } from "vitest";
import { readPayload, readPlace, tagOf } from "../../../web/pushes/payload.ts";

const push = {
  ...{ type: "message", userId: "u1", conversationId: "c1", seq: 7, senderId: "u2", title: "Ana", body: "hi" },
  ...{ badge: 3, at: 1_800_000_000_000 },
};

test("a push is read, and named so that the same message has the same notification", () => {
  const read = readPayload(JSON.stringify(push));
  expect(read).toEqual({
    ...{ kind: "message", userId: "u1", conversationId: "c1", seq: 7, title: "Ana", body: "hi" },
    ...{ badge: 3, at: 1_800_000_000_000 },
  });
  if (read === undefined) throw new Error("It was not read");
  expect(tagOf(read)).toBe("u1/c1/7");
  expect(tagOf({ ...read, userId: "u3" })).not.toBe(tagOf(read));
});

test("a newer summary of a conversation takes the place of an older one", () => {
  const tags = [5, 9].map((seq) => readPayload(JSON.stringify({ ...push, type: "summary", seq, count: 4 })));
  expect(new Set(tags.map((each) => (each === undefined ? "" : tagOf(each)))).size).toBe(1);
});

test.each([
  "",
  "not json",
  "null",
  "[]",
  JSON.stringify({ ...push, type: "of a later server" }),
  JSON.stringify({ ...push, seq: "7" }),
  JSON.stringify({ ...push, title: undefined }),
  JSON.stringify({ ...push, userId: null }),
])("%j is no push", (text) => {
  expect(readPayload(text)).toBeUndefined();
});

test("a push without texts, and with fields that are wrong, is still one", () => {
  expect(readPayload(JSON.stringify({ ...push, body: null, badge: -1 }))).toMatchObject({ body: "", badge: 0 });
  expect(readPlace({ userId: "u1", conversationId: "c1" })).toBeUndefined();
});
