/**
 * Owns whom a password attempt is counted for: what the gateway tells the object of the caller, and how attempts at handles that nobody
 * has are counted, so that they are answered like wrong passwords. Those are kept by a fixed number of objects that are nobody's: a
 * made-up handle must not make an object.
 */
import { createHmac } from "node:crypto";
import { remember } from "../../core/memory.ts";
import { takeTokens, type Bucket } from "../../core/meters/token-bucket.ts";
import { ask, userStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import type { AttemptBy } from "../../objects/user/contract.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import type { UserId } from "../../schema/ids.ts";
import { rates } from "../../schema/limits.ts";
import { type Near } from "../location.ts";
import { hashDecoy } from "./password.ts";
import { addressKey } from "../rate-limit.ts";

/** As many as keep one of them from being busy; each is asked twice per attempt. */
const decoyObjects = 64;

/** The address that takes its turn, and is counted; null where rates are off, or no network lies between. */
export function addressOf(env: Env, request: Request): string | null {
  return env.PARLEY_RATE_LIMITS === "off" ? null : addressKey(request);
}

/** What the object is told. It keeps for a day who guessed wrongly, and need not know the address for that. */
export function attemptBy(env: Env, request: Request, deviceSecret?: string): AttemptBy {
  const address = addressOf(env, request);
  return {
    ...(address === null ? {} : { address: keyed(env, `address|${address}`).toString("base64url").slice(0, 22) }),
    ...(deviceSecret === undefined ? {} : { deviceSecret }),
  };
}

/** A wrong password for a handle that nobody has: the same steps as where somebody has it. Never done. */
export async function failAsUnknown(
  env: Env,
  attempt: { handle: string; password: string; from: string | null; by: AttemptBy },
  near: Near,
): Promise<Outcome<never>> {
  const { handle, password, from, by } = attempt;
  const key = keyed(env, `handle|${handle.toLowerCase()}`);
  const handleKey = key.toString("base64url");
  const nobody = `decoy.${(key[0] ?? 0) % decoyObjects}` as UserId;
  const challenge = await ask("user.challengeDecoy", () => userStub(env, nobody, near).challengeDecoy(handleKey, by));
  const hash = await hashDecoy(password, from);
  if (!hash.ok) return hash;
  if (!challenge.ok) return challenge;
  const { attemptId } = challenge.value;
  const failed = await ask("user.failDecoy", () => userStub(env, nobody).failDecoy(handleKey, { attemptId, by }));
  return failed.ok ? refuse("unauthenticated", "no such handle and password") : failed;
}

function keyed(env: Env, text: string): Buffer {
  return createHmac("sha256", env.ID_SECRET).update(text).digest();
}

/** How many more accounts each address may make. */
const signUps = new Map<string, Bucket>();
const signUpsMax = 20_000;

/** Whether one more account may be made from this address. */
export function limitSignUps(env: Env, request: Request): Outcome<null> {
  const address = addressOf(env, request);
  if (address === null) return done(null);
  const { bucket, waitMs } = takeTokens(signUps.get(address), rates.signUpsPerAddress, now());
  remember(signUps, address, bucket, signUpsMax);
  return waitMs === 0 ? done(null) : refuse("rate_limited", "too many accounts are made from this address", waitMs);
}
