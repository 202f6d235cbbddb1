/**
 * Owns the making and checking of tokens. No token is stored anywhere: both kinds are computed from TOKEN_SECRET, the refresh
 * token with a random seed of the device besides, so that a dump of all stores yields no usable one.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { jwtVerify } from "jose";
import { deviceId, type DeviceId, userId, type UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import { now } from "../../shared/platform/clock.ts";

const algorithm = "HS256";

/** The user and device of an access token, its end, and the generation of refresh tokens that it was handed out with. */
export type AccessClaims = { userId: UserId; deviceId: DeviceId; generation: number; expiresAt: number };

function keyOf(secret: string): Uint8Array {
  return Buffer.from(secret, "base64url");
}

/** Times in a JWT are whole seconds. */
function secondsOf(ms: number): number {
  return Math.floor(ms / 1_000);
}

/**
 * The access token of a device as of `issuedAt`, a JWT. The same facts make the same bytes. Made here and not by the library, which is
 * asynchronous: a refresh must decide, make its answer and store it without an await, or a second refresh could come in between.
 */
export function signAccessToken(
  secret: string,
  by: { userId: UserId; deviceId: DeviceId; generation: number },
  issuedAt: number,
): { token: string; expiresAt: number } {
  const iat = secondsOf(issuedAt);
  const exp = iat + secondsOf(timeouts.accessTokenMs);
  const payload = { did: by.deviceId, gen: by.generation, sub: by.userId, iat, exp };
  const signed = `${jsonPart({ alg: algorithm })}.${jsonPart(payload)}`;
  const signature = createHmac("sha256", keyOf(secret)).update(signed).digest("base64url");
  return { token: `${signed}.${signature}`, expiresAt: exp * 1_000 };
}

function jsonPart(value: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** The claims of a token, or null where it is forged, malformed or expired. */
export async function verifyAccessToken(secret: string, token: string): Promise<AccessClaims | null> {
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), {
      algorithms: [algorithm],
      requiredClaims: ["sub", "did", "exp"],
      currentDate: new Date(now()),
    });
    return {
      userId: userId.parse(payload.sub),
      deviceId: deviceId.parse(payload["did"]),
      // Tokens from before there were generations count as generation 0.
      generation: typeof payload["gen"] === "number" ? payload["gen"] : 0,
      expiresAt: (payload.exp ?? 0) * 1_000,
    };
  } catch {
    return null;
  }
}

/** A refresh token taken apart. Its parts mean nothing before `isRefreshToken` has checked the tag. */
export type RefreshToken = { userId: UserId; deviceId: DeviceId; generation: number; tag: string };

const refreshForm = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/;

/** The parts of a refresh token, or null where it is none of ours by its form. The gateway reads from it whose object to ask. */
export function readRefreshToken(token: string): RefreshToken | null {
  const match = refreshForm.exec(token);
  if (match === null) return null;
  const [, user, device, generation, tag] = match;
  return {
    userId: userId.parse(user),
    deviceId: deviceId.parse(device),
    generation: Number(generation),
    tag: tag ?? "",
  };
}

function refreshTag(secret: string, seed: string, generation: number): string {
  return createHmac("sha256", keyOf(secret)).update(`refresh|${seed}|${generation}`).digest("base64url");
}

/** The device's refresh token of one generation. */
export function refreshTokenOf(
  secret: string,
  device: { userId: UserId; deviceId: DeviceId; seed: string },
  generation: number,
): string {
  return `${device.userId}.${device.deviceId}.${generation}.${refreshTag(secret, device.seed, generation)}`;
}

/** Whether we made this token, of whatever generation. */
export function isRefreshToken(secret: string, token: RefreshToken, seed: string): boolean {
  return isSame(token.tag, refreshTag(secret, seed, token.generation));
}

/** Compares texts and not the bytes that they stand for: several texts stand for the same bytes, and only one of them is a token. */
function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

const deviceSecretForm = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/;

function deviceSecretTag(secret: string, user: UserId, id: string): string {
  return createHmac("sha256", keyOf(secret)).update(`device|${user}|${id}`).digest("base64url");
}

/**
 * The device secret, which an app keeps over sign-outs so that this account knows it again. It opens nothing: it only says to which count
 * a wrong password goes. `id`: the device that it was first given to.
 */
export function deviceSecretOf(secret: string, user: UserId, id: string): string {
  return `${id}.${deviceSecretTag(secret, user, id)}`;
}

/** The id in a device secret of this user's; undefined where it is another's, or none. */
export function readDeviceSecret(secret: string, user: UserId, given: string | undefined): string | undefined {
  const match = deviceSecretForm.exec(given ?? "");
  if (match === null) return undefined;
  const [, id = "", tag = ""] = match;
  return isSame(tag, deviceSecretTag(secret, user, id)) ? id : undefined;
}
