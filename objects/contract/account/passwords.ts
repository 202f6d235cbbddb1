/** Owns the values that the gateway and a user's object exchange when a password is set or tried. The password itself is not among them. */
import type { DeviceId } from "../../../schema/ids.ts";
import type { PasskeyAnswer } from "../../../schema/security/passkey.ts";

/** A password as it is kept: scrypt (RFC 7914) of the password's UTF-8 with these parameters; hex. */
export type PasswordHash = { algorithm: "scrypt"; n: number; r: number; p: number; salt: string; hash: string };

/**
 * The caller of an attempt, as far as the gateway knows them: the device secret that was given, valid or not; a keyed hash of the address (none
 * for a caller on this machine); or the device that is signed in.
 */
export type AttemptBy = { deviceSecret?: string; address?: string; deviceId?: DeviceId };

/**
 * What the gateway needs to hash a password for comparison. `attemptId` makes a repeated call of the same attempt harmless.
 * `isChangedOfLate`: the asking device changed the password a moment ago, so a change that it asks for now may be the same one again.
 */
export type PasswordChallenge = Omit<PasswordHash, "hash"> & { attemptId: string; isChangedOfLate?: true };

/** The address under which the caller sees this server. A passkey is made for one `rpId`, and answers only there. */
export type RelyingParty = { rpId: string; origins: string[] };

/** The second factor, as a call brought it. An older gateway sends none. */
export type SecondProof = { relyingParty: RelyingParty; passkey?: PasskeyAnswer; recoveryCode?: string };

/**
 * A change of password. `hash`: of the present password, by the challenge. `again`: of the new one by the same challenge, given where the
 * challenge says `isChangedOfLate`; if it is the present password, the change was made before and its answer was lost.
 */
export type PasswordChange = {
  attemptId: string;
  hash: string;
  next: PasswordHash;
  again?: string;
  second?: SecondProof;
};

/** An attempt at the present password, for a call that only its owner may make. `hash`: by the challenge. */
export type PasswordAttempt = { attemptId: string; hash: string; second?: SecondProof };
