/** Accounts, sessions and devices: signing up and in, refreshing, signing out. */
import { z } from "zod";
import { deviceId } from "../ids.ts";
import { limits } from "../limits.ts";
import { codePoints, name } from "../text.ts";
import { user } from "../wire/user.ts";
import { route } from "./route.ts";

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

/** A new password; never shortened, never folded. The list of common ones is kept by the gateway. */
export const newPassword = z.string().check((ctx) => {
  const length = ctx.value.length > 4 * limits.passwordCodePointsMax ? Infinity : codePoints(ctx.value);
  if (!ctx.value.isWellFormed())
    ctx.issues.push({ code: "custom", input: ctx.value, message: "must be well-formed Unicode" });
  else if (length < limits.passwordCodePointsMin) {
    ctx.issues.push({
      code: "custom",
      input: ctx.value,
      message: `must be at least ${limits.passwordCodePointsMin} code points`,
    });
  } else if (length > limits.passwordCodePointsMax) {
    ctx.issues.push({
      code: "custom",
      input: ctx.value,
      message: `must be at most ${limits.passwordCodePointsMax} code points`,
    });
  }
});

/** A password that is only compared: any string that could have been one. */
export const givenPassword = z.string().max(4 * limits.passwordCodePointsMax);

export const deviceFace = z.object({ name, platform: name });
export type DeviceFace = z.infer<typeof deviceFace>;

export const session = z.object({
  user,
  device: z.object({ id: deviceId, name: z.string(), platform: z.string() }),
  accessToken: z.string(),
  accessTokenExpiresAt: z.int(),
  refreshToken: z.string(),
});
export type Session = z.infer<typeof session>;

export const device = z.object({
  id: deviceId,
  name: z.string(),
  platform: z.string(),
  createdAt: z.int(),
  lastActiveAt: z.int(),
  current: z.boolean(),
});
export type Device = z.infer<typeof device>;

export const signUp = route({
  method: "POST",
  path: "/v1/accounts",
  summary: "Create an account and sign this device in",
  tag: "Accounts",
  isOpen: true,
  body: z.object({ handle, password: newPassword, name: name.optional(), device: deviceFace.optional() }),
  answers: {
    201: { description: "The account and its first session", body: session },
    200: { description: "The answer was lost: the same handle and password within 10 minutes", body: session },
  },
  errors: ["bad_request", "handle_taken", "too_large", "rate_limited"],
});

export const signIn = route({
  method: "POST",
  path: "/v1/sessions",
  summary: "Sign a device in",
  tag: "Accounts",
  isOpen: true,
  body: z.object({ handle: z.string(), password: givenPassword, device: deviceFace.optional() }),
  answers: { 201: { description: "A new session", body: session } },
  errors: ["bad_request", "unauthenticated", "rate_limited"],
});

export const refresh = route({
  method: "POST",
  path: "/v1/sessions/refresh",
  summary: "Trade the refresh token for a new session; the previous one gets the same answer again for 60 s",
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
