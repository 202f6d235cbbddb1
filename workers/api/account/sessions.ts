/** Serves sessions and devices: signing in, refreshing, signing out. */
import { ask, userStub } from "../../../objects/shared/platform/calls.ts";
import { Directory } from "../../../objects/shared/identity/directory.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { isMinted } from "../../../objects/shared/identity/mint.ts";
import { readRefreshToken } from "../../../objects/user/account/tokens.ts";
import type { z } from "zod";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/account/accounts.ts";
import type { UserId } from "../../../schema/ids.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answer, answerDone } from "../../answer.ts";
import { addressOf, attemptBy, failAsUnknown } from "../../passwords/attempts.ts";
import { forgetDevice } from "../../auth.ts";
import { nearTo } from "../../location.ts";
import { type Api, mount } from "../../mount.ts";
import { hashBy, hashDecoy } from "../../passwords/password.ts";
import { askSecurity } from "../../security/ask.ts";
import { secondOf } from "../../security/relying-party.ts";

const wrong = refuse("unauthenticated", "no such handle and password");
/** No refusal is answered sooner, so the time does not show whether an object was asked. It is longer than the hash takes. */
export const wrongAnswerMs = 600;
const stale = refuse("unauthenticated", "the refresh token is not valid, or no longer valid");

export function serveSessions(api: Api): void {
  mount(api, declared.signIn, async ({ env, request, body }) => {
    const notBefore = scheduler.wait(wrongAnswerMs);
    const session = await signIn(env, request, body);
    if (session.ok) return answer(session, 201);
    await notBefore;
    return answerProblem(session.refusal.code === "unauthenticated" ? wrong.refusal : session.refusal);
  });

  mount(api, declared.refresh, async ({ env, body }) => {
    const token = readRefreshToken(body.refreshToken);
    if (token === null || !isMinted(env.ID_SECRET, token.userId, "user")) return answerProblem(stale.refusal);
    const session = await ask("user.refresh", () => userStub(env, token.userId).refresh(body.refreshToken));
    return !session.ok && session.refusal.code === "not_found" ? answerProblem(stale.refusal) : answer(session);
  });

  mount(api, declared.signOut, async ({ env, actor }) => {
    const out = await ask("user.signOut", () => userStub(env, actor.userId).signOut(actor.deviceId));
    forgetDevice(actor);
    // The device is signed out already: by another call, or by this call's first try, whose answer was lost.
    return answerDone(!out.ok && out.refusal.code === "not_found" ? done(null) : out);
  });

  mount(api, declared.listDevices, async ({ env, actor }) => {
    const devices = await ask("user.devices", () => userStub(env, actor.userId).devices(actor.deviceId));
    return answer(devices.ok ? done({ devices: devices.value }) : devices);
  });

  mount(api, declared.revokeDevice, async ({ env, actor, params }) => {
    const out = await ask("user.signOut", () => userStub(env, actor.userId).signOut(params.deviceId));
    forgetDevice({ userId: actor.userId, deviceId: params.deviceId });
    return answerDone(out);
  });

  mount(api, declared.revokeOtherDevices, async ({ env, actor }) => {
    const before = await ask("user.devices", () => userStub(env, actor.userId).devices(actor.deviceId));
    const out = await askSecurity(env, actor.userId, { do: "sign out others", by: actor.deviceId });
    if (before.ok)
      for (const { id, current } of before.value) if (!current) forgetDevice({ userId: actor.userId, deviceId: id });
    return answerDone(out);
  });

  mount(api, declared.seeDevice, async ({ env, actor, params }) => {
    const asked = { do: "see device", by: actor.deviceId, device: params.deviceId } as const;
    return answerDone(await askSecurity(env, actor.userId, asked));
  });
}

/** A device that sends no name of its own still has a name in the list of devices. */
export function deviceOf(body: { device?: declared.DeviceLabel | undefined }): declared.DeviceLabel {
  return body.device ?? { name: "Unnamed device", platform: "unknown" };
}

/** Does the same work for an unknown handle, for a wrong password, and for an attempt beyond the limit, which is not compared. */
async function signIn(
  env: Env,
  request: Request,
  wish: z.output<typeof declared.signIn.body>,
): Promise<Outcome<declared.Session>> {
  const { password } = wish;
  const near = nearTo(request);
  const by = attemptBy(env, request, wish.deviceSecret);
  const from = addressOf(env, request);
  const owner = await ownerOf(env, wish.handle);
  if (!owner.ok) {
    if (owner.refusal.code !== "not_found") return owner;
    return await failAsUnknown(env, { handle: wish.handle, password, from, by }, near);
  }
  const { userId, handle } = owner.value;
  // If the sign-up that claimed the handle was cut off, there is no object yet: this call creates it.
  const challenge = await ask("user.challenge", () => userStub(env, userId, near).challenge(handle, by));
  if (!challenge.ok && challenge.refusal.code === "not_found")
    return await failAsUnknown(env, { handle, password, from, by }, near);
  const hash = challenge.ok ? await hashBy(challenge.value, password, from) : await hashDecoy(password, from);
  if (!hash.ok) return hash;
  if (!challenge.ok) return challenge;
  const second = secondOf(env, request, wish);
  const attempt = { attemptId: challenge.value.attemptId, hash: hash.value, device: deviceOf(wish), by, second };
  return await ask("user.signIn", () => userStub(env, userId).signIn(attempt));
}

/** A text that cannot be a handle is answered like a handle that nobody has. */
async function ownerOf(env: Env, given: string): Promise<Outcome<{ userId: UserId; handle: string }>> {
  const handle = declared.handle.safeParse(given);
  const owner = await new Directory(env).ownerOf(handle.success ? handle.data : "");
  return owner.ok ? done({ userId: owner.value, handle: handle.data ?? "" }) : owner;
}
