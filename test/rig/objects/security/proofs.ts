/** Passkeys, recovery codes and links for tests in workerd: the calls of an account's object as the gateway makes them. */
import { randomBytes } from "node:crypto";
import { env } from "cloudflare:workers";
import type { AttemptBy, SecondProof, RelyingParty } from "../../../../objects/contract/account/passwords.ts";
import type { OwnerProof, SecurityAnswers, SecurityAsk } from "../../../../objects/contract/account/security.ts";
import { userStub } from "../../../../objects/shared/platform/calls.ts";
import { askAnybody } from "../../../../objects/user/security/passkeys.ts";
import type { Outcome } from "../../../../schema/errors.ts";
import type { Session } from "../../../../schema/http/account/accounts.ts";
import type { Passkey } from "../../../../schema/http/account/passkeys.ts";
import type { UserId } from "../../../../schema/ids.ts";
import type { PasskeyAnswer } from "../../../../schema/security/passkey.ts";
import { Authenticator } from "./authenticator.ts";
import { hashOf, laptop, type TestAccount, valueOf } from "../accounts.ts";

export const relyingParty: RelyingParty = { rpId: "chat.example", origins: ["https://chat.example"] };

export async function ask<Do extends SecurityAsk["do"]>(
  to: UserId,
  asked: SecurityAsk & { do: Do },
): Promise<Outcome<SecurityAnswers[Do]>> {
  return (await userStub(env, to).security(asked)) as Outcome<SecurityAnswers[Do]>;
}

export type Brought = Omit<SecondProof, "relyingParty"> & { password?: string };

export async function proofOf(
  account: TestAccount,
  { password = "correct horse", ...second }: Brought = {},
): Promise<OwnerProof> {
  const challenge = valueOf(await account.calls.challenge(undefined, { deviceId: account.device }));
  return { attempt: { attemptId: challenge.attemptId, hash: hashOf(password) }, second: { relyingParty, ...second } };
}

export async function addPasskey(
  account: TestAccount,
  key = new Authenticator("https://chat.example"),
  brought: Brought = {},
): Promise<{ key: Authenticator; passkey: Passkey }> {
  const by = account.device;
  const asked = valueOf(await ask(account.id, { do: "begin passkey", by, proof: await proofOf(account, brought) }));
  const passkey = valueOf(
    await ask(account.id, { do: "add passkey", by, name: "Key", passkey: key.make(asked), relyingParty }),
  );
  return { key, passkey };
}

export const challenge = () => askAnybody(env.TOKEN_SECRET, relyingParty.rpId);

export function newAttempt(): string {
  return randomBytes(16).toString("base64url");
}

export function enter(to: UserId, passkey: PasskeyAnswer, attemptId = newAttempt()): Promise<Outcome<Session>> {
  return ask(to, { do: "enter", attemptId, passkey, relyingParty, device: laptop, deviceSecret: undefined });
}

export async function makeCodes(account: TestAccount, brought: Brought = {}): Promise<string[]> {
  const proof = await proofOf(account, brought);
  return valueOf(await ask(account.id, { do: "make recovery codes", by: account.device, proof })).codes;
}

export async function turnSecondFactor(
  account: TestAccount,
  isOn: boolean,
  brought: Brought = {},
): Promise<Outcome<null>> {
  const proof = await proofOf(account, brought);
  return await ask(account.id, { do: "set second factor", by: account.device, isOn, proof });
}

/** An account with a passkey, ten codes, and the second factor on. */
export async function secured(account: TestAccount): Promise<{ key: Authenticator; codes: string[] }> {
  const { key } = await addPasskey(account);
  const codes = await makeCodes(account);
  valueOf(await turnSecondFactor(account, true));
  return { key, codes };
}

/** Signs in with the password and what else was brought. */
export async function signInWith(
  account: TestAccount,
  { password = "correct horse", ...second }: Brought = {},
  by: AttemptBy = {},
): Promise<Outcome<Session>> {
  const asked = await account.calls.challenge(account.handle, by);
  if (!asked.ok) return asked;
  const attempt = { attemptId: asked.value.attemptId, hash: hashOf(password), device: laptop };
  return await account.calls.signIn({ ...attempt, by, second: { relyingParty, ...second } });
}
