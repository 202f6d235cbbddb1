/** Owns how the gateway calls a user's object about passkeys, recovery codes and links, and the proof that such a call comes from the owner. */
import type { SecurityAnswers, SecurityAsk, OwnerProof } from "../../objects/contract/account/security.ts";
import type { Actor } from "../../objects/contract/actor.ts";
import { ask, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { UserId } from "../../schema/ids.ts";
import type { PasskeyAnswer } from "../../schema/security/passkey.ts";
import type { Near } from "../location.ts";
import { addressOf } from "../passwords/attempts.ts";
import { hashBy, hashDecoy } from "../passwords/password.ts";
import { secondOf } from "./relying-party.ts";

export async function askSecurity<Do extends SecurityAsk["do"]>(
  env: Env,
  userId: UserId,
  asked: SecurityAsk & { do: Do },
  near: Near = {},
): Promise<Outcome<SecurityAnswers[Do]>> {
  const outcome = await ask(`security.${asked.do}`, () => userStub(env, userId, near).security(asked));
  // Each kind of call has its kind of answer (security.ts).
  return outcome as Outcome<SecurityAnswers[Do]>;
}

type Given = { password: string; passkey?: PasskeyAnswer | undefined; recoveryCode?: string | undefined };

/** Hashes the password of a signed-in user. An attempt beyond the limit hashes too, so its refusal comes no sooner. */
export async function ownerProof(env: Env, request: Request, actor: Actor, given: Given): Promise<Outcome<OwnerProof>> {
  const { password } = given;
  const from = addressOf(env, request);
  const by = { deviceId: actor.deviceId };
  const challenge = await ask("user.challenge", () => userStub(env, actor.userId).challenge(undefined, by));
  const hash = challenge.ok ? await hashBy(challenge.value, password, from) : await hashDecoy(password, from);
  if (!hash.ok) return hash;
  if (!challenge.ok) return challenge;
  const attempt = { attemptId: challenge.value.attemptId, hash: hash.value };
  return done({ attempt, second: secondOf(env, request, given) });
}
