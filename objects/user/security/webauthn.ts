/**
 * Owns how answers of passkeys are judged: what the browser signed was asked by this server, under this address, and with the key that is stored. The
 * library is loaded with the first answer, because most objects never see one.
 */
import {
  credentialId as credentialForm,
  type NewPasskey,
  type PasskeyAnswer,
} from "../../../schema/security/passkey.ts";
import type { RelyingParty } from "../../contract/account/passwords.ts";

export type StoredKey = { id: string; publicKey: string; counter: number; rpId: string };

export type MadeKey = StoredKey & { transports: string[]; isSynced: boolean };

/** What the browser says that it signed; null where it cannot be read. Nothing of it is proven before the signature is judged. */
export function readClientData(text: string): { challenge: string } | null {
  try {
    const data: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof data !== "object" || data === null || !("challenge" in data)) return null;
    // A page in a frame of another site could have asked.
    const isFramed = ("crossOrigin" in data && data.crossOrigin === true) || "topOrigin" in data;
    return typeof data.challenge === "string" && !isFramed ? { challenge: data.challenge } : null;
  } catch {
    return null;
  }
}

/** The counter that the passkey has reached; null where its answer proves nothing. A counter that does not rise is one of a copied key. */
export async function judgeAnswer(
  answer: PasskeyAnswer,
  key: StoredKey,
  { challenge, relyingParty }: { challenge: string; relyingParty: RelyingParty },
): Promise<number | null> {
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  const { clientDataJSON, authenticatorData, signature } = answer.response;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id: answer.id,
        rawId: answer.id,
        type: "public-key",
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origins,
      expectedRPID: key.rpId,
      credential: {
        id: key.id,
        publicKey: Uint8Array.from(Buffer.from(key.publicKey, "base64url")),
        counter: key.counter,
      },
      requireUserVerification: true,
    });
    return verified ? authenticationInfo.newCounter : null;
  } catch {
    // The library throws for everything that is wrong with an answer.
    return null;
  }
}

/**
 * The key of a new passkey; null where it proves nothing. Who made the authenticator is not asked, and a statement about it is refused unread: to check one, the
 * library would fetch addresses that the statement names.
 */
export async function judgeNew(
  made: NewPasskey,
  { challenge, relyingParty }: { challenge: string; relyingParty: RelyingParty },
): Promise<MadeKey | null> {
  const [{ verifyRegistrationResponse }, { decodeAttestationObject, isoBase64URL }] = await Promise.all([
    import("@simplewebauthn/server"),
    import("@simplewebauthn/server/helpers"),
  ]);
  const { clientDataJSON, attestationObject, transports = [] } = made.response;
  try {
    if (decodeAttestationObject(isoBase64URL.toBuffer(attestationObject)).get("fmt") !== "none") return null;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id: made.id,
        rawId: made.id,
        type: "public-key",
        response: { clientDataJSON, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origins,
      expectedRPID: relyingParty.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...algorithms],
    });
    if (!verified) return null;
    const { credential, credentialBackedUp } = registrationInfo;
    if (credential.id !== made.id || !credentialForm.safeParse(credential.id).success) return null;
    return {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString("base64url"),
      counter: credential.counter,
      rpId: relyingParty.rpId,
      transports,
      isSynced: credentialBackedUp,
    };
  } catch {
    return null;
  }
}

/** Ed25519, ECDSA on P-256, RSA: in this order the authenticator is asked for them. */
export const algorithms = [-8, -7, -257] as const;
