/** Where the pushes of the calling device go: to a browser's push service, or to a native app through FCM. */
import { z } from "zod";
import { limits } from "../limits.ts";
import { route } from "./route.ts";

/** Bytes as base64url; browsers' own JSON has no padding, other libraries write base64 with it. */
function bytes(length: number) {
  const digits = Math.ceil((length * 4) / 3);
  const form = new RegExp(`^[A-Za-z0-9_+/-]{${digits}}={0,2}$`);
  return z
    .string()
    .regex(form, `must be ${length} bytes as base64url`)
    .transform((text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
}

/** The browser's public key, which is a point on P-256, and its secret (RFC 8291). */
const keys = z.object({ p256dh: bytes(65), auth: bytes(16) });

/** Either `endpoint` and `keys`, as `PushSubscription.toJSON()` has them, or `fcmToken`. */
export const pushSubscription = z.object({
  endpoint: z.string().min(1).max(limits.pushEndpointCharactersMax).optional(),
  keys: keys.optional(),
  /** The server's key with which the browser subscribed; the present one if it is absent. */
  vapidPublicKey: bytes(65).optional(),
  fcmToken: z.string().min(1).max(limits.fcmTokenCharactersMax).optional(),
});
export type PushSubscriptionDraft = z.infer<typeof pushSubscription>;

export const putPushSubscription = route({
  method: "PUT",
  path: "/v1/push/subscription",
  summary: "Send the pushes of this device there; replaces where they went before, and ends with the device",
  tag: "Push",
  body: pushSubscription,
  answers: { 204: { description: "Kept", body: null } },
  errors: ["unauthenticated", "bad_request", "too_large", "unsupported", "rate_limited"],
});

export const deletePushSubscription = route({
  method: "DELETE",
  path: "/v1/push/subscription",
  summary: "Send this device no pushes any more",
  tag: "Push",
  answers: { 204: { description: "There is none", body: null } },
  errors: ["unauthenticated"],
});
