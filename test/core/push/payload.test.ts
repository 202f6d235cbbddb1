import fc from "fast-check";
import { expect, test } from "vitest";
import { labelsOf } from "../../../core/media/labels.ts";
import { fitPayload, payloadOf, type PushFacts, shortPayload, tagOf } from "../../../core/push/payload.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { pushing } from "../../../schema/push-limits.ts";
import { pushPayload } from "../../../schema/wire/push.ts";

const facts: PushFacts = {
  userId: "u_ana" as UserId,
  conversationId: "g_1" as ConversationId,
  seq: 7,
  senderId: "u_bo" as UserId,
  senderName: "Bo",
  sentAt: 1_764_331_200_000,
  count: null,
  isDirect: true,
  title: null,
  body: "hello",
  isHidden: false,
  badge: 3,
  locale: "en",
};
const group = { ...facts, isDirect: false, title: "Hiking" };
const shared = { userId: "u_ana", conversationId: "g_1", seq: 7, badge: 3, at: 1_764_331_200_000 };

test("a push says who wrote what, and for which account", () => {
  expect(payloadOf(facts)).toEqual({ type: "message", ...shared, senderId: "u_bo", title: "Bo", body: "hello" });
  expect(payloadOf({ ...facts, title: "Bo Smith" })).toMatchObject({ title: "Bo Smith", body: "hello" });
  expect(payloadOf(group)).toMatchObject({ type: "message", title: "Hiking", body: "Bo: hello" });
  expect(payloadOf({ ...group, senderName: null })).toMatchObject({ title: "Hiking", body: "hello" });
  expect(payloadOf({ ...facts, senderName: "" })).toMatchObject({ title: "Parley", body: "hello" });
  expect(payloadOf({ ...group, count: 12, locale: "en-GB" })).toEqual({
    type: "summary",
    ...shared,
    count: 12,
    title: "Hiking",
    body: "12 new messages",
  });
  expect(payloadOf({ ...group, count: 1, locale: "xx" })).toMatchObject({ body: "1 new message" });
  expect(payloadOf({ ...group, count: 2, locale: "constructor" })).toMatchObject({ body: "2 new messages" });
  expect(tagOf(facts)).toBe("g_1:7");
});

test("[N15] without preview a push has neither text nor names, and all that is no name", () => {
  for (const hidden of [facts, group, { ...group, count: 4 }]) {
    const payload = payloadOf({ ...hidden, isHidden: true });
    expect(payload).toMatchObject({ ...shared, title: "Parley", body: "" });
    expect(JSON.stringify(payload)).not.toMatch(/Bo|Hiking|hello/);
  }
});

const picture = { kind: "image" as const, name: "cat.png" };

test("[S25] a push names what a message has attached, but not without preview and not in a summary", () => {
  const attachments = [picture, { kind: "file" as const, name: "a.zip" }];
  expect(payloadOf({ ...facts, body: "", attachments })).toMatchObject({ body: "", attachments });
  expect(payloadOf({ ...facts, attachments: [] })).not.toHaveProperty("attachments");
  expect(payloadOf({ ...facts, attachments, isHidden: true })).not.toHaveProperty("attachments");
  expect(payloadOf({ ...group, attachments, count: 3 })).not.toHaveProperty("attachments");
});

test("[S25] with attachments, too, a payload fits the services: names are cut first, then the body, and at last they go", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 255 });
  const attachments = fc.array(
    name.map((named) => ({ ...picture, name: named })),
    { minLength: 1, maxLength: 20 },
  );
  const body = fc.string({ unit: "grapheme", maxLength: 400 });
  const bytesMax = fc.constantFrom(pushing.payloadBytesMax, pushing.fcmPayloadBytesMax);
  fc.assert(
    fc.property(attachments, body, bytesMax, (attached, said, max) => {
      const whole = payloadOf({ ...facts, body: said, attachments: labelsOf(attached) });
      const fitted = fitPayload(whole, max);
      expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(max);
      expect(pushPayload.parse(fitted)).toEqual(fitted);
      if (Buffer.byteLength(JSON.stringify(whole)) <= max) expect(fitted).toEqual(whole);
      expect(shortPayload(fitted)).not.toHaveProperty("attachments");
    }),
  );
});

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 4_000 }),
  fc
    .array(fc.constantFrom('"', "\\", "\n", "a", "é", "中", "😀", "\u0001"), { maxLength: 4_000 })
    .map((all) => all.join("")),
);

test("a payload that is cut stays within its bytes, is cut between code points, and says that it is cut", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 400, max: 3_000 }), (body, bytesMax) => {
      const payload = payloadOf({ ...facts, body: body.toWellFormed() });
      const fitted = fitPayload(payload, bytesMax);
      const json = JSON.stringify(fitted);
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(bytesMax);
      expect(json.isWellFormed()).toBe(true);
      expect(pushPayload.parse(JSON.parse(json))).toEqual(fitted);
      if (fitted.body === payload.body) return;
      expect(fitted.body.endsWith("…")).toBe(true);
      expect(payload.body.startsWith(fitted.body.slice(0, -1))).toBe(true);
      // No more is cut than must be.
      expect(Buffer.byteLength(json)).toBeGreaterThan(bytesMax - 13);
    }),
  );
  expect(shortPayload(payloadOf(facts))).toEqual({ ...payloadOf(facts), body: "" });
});
