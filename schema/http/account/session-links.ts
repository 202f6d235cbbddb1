/** Signing a device in by another one, which is signed in and approves a code that the new device shows. */
import { z } from "zod";
import { securityBounds } from "../../bounds/security.ts";
import { secondFactor } from "../../security/passkey.ts";
import { deviceLabel, session } from "./accounts.ts";
import { route } from "../route.ts";

const code = z.string().min(1).max(securityBounds.typedCodeCharactersMax);
const byCode = z.object({ code });

/** From where the new device asked, as the network says; null where it does not. */
export const roughPlace = z.object({ country: z.string().nullable(), city: z.string().nullable() });
export type RoughPlace = z.infer<typeof roughPlace>;

/** `code` is shown to the approving device. `secret` is not shown to anybody: who has it gets the session. */
export const sessionLink = z.object({ code: z.string(), secret: z.string(), expiresAt: z.int() });
export type SessionLink = z.infer<typeof sessionLink>;

/** What the approving device shows before anybody approves. */
export const askingDevice = z.object({
  device: z.object({ name: z.string(), platform: z.string() }),
  place: roughPlace,
  createdAt: z.int(),
  expiresAt: z.int(),
});
export type AskingDevice = z.infer<typeof askingDevice>;

/** A session, once the link is approved; before that only until when it can be. */
const claimed = z.union([session, z.object({ expiresAt: z.int() })]);

export const beginLink = route({
  method: "POST",
  path: "/v1/sessions/link",
  summary: "Begin to sign this device in by one that is signed in",
  tag: "Accounts",
  isOpen: true,
  body: z.object({ device: deviceLabel.optional() }),
  answers: { 201: { description: "What this device shows, and what it keeps", body: sessionLink } },
  errors: ["bad_request", "too_large", "rate_limited"],
});

export const claimLink = route({
  method: "POST",
  path: "/v1/sessions/link/claim",
  summary: "Ask whether the link was approved; then it gives the session, once",
  tag: "Accounts",
  isOpen: true,
  body: z.object({ code, secret: z.string().min(1).max(128) }),
  answers: {
    201: { description: "Approved: the session", body: claimed },
    202: { description: "Not approved yet: ask again in two seconds", body: claimed },
  },
  errors: ["bad_request", "not_found", "forbidden", "rate_limited"],
});

export const lookAtLink = route({
  method: "GET",
  path: "/v1/sessions/link/:code",
  summary: "Which device asks, and from where",
  tag: "Accounts",
  params: byCode,
  answers: { 200: { description: "The device", body: askingDevice } },
  errors: ["unauthenticated", "not_found", "rate_limited"],
});

export const approveLink = route({
  method: "POST",
  path: "/v1/sessions/link/:code/approve",
  summary: "Sign that device in as this user",
  tag: "Accounts",
  params: byCode,
  body: z.object(secondFactor),
  answers: { 204: { description: "Approved", body: null } },
  errors: ["unauthenticated", "bad_request", "too_large", "forbidden", "not_found", "rate_limited"],
});

export const declineLink = route({
  method: "DELETE",
  path: "/v1/sessions/link/:code",
  summary: "Refuse that device",
  tag: "Accounts",
  params: byCode,
  answers: { 204: { description: "Refused", body: null } },
  errors: ["unauthenticated", "not_found", "rate_limited"],
});
