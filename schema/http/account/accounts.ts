/** Accounts, sessions and devices: signing up and in, refreshing, signing out. */
import { z } from "zod";
import { deviceId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { secondFactor } from "../../security/passkey.ts";
import { codePoints, name } from "../../text.ts";
import { user } from "../../wire/user.ts";
import { route } from "../route.ts";

/** Folded to lower case before it is judged, so that `Ana` and `ana` are one handle. */
export const handle = z
  .string()
  .transform((value) => value.toLowerCase())
  .pipe(
    z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9_.]{1,30}[a-z0-9]$/,
        "must be 3 to 32 of a-z 0-9 _ . and begin and end with a letter or digit",
      ),
  );

/** The longest text that NFKC can turn into a password of the greatest length: some letters are written as four code points, each of at most two units. */
const passwordUnitsMax = 8 * limits.passwordCodePointsMax;

/** Passwords are judged and compared in NFKC, because keyboards write the same characters in different ways. */
const password = z
  .string()
  .refine((value) => value.length <= passwordUnitsMax, {
    message: `must be at most ${limits.passwordCodePointsMax} code points`,
    abort: true,
  })
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode")
  .transform((value) => value.normalize("NFKC"));

/** A new password; never shortened. The list of common ones is kept by the gateway. */
export const newPassword = password.check((ctx) => {
  const fault = newPasswordFault(ctx.value);
  if (fault !== undefined) ctx.issues.push({ code: "custom", input: ctx.value, message: fault });
});

/** Why a password cannot be chosen, or undefined. No composition rules: spaces count as any other character. */
function newPasswordFault(value: string): string | undefined {
  const length = codePoints(value);
  if (length < limits.passwordCodePointsMin) return `must be at least ${limits.passwordCodePointsMin} code points`;
  if (length > limits.passwordCodePointsMax) return `must be at most ${limits.passwordCodePointsMax} code points`;
  return undefined;
}

/** A password that is only compared: any string that could have been one. */
export const givenPassword = password;

/** The name of a device in the list of devices. */
export const deviceLabel = z.object({ name, platform: name });
export type DeviceLabel = z.infer<typeof deviceLabel>;

export const session = z.object({
  user,
  device: z.object({ id: deviceId, name: z.string(), platform: z.string() }),
  accessToken: z.string(),
  accessTokenExpiresAt: z.int(),
  refreshToken: z.string(),
  /** The app keeps it over sign-outs and gives it at the next sign-in. It is empty in a session that was stored before this field existed. */
  deviceSecret: z.string().default(""),
});
export type Session = z.infer<typeof session>;

export const device = z.object({
  id: deviceId,
  name: z.string(),
  platform: z.string(),
  createdAt: z.int(),
  lastActiveAt: z.int(),
  current: z.boolean(),
  /** It was signed in after the asking device, and nobody has said yet that they know it. */
  isNew: z.boolean().optional(),
});
export type Device = z.infer<typeof device>;

export const signUp = route({
  method: "POST",
  path: "/v1/accounts",
  summary: "Create an account and sign this device in",
  tag: "Accounts",
  isOpen: true,
  body: z.object({ handle, password: newPassword, name: name.optional(), device: deviceLabel.optional() }),
  answers: {
    201: { description: "The account and its first session", body: session },
    200: { description: "The answer was lost: the same handle and password within 10 minutes", body: session },
  },
  errors: ["bad_request", "handle_taken", "too_large", "rate_limited"],
});

/** For a form that makes an account. It says what `POST /v1/accounts` would say of the handle, and nothing of whose it is. */
export const checkHandle = route({
  method: "GET",
  path: "/v1/handles/:handle",
  summary: "Whether nobody has a handle",
  tag: "Accounts",
  isOpen: true,
  params: z.object({ handle }),
  answers: {
    200: { description: "As it is now; a sign-up may still find it taken", body: z.object({ isFree: z.boolean() }) },
  },
  errors: ["bad_request", "rate_limited"],
});

export const signIn = route({
  method: "POST",
  path: "/v1/sessions",
  summary: "Sign a device in",
  tag: "Accounts",
  isOpen: true,
  body: z.object({
    handle: z.string(),
    password: givenPassword,
    device: deviceLabel.optional(),
    deviceSecret: z.string().optional(),
    ...secondFactor,
  }),
  answers: { 201: { description: "A new session", body: session } },
  errors: ["bad_request", "too_large", "unauthenticated", "forbidden", "rate_limited"],
});

export const refresh = route({
  method: "POST",
  path: "/v1/sessions/refresh",
  summary: "Trade the refresh token for a new session; the previous one gets a lost answer again",
  tag: "Accounts",
  isOpen: true,
  body: z.object({ refreshToken: z.string().min(1) }),
  answers: { 200: { description: "The rotated session", body: session } },
  errors: ["bad_request", "unauthenticated"],
});

export const signOut = route({
  method: "DELETE",
  path: "/v1/sessions/current",
  summary: "Sign this device out",
  tag: "Accounts",
  answers: { 204: { description: "Signed out", body: null } },
  errors: ["unauthenticated"],
});

export const listDevices = route({
  method: "GET",
  path: "/v1/devices",
  summary: "The devices that are signed in",
  tag: "Accounts",
  answers: { 200: { description: "The devices", body: z.object({ devices: z.array(device) }) } },
  errors: ["unauthenticated"],
});

export const revokeDevice = route({
  method: "DELETE",
  path: "/v1/devices/:deviceId",
  summary: "Sign another device out",
  tag: "Accounts",
  params: z.object({ deviceId }),
  answers: { 204: { description: "Signed out", body: null } },
  errors: ["unauthenticated", "not_found"],
});

export const revokeOtherDevices = route({
  method: "DELETE",
  path: "/v1/devices",
  summary: "Sign all other devices out",
  tag: "Accounts",
  answers: { 204: { description: "Signed out", body: null } },
  errors: ["unauthenticated"],
});

export const seeDevice = route({
  method: "POST",
  path: "/v1/devices/:deviceId/seen",
  summary: "The user knows this new device: its notice ends on all devices",
  tag: "Accounts",
  params: z.object({ deviceId }),
  answers: { 204: { description: "Noted", body: null } },
  errors: ["unauthenticated", "not_found"],
});
