/**
 * Owns the making and checking of tokens. No token is stored anywhere: both kinds are computed from TOKEN_SECRET, the refresh
 * token with a random seed of the device besides, so that a dump of all stores yields no usable one.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { deviceId, type DeviceId, userId, type UserId } from "../../schema/ids.ts";
import { timeouts } from "../../schema/limits.ts";
import { now } from "../shared/clock.ts";

const algorithm = "HS256";

/** Who an access token speaks for, and until when. */
export type AccessClaims = { userId: UserId; deviceId: DeviceId; expiresAt: number };

function keyOf(secret: string): Uint8Array {
  return Buffer.from(secret, "base64url");
}

/** Times in a JWT are whole seconds. */
function secondsOf(ms: number): number {
  return Math.floor(ms / 1_000);
}

/** The access token of a device as of `issuedAt`. The same facts make the same bytes, which repeats of a refresh rely on. */
export async function signAccessToken(
  secret: string,
  by: { userId: UserId; deviceId: DeviceId },
  issuedAt: number,
): Promise<{ token: string; expiresAt: number }> {
  const iat = secondsOf(issuedAt);
  const exp = iat + secondsOf(timeouts.accessTokenMs);
  const token = await new SignJWT({ did: by.deviceId })
    .setProtectedHeader({ alg: algorithm })
    .setSubject(by.userId)
    .setIssuedAt(iat)
    .setExpirationTime(exp)
    .sign(keyOf(secret));
  return { token, expiresAt: exp * 1_000 };
}

/** Whom the token speaks for, or null where it is forged, malformed or expired. */
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
      expiresAt: (payload.exp ?? 0) * 1_000,
    };
  } catch {
    return null;
  }
}

/** A refresh token taken apart. Its parts mean nothing before `isRefreshToken` has checked the tag. */
export type RefreshToken = { userId: UserId; deviceId: DeviceId; generation: number; tag: string };

const refreshForm = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})\.([0-9]{1,9})\.([A-Za-z0-9_-]{43})$/;

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

function refreshTag(secret: string, seed: string, generation: number): Buffer {
  return createHmac("sha256", keyOf(secret)).update(`refresh|${seed}|${generation}`).digest();
}

/** The device's refresh token of one generation. */
export function refreshTokenOf(
  secret: string,
  device: { userId: UserId; deviceId: DeviceId; seed: string },
  generation: number,
): string {
  return `${device.userId}.${device.deviceId}.${generation}.${refreshTag(secret, device.seed, generation).toString("base64url")}`;
}

/** Whether we made this token, of whatever generation. */
export function isRefreshToken(secret: string, token: RefreshToken, seed: string): boolean {
  const given = Buffer.from(token.tag, "base64url");
  const expected = refreshTag(secret, seed, token.generation);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
