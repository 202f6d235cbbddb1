/** Owns the identity of a caller: access tokens, and the check that their device is still signed in. */
import type { Actor } from "../objects/contract/actor.ts";
import { call, userStub } from "../objects/shared/platform/calls.ts";
import { now } from "../objects/shared/platform/clock.ts";
import type { Env } from "../objects/shared/platform/env.ts";
import { isMinted } from "../objects/shared/identity/mint.ts";
import { type AccessClaims, verifyAccessToken } from "../objects/user/account/tokens.ts";
import { done, type Outcome, refuse } from "../schema/errors.ts";
import { timeouts } from "../schema/limits.ts";
import { readSubprotocols } from "../schema/wire/frames/version.ts";
import { remember } from "../core/memory.ts";

const unauthenticated = refuse("unauthenticated", "the access token is missing, expired, or its device is signed out");

/** Tokens whose signature was checked, so that each is checked once. Only valid tokens are kept, so nobody can fill the map with made-up ones. */
const verified = new Map<string, AccessClaims>();
const verifiedMax = 20_000;
/**
 * By device: when it was last known to be signed in, and the newest generation of access tokens that its object has noted as used.
 * A token of a newer generation always asks the object, which must store its first use before the request is answered.
 */
const admitted = new Map<string, { at: number; generation: number }>();
const admittedMax = 20_000;

/** The token of a request, from its header. A browser cannot set headers of an upgrade, so there the token is among the subprotocols. */
export function tokenOf(request: Request): string | undefined {
  const header = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(request.headers.get("authorization") ?? "");
  return header?.[1] ?? readSubprotocols(request.headers.get("sec-websocket-protocol")).token;
}

/** The user and device that a token names, and the token's generation. */
export type Claimant = Actor & { generation: number };

/** The user and device of the token. The device may be signed out. */
export async function claimant(env: Env, token: string | undefined): Promise<Outcome<Claimant>> {
  if (token === undefined) return unauthenticated;
  let claims = verified.get(token);
  if (claims === undefined) {
    const checked = await verifyAccessToken(env.TOKEN_SECRET, token);
    if (checked === null || !isMinted(env.ID_SECRET, checked.userId, "user")) return unauthenticated;
    claims = checked;
    remember(verified, token, claims, verifiedMax);
  }
  if (claims.expiresAt <= now()) {
    verified.delete(token);
    return unauthenticated;
  }
  return done({ userId: claims.userId, deviceId: claims.deviceId, generation: claims.generation });
}

/** Whether the device is signed in, as of at most a second ago. Afterwards its object knows that this generation is in use. */
export async function checkDevice(env: Env, { generation, ...actor }: Claimant): Promise<Outcome<null>> {
  const key = keyOf(actor);
  const at = now();
  const known = admitted.get(key);
  const isFresh = known !== undefined && at - known.at < timeouts.deviceCheckMs && at >= known.at;
  if (isFresh && known.generation >= generation) return done(null);
  const admission = await call("user.admit", () =>
    userStub(env, actor.userId).admit(actor.deviceId, undefined, generation),
  );
  if (!admission.ok) return admission;
  if (admission.value === false) {
    admitted.delete(key);
    return unauthenticated;
  }
  // The object has stored the use of the older generation too, so it need not be asked again.
  remember(admitted, key, { at, generation: Math.max(generation, known?.generation ?? 0) }, admittedMax);
  return done(null);
}

/** A device was signed out through this gateway, so its entry is deleted at once, and not only after a second. */
export function forgetDevice(actor: Actor): void {
  admitted.delete(keyOf(actor));
}

function keyOf({ userId, deviceId }: Actor): string {
  return `${userId}/${deviceId}`;
}
