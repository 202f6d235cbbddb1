import fc from "fast-check";
import { expect, test } from "vitest";
import { cursorOf, placeOf } from "../../core/inbox/inbox-row.ts";
import { takeTokens } from "../../core/meters/token-bucket.ts";
import { conversationId } from "../../schema/ids.ts";

test("a cursor names its place; what is no cursor names none", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/), (at, id) => {
      const place = { at, conversationId: conversationId.parse(id) };
      expect(placeOf(cursorOf(place))).toEqual(place);
    }),
  );
  for (const junk of ["", "~", "x", "~g_1", "1~", "1~g~2", "A~g_1", "1~a b", "zzzzzzzzzzzz~g_1"])
    expect(placeOf(junk)).toBeUndefined();
});

test("a bucket gives its burst at once, then its rate, and never more than that", () => {
  const rate = { perSecond: 10, burst: 5 };
  let bucket = takeTokens(undefined, rate, 0).bucket;
  for (let n = 1; n < 5; n++) {
    const taking = takeTokens(bucket, rate, 0);
    expect(taking.waitMs).toBe(0);
    bucket = taking.bucket;
  }
  const refused = takeTokens(bucket, rate, 0);
  expect(refused.waitMs).toBe(100);
  expect(takeTokens(refused.bucket, rate, 99).waitMs).toBeGreaterThan(0);
  expect(takeTokens(refused.bucket, rate, 100).waitMs).toBe(0);
  expect(takeTokens(refused.bucket, rate, 60_000).bucket.tokens).toBe(4);
  expect(takeTokens(refused.bucket, rate, -60_000).waitMs).toBeGreaterThan(0);
});
