/** Owns what a program sees of how an account is entered: passkeys, the second factor, recovery codes, devices and links. */
import type { Passkey, Security as SecurityState } from "../../schema/http/account/passkeys.ts";
import type { AskingDevice } from "../../schema/http/account/session-links.ts";
import type { NewDevice } from "../../schema/security/new-devices.ts";
import type {
  NewPasskey,
  PasskeyAnswer,
  PasskeyCreation,
  PasskeyRequest,
  SecondFactorAsk,
} from "../../schema/security/passkey.ts";
import type { Observable } from "./observable.ts";
import type { CallOptions } from "./page.ts";

/** What stands beside the password where the second factor is on: a passkey's answer, or a recovery code. One of them is enough. */
export interface SecondFactor {
  readonly passkey?: PasskeyAnswer;
  readonly recoveryCode?: string;
}

/** The owner's proof, for calls that change how the account is entered. */
export interface OwnerProof extends SecondFactor {
  readonly password: string;
}

/** Asks the browser for a passkey's answer: `navigator.credentials.get`, or a library around it. What it throws goes to the caller. */
export type UsePasskey = (request: PasskeyRequest) => Promise<PasskeyAnswer>;

/** Asks the browser for a new passkey: `navigator.credentials.create`, or a library around it. */
export type MakePasskey = (creation: PasskeyCreation) => Promise<NewPasskey>;

/** What a device shows that asks to be signed in by another one. `code` as people type it; `expiresAt` by the server's clock. */
export interface ShownLink {
  readonly code: string;
  readonly expiresAt: number;
}

/**
 * How the account is entered. Calls that take a second factor, where it is on and missing, are refused with `forbidden` and `secondFactor` in the error: repeat the
 * call with an answer to that request, or with a recovery code. A wrong one counts like a wrong password (`rate_limited` after ten).
 */
export interface Security {
  /** Devices that were signed in since this one and that the user has not said to know. All tabs and devices show the same. */
  readonly newDevices: Observable<readonly NewDevice[]>;
  /** The passkeys, whether the second factor is on, and how many recovery codes are left. */
  load(options?: CallOptions): Promise<SecurityState>;
  /** Adds a passkey. `make` asks the browser; what it throws, nothing is added. Errors: `forbidden` (wrong password, or the second factor), `conflict` (too many). */
  addPasskey(name: string, proof: OwnerProof, make: MakePasskey): Promise<Passkey>;
  /** Removes a passkey. Errors: `conflict` (the last one while the second factor is on). */
  removePasskey(passkeyId: string): Promise<void>;
  /** Makes ten recovery codes and ends older ones. They are answered this once. Errors: `forbidden`. */
  makeRecoveryCodes(proof: OwnerProof): Promise<readonly string[]>;
  /** Asks for a passkey or a recovery code besides the password from now on, or not any more. Errors: `forbidden`, `conflict` (no passkey, or no codes). */
  setSecondFactor(isOn: boolean, proof: OwnerProof): Promise<void>;
  /** The user knows this new device: its notice ends everywhere. */
  knowDevice(deviceId: string): Promise<void>;
  /** Signs out all devices but this one; their sockets end within two seconds. */
  signOutOthers(): Promise<void>;
  /** The device that shows this code. Nobody is signed in by looking. Errors: `not_found` (over, or never there), `rate_limited` (too many wrong codes). */
  lookAtLink(code: string, options?: CallOptions): Promise<AskingDevice>;
  /** Signs that device in as this user. Errors: `not_found`, `forbidden` (the second factor), `rate_limited`. */
  approveLink(code: string, second?: SecondFactor): Promise<void>;
  /** Refuses that device. Errors: `not_found`. */
  declineLink(code: string): Promise<void>;
}

export type {
  AskingDevice,
  NewDevice,
  NewPasskey,
  Passkey,
  PasskeyAnswer,
  PasskeyCreation,
  PasskeyRequest,
  SecurityState,
  SecondFactorAsk,
};
