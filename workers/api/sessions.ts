/** Serves sessions and devices: signing in, refreshing, signing out. */
import { ask, userStub } from "../../objects/shared/calls.ts";
import { Directory } from "../../objects/shared/directory.ts";
import type { Env } from "../../objects/shared/env.ts";
import { isMinted } from "../../objects/shared/mint.ts";
import { readRefreshToken } from "../../objects/user/tokens.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import * as declared from "../../schema/http/accounts.ts";
import type { UserId } from "../../schema/ids.ts";
import { answer, answerDone, answerProblem } from "../answer.ts";
import { forgetDevice } from "../auth.ts";
import { type Api, mount } from "../mount.ts";
import { hashBy, hashDecoy } from "../password.ts";

const wrong = refuse("unauthenticated", "no such handle and password");
const stale = refuse("unauthenticated", "the refresh token is not, or no longer, valid");

export function serveSessions(api: Api): void {
  mount(api, declared.signIn, async ({ env, body }) => {
    const owner = await ownerOf(env, body.handle);
    if (!owner.ok)
      return owner.refusal.code === "not_found" ? refuseSlowly(body.password) : answerProblem(owner.refusal);
    const userId = owner.value;
    const challenge = await ask("user.challenge", () => userStub(env, userId).challenge());
    if (!challenge.ok) {
      return challenge.refusal.code === "not_found" ? refuseSlowly(body.password) : answerProblem(challenge.refusal);
    }
    const { attemptId } = challenge.value;
    const hash = await hashBy(challenge.value, body.password);
    const attempt = { attemptId, hash, device: deviceOf(body) };
    const session = await ask("user.signIn", () => userStub(env, userId).signIn(attempt));
    return !session.ok && session.refusal.code === "unauthenticated"
      ? answerProblem(wrong.refusal)
      : answer(session, 201);
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

/** What was never a handle is as unknown as one that nobody has. */
async function ownerOf(env: Env, given: string): Promise<Outcome<UserId>> {
  const handle = declared.handle.safeParse(given);
  return await new Directory(env).ownerOf(handle.success ? handle.data : "");
}

/** The same answer, after the same work, as for a wrong password. */
async function refuseSlowly(password: string): Promise<Response> {
  await hashDecoy(password);
  return answerProblem(wrong.refusal);
}
