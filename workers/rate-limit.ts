/**
 * Owns the coarse limits at the gateway: they keep a flood from the objects, which hold the exact quotas. They count per location
 * of the network and are eventually consistent, hence generous.
 */
import type { Env } from "../objects/shared/env.ts";
import { done, type Outcome, refuse } from "../schema/errors.ts";
import type { UserId } from "../schema/ids.ts";

const tooMany = refuse("rate_limited", "too many requests", 10_000);
const loopback = /^(?:127\.|::1$|::ffff:127\.)/;

/** For calls that anybody may make: by the address they come from. No address means that no network lies between. */
export async function limitAddress(env: Env, request: Request): Promise<Outcome<null>> {
  const address = request.headers.get("cf-connecting-ip");
  if (env.PARLEY_RATE_LIMITS === "off" || address === null || loopback.test(address)) return done(null);
  return (await env.RATE_LIMIT_ADDRESS.limit({ key: address })).success ? done(null) : tooMany;
}

export async function limitUser(env: Env, userId: UserId): Promise<Outcome<null>> {
  if (env.PARLEY_RATE_LIMITS === "off") return done(null);
  return (await env.RATE_LIMIT_USER.limit({ key: userId })).success ? done(null) : tooMany;
}
