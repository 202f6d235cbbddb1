import { expect, test } from "vitest";
import { takeTokens } from "../../../core/meters/token-bucket.ts";

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
