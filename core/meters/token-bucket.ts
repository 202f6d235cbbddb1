/** Owns the token bucket: how often something may be done, with room for bursts. */
import type { TimeMs } from "../../schema/ids.ts";

export type Rate = { perSecond: number; burst: number };

/** How many tokens there were at `at`. A missing bucket counts as a full one. */
export type Bucket = { tokens: number; at: TimeMs };

/** `waitMs` is 0 where the tokens were there and are taken; else how long until they will be, and none are taken. */
export type Taking = { bucket: Bucket; waitMs: number };

/** Takes tokens. A clock that jumps back refills nothing and takes nothing away. */
export function takeTokens(bucket: Bucket | undefined, rate: Rate, now: TimeMs, count = 1): Taking {
  const waitMs = waitForTokens(bucket, rate, now, count);
  return { bucket: spendTokens(bucket, rate, now, waitMs > 0 ? 0 : count), waitMs };
}

/** How many tokens there are now. */
export function tokensOf(bucket: Bucket | undefined, rate: Rate, now: TimeMs): number {
  if (bucket === undefined) return rate.burst;
  return Math.min(rate.burst, bucket.tokens + (Math.max(0, now - bucket.at) * rate.perSecond) / 1000);
}

/** How long until there are so many tokens; 0 where they are there. Takes none. */
export function waitForTokens(bucket: Bucket | undefined, rate: Rate, now: TimeMs, count = 1): number {
  const missing = count - tokensOf(bucket, rate, now);
  return missing <= 0 ? 0 : Math.ceil((missing * 1000) / rate.perSecond);
}

/** Takes tokens, even more than there are: then the bucket is in debt, and the next act waits until it is paid. */
export function spendTokens(bucket: Bucket | undefined, rate: Rate, now: TimeMs, count = 1): Bucket {
  return { tokens: tokensOf(bucket, rate, now) - count, at: now };
}
