/**
 * Owns to which count a password attempt belongs: what the gateway sends a user's object about the caller, and the counts of handles that nobody
 * has. These are counted so that they are answered like wrong passwords. A fixed number of objects without a user keep these counts, because a made-up
 * handle must not create an object.
 */
import { createHmac } from "node:crypto";
import { Buckets, drawAll } from "../../objects/shared/meters/buckets.ts";
import { ask, userStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import type { AttemptBy } from "../../objects/contract/account/passwords.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import type { UserId } from "../../schema/ids.ts";
import { rates } from "../../schema/rates.ts";
import type { Near } from "../location.ts";
import { hashDecoy } from "./password.ts";
import { addressKey } from "../rate-limit.ts";

/** So many that none of them is busy. An attempt at an unknown handle calls one of them twice. */
const decoyObjects = 64;

/** The address by which hashes take turns and attempts are counted; null where rates are off, or the caller is this machine. */
export function addressOf(env: Env, request: Request): string | null {
  return env.PARLEY_RATE_LIMITS === "off" ? null : addressKey(request);
}

/** What a user's object receives about the caller. It counts by a keyed hash of the address, so it never stores the address itself. */
export function attemptBy(env: Env, request: Request, deviceSecret?: string): AttemptBy {
  const address = addressOf(env, request);
  return {
    ...(address === null ? {} : { address: keyed(env, `address|${address}`).toString("base64url").slice(0, 22) }),
    ...(deviceSecret === undefined ? {} : { deviceSecret }),
  };
}

/** Refuses an attempt at a handle that nobody has, after the same steps as at a handle that somebody has. It never succeeds. */
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

/** How many more accounts may be made from an address. */
const signUps = new Buckets(rates.signUpsPerAddress, 20_000);

/** How many more handles an address may look at. */
const handleChecks = new Buckets(rates.handleChecksPerAddress, 20_000);

export function limitSignUps(env: Env, request: Request): Outcome<null> {
  return drawnBy(env, request, signUps, "too many accounts are made from this address");
}

export function limitHandleChecks(env: Env, request: Request): Outcome<null> {
  return drawnBy(env, request, handleChecks, "too many handles are looked at from this address");
}

function drawnBy(env: Env, request: Request, of: Buckets, detail: string): Outcome<null> {
  const address = addressOf(env, request);
  if (address === null) return done(null);
  const refusal = drawAll([{ of, key: address, takes: 1, detail }], now());
  return refusal === undefined ? done(null) : { ok: false, refusal };
}
