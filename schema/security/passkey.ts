/** Owns the shapes of WebAuthn in JSON, as far as the server reads and writes them. What browsers add besides is ignored. */
import { z } from "zod";
import { securityBounds } from "../bounds/security.ts";

function bytes(charactersMax: number) {
  return z
    .string()
    .min(1)
    .max(charactersMax)
    .regex(/^[A-Za-z0-9_-]+$/, "must be base64url without padding");
}

export const credentialId = bytes(securityBounds.credentialIdCharactersMax);
const part = bytes(securityBounds.passkeyPartCharactersMax);

const descriptor = z.object({
  id: z.string(),
  type: z.literal("public-key"),
  transports: z.array(z.string()).optional(),
});

/** What `navigator.credentials.get` is asked with (`PublicKeyCredentialRequestOptionsJSON`). */
export const passkeyRequest = z.object({
  challenge: z.string(),
  rpId: z.string(),
  timeout: z.int(),
  userVerification: z.literal("required"),
  /** Without it any passkey of this server may answer. */
  allowCredentials: z.array(descriptor).optional(),
});
export type PasskeyRequest = z.infer<typeof passkeyRequest>;

/** What `navigator.credentials.create` is asked with (`PublicKeyCredentialCreationOptionsJSON`). */
export const passkeyCreation = z.object({
  challenge: z.string(),
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.int() })),
  timeout: z.int(),
  attestation: z.literal("none"),
  excludeCredentials: z.array(descriptor),
  authenticatorSelection: z.object({
    residentKey: z.literal("required"),
    requireResidentKey: z.boolean(),
    userVerification: z.literal("required"),
  }),
});
export type PasskeyCreation = z.infer<typeof passkeyCreation>;

/** The answer of a passkey (`AuthenticationResponseJSON`). */
export const passkeyAnswer = z.object({
  id: credentialId,
  response: z.object({
    clientDataJSON: part,
    authenticatorData: part,
    signature: part,
    userHandle: part.nullable().optional(),
  }),
});
export type PasskeyAnswer = z.infer<typeof passkeyAnswer>;

/** A new passkey (`RegistrationResponseJSON`). */
export const newPasskey = z.object({
  id: credentialId,
  response: z.object({
    clientDataJSON: part,
    attestationObject: part,
    transports: z.array(z.string().max(32)).max(16).optional(),
  }),
});
export type NewPasskey = z.infer<typeof newPasskey>;

/**
 * What a refusal adds where the password is right and the second factor is missing or wrong: with what the same call succeeds. `passkey`: the challenge
 * to one of the account's passkeys; null where it has none for this address. `recoveryCodes`: how many are left.
 */
export const secondFactorAsk = z.object({ passkey: passkeyRequest.nullable(), recoveryCodes: z.int() });
export type SecondFactorAsk = z.infer<typeof secondFactorAsk>;

/** The fields by which a call brings the second factor. One of them is enough. */
export const secondFactor = {
  passkey: passkeyAnswer.optional(),
  recoveryCode: z.string().max(securityBounds.typedCodeCharactersMax).optional(),
};
