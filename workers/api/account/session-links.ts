/** Serves signing a device in by another one: the new device begins and asks, a signed-in device looks, approves or refuses. */
import { randomBytes } from "node:crypto";
import { codeOf, groupedCode, readCode } from "../../../core/account/short-codes.ts";
import type { Actor } from "../../../objects/contract/actor.ts";
import type { SecurityAnswers } from "../../../objects/contract/account/security.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { securityBounds } from "../../../schema/bounds/security.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/account/session-links.ts";
import { answer, answerDone } from "../../answer.ts";
import { nearTo, townOf } from "../../location.ts";
import { type Api, mount } from "../../mount.ts";
import { askSecurity } from "../../security/ask.ts";
import { deskOf, keyed, limitSessionLinks } from "../../security/session-links.ts";
import { secondOf } from "../../security/relying-party.ts";
import { deviceOf } from "./sessions.ts";

const secretBytes = 32;

export function serveSessionLinks(api: Api): void {
  mount(api, declared.beginLink, async ({ env, request, body }) => {
    const limited = limitSessionLinks(env, request);
    if (!limited.ok) return answerProblem(limited.refusal);
    const code = codeOf(randomBytes(securityBounds.linkCodeCharacters));
    const secret = randomBytes(secretBytes).toString("base64url");
    const asked = {
      do: "begin link",
      code: keyed(env, "code", code),
      secret: keyed(env, "secret", secret),
      link: randomBytes(16).toString("base64url"),
      device: deviceOf(body),
      place: townOf(request),
    } as const;
    const begun = await askSecurity(env, deskOf(env, code), asked, nearTo(request));
    if (!begun.ok) return answerProblem(begun.refusal);
    return answer(done({ code: groupedCode(code), secret, expiresAt: begun.value.until }), 201);
  });

  mount(api, declared.claimLink, async ({ env, body }) => {
    const code = readCode(body.code, securityBounds.linkCodeCharacters);
    if (code === null) return answerProblem(notFound.refusal);
    const asked = {
      do: "claim link",
      code: keyed(env, "code", code),
      secret: keyed(env, "secret", body.secret),
    } as const;
    const claimed = await askSecurity(env, deskOf(env, code), asked);
    if (!claimed.ok) return answerProblem(claimed.refusal);
    if (claimed.value.do === "wait") return answer(done({ expiresAt: claimed.value.until }), 202);
    const { userId, link, device } = claimed.value;
    return answer(await askSecurity(env, userId, { do: "open link", link, device }), 201);
  });

  mount(api, declared.lookAtLink, async ({ env, actor, params }) => {
    const found = await find(env, actor, params.code);
    if (!found.ok) return answerProblem(found.refusal);
    const { link: _link, code: _code, ...asking } = found.value;
    return answer(done(asking));
  });

  mount(api, declared.approveLink, async ({ env, request, actor, params, body }) => {
    const found = await find(env, actor, params.code);
    if (!found.ok) return answerProblem(found.refusal);
    const { link, code, expiresAt } = found.value;
    // First the user's object, which judges and remembers; the new device is told by the desk afterwards.
    const approved = await askSecurity(env, actor.userId, {
      do: "approve link",
      by: actor.deviceId,
      link,
      until: expiresAt,
      attemptId: randomBytes(16).toString("base64url"),
      second: secondOf(env, request, body),
    });
    return answerDone(approved.ok ? await settle(env, actor, code, true) : approved);
  });

  mount(api, declared.declineLink, async ({ env, actor, params }) => {
    const found = await find(env, actor, params.code);
    return answerDone(found.ok ? await settle(env, actor, found.value.code, false) : found);
  });
}

/**
 * The link of a code that a signed-in device gives. A wrong code counts like a wrong password of that device; a text that cannot be one is no guess. A guess is
 * counted before it is looked up, and taken back if it was none: many at the same moment are no more than many one after the other.
 */
async function find(
  env: Env,
  { userId, deviceId }: Actor,
  typed: string,
): Promise<Outcome<SecurityAnswers["look at link"] & { code: string }>> {
  const code = readCode(typed, securityBounds.linkCodeCharacters);
  const guess = { do: "try link", by: deviceId, attemptId: randomBytes(16).toString("base64url") } as const;
  const may = await askSecurity(env, userId, code === null ? { do: "try link", by: deviceId } : guess);
  if (!may.ok) return may;
  if (code === null) return notFound;
  const asked = { do: "look at link", code: keyed(env, "code", code), by: userId } as const;
  const found = await askSecurity(env, deskOf(env, code), asked);
  if (!found.ok && found.refusal.code === "not_found") return notFound;
  await askSecurity(env, userId, { ...guess, isRight: true });
  return found.ok ? done({ ...found.value, code }) : found;
}

function settle(env: Env, { userId }: Actor, code: string, isApproved: boolean): Promise<Outcome<null>> {
  const asked = { do: "settle link", code: keyed(env, "code", code), by: userId, isApproved } as const;
  return askSecurity(env, deskOf(env, code), asked);
}
