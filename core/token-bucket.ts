/** Owns the token bucket: how often something may be done, with room for bursts. */
import type { TimeMs } from "../schema/ids.ts";

export type Rate = { perSecond: number; burst: number };

/** `tokens` as of `at`. Whoever keeps none yet has a full one. */
export type Bucket = { tokens: number; at: TimeMs };

/** `waitMs` is 0 where the tokens were there and are taken; else how long until they will be, and none are taken. */
export type Taking = { bucket: Bucket; waitMs: number };

/** Takes tokens. A clock that jumps back refills nothing and takes nothing away. */
export function takeTokens(bucket: Bucket | undefined, rate: Rate, now: TimeMs, count = 1): Taking {
  const elapsedMs = bucket === undefined ? 0 : Math.max(0, now - bucket.at);
  const tokens =
    bucket === undefined ? rate.burst : Math.min(rate.burst, bucket.tokens + (elapsedMs * rate.perSecond) / 1000);
  if (tokens >= count) return { bucket: { tokens: tokens - count, at: now }, waitMs: 0 };
  return { bucket: { tokens, at: now }, waitMs: Math.ceil(((count - tokens) * 1000) / rate.perSecond) };
}
