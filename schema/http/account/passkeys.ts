/** What makes an account safer than its password: passkeys, the second factor, recovery codes. */
import { z } from "zod";
import {
  credentialId,
  newPasskey,
  passkeyAnswer,
  passkeyCreation,
  passkeyRequest,
  secondFactor,
} from "../../security/passkey.ts";
import { name } from "../../text.ts";
import { deviceLabel, givenPassword, session } from "./accounts.ts";
import { route } from "../route.ts";

export const passkey = z.object({
  id: z.string(),
  /** As the user has called it. */
  name: z.string(),
  /** Whether it is kept by a service that copies it to other devices, and not by one key alone. */
  synced: z.boolean(),
  createdAt: z.int(),
  lastUsedAt: z.int().nullable(),
});
export type Passkey = z.infer<typeof passkey>;

export const security = z.object({
  passkeys: z.array(passkey),
  /** Whether the password alone is not enough. */
  secondFactor: z.boolean(),
  recoveryCodes: z.object({ left: z.int(), createdAt: z.int().nullable() }),
});
export type Security = z.infer<typeof security>;

/** The owner's proof, for a call that changes how the account is entered. */
const proof = { password: givenPassword, ...secondFactor };

export const askPasskey = route({
  method: "POST",
  path: "/v1/sessions/passkey/challenge",
  summary: "A challenge by which any passkey of this server can sign its user in",
  tag: "Accounts",
  isOpen: true,
  answers: { 200: { description: "What the browser is asked with", body: passkeyRequest } },
  errors: ["rate_limited"],
});

export const signInByPasskey = route({
  method: "POST",
  path: "/v1/sessions/passkey",
  summary: "Sign a device in by a passkey alone",
  tag: "Accounts",
  isOpen: true,
  body: z.object({ passkey: passkeyAnswer, device: deviceLabel.optional(), deviceSecret: z.string().optional() }),
  answers: { 201: { description: "A new session", body: session } },
  errors: ["bad_request", "too_large", "unauthenticated", "rate_limited"],
});

export const getSecurity = route({
  method: "GET",
  path: "/v1/me/passkeys",
  summary: "The passkeys, whether the second factor is on, and how many recovery codes are left",
  tag: "Me",
  answers: { 200: { description: "How the account is entered", body: security } },
  errors: ["unauthenticated"],
});

export const beginPasskey = route({
  method: "POST",
  path: "/v1/me/passkeys/challenge",
  summary: "Begin to add a passkey, with the password",
  tag: "Me",
  body: z.object(proof),
  answers: { 200: { description: "What the browser is asked with", body: passkeyCreation } },
  errors: ["unauthenticated", "bad_request", "too_large", "forbidden", "conflict", "rate_limited"],
});

export const addPasskey = route({
  method: "POST",
  path: "/v1/me/passkeys",
  summary: "Add the passkey that the browser made",
  tag: "Me",
  body: z.object({ name, passkey: newPasskey }),
  answers: { 201: { description: "The passkey", body: passkey } },
  errors: ["unauthenticated", "bad_request", "too_large", "forbidden", "conflict"],
});

export const removePasskey = route({
  method: "DELETE",
  path: "/v1/me/passkeys/:passkeyId",
  summary: "Remove a passkey; not the last one while the second factor is on",
  tag: "Me",
  params: z.object({ passkeyId: credentialId }),
  answers: { 204: { description: "Removed", body: null } },
  errors: ["unauthenticated", "not_found", "conflict"],
});

export const putSecondFactor = route({
  method: "PUT",
  path: "/v1/me/second-factor",
  summary: "Ask for a passkey or a recovery code besides the password, or not any more",
  tag: "Me",
  body: z.object({ on: z.boolean(), ...proof }),
  answers: { 204: { description: "As asked", body: null } },
  errors: ["unauthenticated", "bad_request", "too_large", "forbidden", "conflict", "rate_limited"],
});

export const makeRecoveryCodes = route({
  method: "POST",
  path: "/v1/me/recovery-codes",
  summary: "Make ten recovery codes, which are shown this once; older ones end",
  tag: "Me",
  body: z.object(proof),
  answers: {
    201: { description: "The codes", body: z.object({ codes: z.array(z.string()), createdAt: z.int() }) },
  },
  errors: ["unauthenticated", "bad_request", "too_large", "forbidden", "rate_limited"],
});
