/** Owns how the app asks the browser for passkeys. The library is loaded with the first one, because most visits use none. */
import type { NewPasskey, PasskeyAnswer, PasskeyCreation, PasskeyRequest } from "parley-sdk";

const library = () => import("@simplewebauthn/browser");

/** Whether this browser has passkeys at all. A page at an IP address has none, whatever the browser can do. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && !/^(?:[\d.]+|\[.*\])$/.test(location.hostname);
}

/** Whether the browser can offer passkeys in the field of the handle, while nobody has asked for one. */
export async function canOfferPasskeys(): Promise<boolean> {
  if (!hasPasskeys()) return false;
  return await (await library()).browserSupportsWebAuthnAutofill();
}

interface Offer {
  /** The passkeys are offered in the field of the handle, for as long as the form is shown. */
  readonly inField?: boolean;
  /** Ends the question. */
  readonly signal?: AbortSignal;
}

/** Asks for one of the passkeys of this address. Another question of the page ends this one. */
export async function askPasskey(
  request: PasskeyRequest,
  { inField = false, signal }: Offer = {},
): Promise<PasskeyAnswer> {
  const { startAuthentication } = await library();
  // The library knows more words for how a key is connected than the browser's types.
  const optionsJSON = request as Parameters<typeof startAuthentication>[0]["optionsJSON"];
  signal?.throwIfAborted();
  const asked = startAuthentication({ optionsJSON, useBrowserAutofill: inField });
  const end = () => void endQuestion();
  signal?.addEventListener("abort", end);
  // Once this question is over, its signal must not end another one.
  const { id, response } = await asked.finally(() => signal?.removeEventListener("abort", end));
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  return { id, response: { clientDataJSON, authenticatorData, signature, userHandle: userHandle ?? null } };
}

export async function createPasskey(creation: PasskeyCreation): Promise<NewPasskey> {
  const { startRegistration } = await library();
  const optionsJSON = creation as Parameters<typeof startRegistration>[0]["optionsJSON"];
  const { id, response } = await startRegistration({ optionsJSON });
  const { clientDataJSON, attestationObject, transports = [] } = response;
  return { id, response: { clientDataJSON, attestationObject, transports: [...transports] } };
}

/** Ends a question that the browser still shows. */
async function endQuestion(): Promise<void> {
  (await library()).WebAuthnAbortService.cancelCeremony();
}

/** Whether the user has closed the browser's question, or the browser has ended it, so that there is nothing to say. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && (error.name === "NotAllowedError" || error.name === "AbortError");
}

/** Whether the authenticator has a passkey of this account already. */
export function isKnownHere(error: unknown): boolean {
  return error instanceof Error && error.name === "InvalidStateError";
}
