/** Serves sessions and devices: signing in, refreshing, signing out. */
import { ask, userStub } from "../../objects/shared/calls.ts";
import { Directory } from "../../objects/shared/directory.ts";
import type { Env } from "../../objects/shared/env.ts";
import { isMinted } from "../../objects/shared/mint.ts";
import { readRefreshToken } from "../../objects/user/tokens.ts";
import type { z } from "zod";
import { done, type Outcome, type Refusal, refuse } from "../../schema/errors.ts";
import * as declared from "../../schema/http/accounts.ts";
import type { UserId } from "../../schema/ids.ts";
import { answer, answerDone, answerProblem } from "../answer.ts";
import { forgetDevice } from "../auth.ts";
import { nearTo } from "../location.ts";
import { type Api, mount } from "../mount.ts";
import { hashBy, hashDecoy } from "../password.ts";

const wrong = refuse("unauthenticated", "no such handle and password");
/** No wrong password is answered sooner, so that the time says nothing of whether an object was asked. Above what the hash takes. */
const wrongAnswerMs = 600;
const stale = refuse("unauthenticated", "the refresh token is not, or no longer, valid");

export function serveSessions(api: Api): void {
  mount(api, declared.signIn, async ({ env, request, body }) => {
    const notBefore = scheduler.wait(wrongAnswerMs);
    const session = await signIn(env, request, body);
    if (session.ok || session.refusal.code !== "unauthenticated") return answer(session, 201);
    await notBefore;
    return answerProblem(wrong.refusal);
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
    return answerDone(out);
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
}

/** A device that says nothing of itself still has a name in the list of devices. */
export function deviceOf(body: { device?: declared.DeviceFace | undefined }): declared.DeviceFace {
  return body.device ?? { name: "Unnamed device", platform: "unknown" };
}

/** The same work for an unknown handle as for a wrong password. */
async function signIn(
  env: Env,
  request: Request,
  wish: z.output<typeof declared.signIn.body>,
): Promise<Outcome<declared.Session>> {
  const owner = await ownerOf(env, wish.handle);
  if (!owner.ok) return refuseAlike(owner, wish.password);
  const { userId, handle } = owner.value;
  // Behind the claim of a sign-up that was cut off there is no object yet: this call makes it.
  const challenge = await ask("user.challenge", () => userStub(env, userId, nearTo(request)).challenge(handle));
  if (!challenge.ok) return refuseAlike(challenge, wish.password);
  const { attemptId } = challenge.value;
  const hash = await hashBy(challenge.value, wish.password);
  if (!hash.ok) return hash;
  const attempt = { attemptId, hash: hash.value, device: deviceOf(wish) };
  return await ask("user.signIn", () => userStub(env, userId).signIn(attempt));
}

/** An account that is not there costs the hash of one that is. */
async function refuseAlike(
  refused: { ok: false; refusal: Refusal },
  password: string,
): Promise<{ ok: false; refusal: Refusal }> {
  if (refused.refusal.code !== "not_found") return refused;
  const hash = await hashDecoy(password);
  return hash.ok ? wrong : hash;
}

/** What was never a handle is as unknown as one that nobody has. */
async function ownerOf(env: Env, given: string): Promise<Outcome<{ userId: UserId; handle: string }>> {
  const handle = declared.handle.safeParse(given);
  const owner = await new Directory(env).ownerOf(handle.success ? handle.data : "");
  return owner.ok ? done({ userId: owner.value, handle: handle.data ?? "" }) : owner;
}
