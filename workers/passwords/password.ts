/**
 * Owns the hashing of passwords: scrypt (RFC 7914) with 16 MiB and five passes. It runs here and never in an object, because it
 * blocks its thread for a few hundred milliseconds. The object compares the result.
 */
import { randomBytes, scrypt } from "node:crypto";
import type { PasswordChallenge, PasswordHash } from "../../objects/contract/account/passwords.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { type Outcome, done, refuse } from "../../schema/errors.ts";
import { isCommonPassword } from "./common-passwords.ts";
import { inLine } from "./hash-line.ts";

const parameters = { algorithm: "scrypt", n: 16_384, r: 8, p: 5 } as const;
/** For tests on a local server, whose people are made by the hundred: a two-hundredth of the work. */
const lightParameters = { algorithm: "scrypt", n: 1_024, r: 8, p: 1 } as const;
const keyBytes = 32;
const saltBytes = 16;

/** The parameters of the hash for a handle without an account. It is made so that the answer takes as long as for an account. */
const decoy = { ...parameters, salt: "00".repeat(saltBytes) };

/** The hash of a given password, in hex, by the parameters with which its account was made. `from`: the address whose turn is used. */
export function hashBy(
  { n, r, p, salt }: Omit<PasswordChallenge, "attemptId">,
  password: string,
  from: string | null,
): Promise<Outcome<string>> {
  const derive = (resolve: (hash: string) => void, reject: (error: Error) => void): void =>
    scrypt(Buffer.from(password, "utf8"), Buffer.from(salt, "hex"), keyBytes, { N: n, r, p }, (error, key) => {
      if (error === null) resolve(key.toString("hex"));
      else reject(error);
    });
  return inLine(from, () => new Promise(derive));
}

/** A new password's hash, with a salt of its own. */
export async function hashNew(
  env: Pick<Env, "PARLEY_LOCAL" | "PARLEY_LIGHT_PASSWORDS">,
  password: string,
  from: string | null,
): Promise<Outcome<PasswordHash>> {
  const isLight = env.PARLEY_LOCAL === "on" && env.PARLEY_LIGHT_PASSWORDS === "on";
  const challenge = { ...(isLight ? lightParameters : parameters), salt: randomBytes(saltBytes).toString("hex") };
  const hash = await hashBy(challenge, password, from);
  return hash.ok ? done({ ...challenge, hash: hash.value }) : hash;
}

export function hashDecoy(password: string, from: string | null): Promise<Outcome<string>> {
  return hashBy(decoy, password, from);
}

/** Refuses the most common passwords. Length and form were checked before. `field`: the body's field with the password. */
export function checkUncommon(password: string, field: string): Outcome<null> {
  return isCommonPassword(password)
    ? refuse("bad_request", `${field}: is one of the most common passwords`)
    : done(null);
}
