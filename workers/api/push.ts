/** Serves where a device receives pushes. An address is checked here, and again before each request to it. */
import { Buffer } from "node:buffer";
import { pushServiceOf } from "../../core/push/endpoint.ts";
import type { PushAddress } from "../../objects/contract/push.ts";
import { ask, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { answerProblem } from "../../objects/shared/platform/answers.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import * as declared from "../../schema/http/push.ts";
import { answerDone } from "../answer.ts";
import { type Api, mount } from "../mount.ts";
import { hasFcm } from "../push/fcm/service-account.ts";
import { keyIdOf } from "../push/vapid.ts";

export function servePush(api: Api): void {
  mount(api, declared.putPushSubscription, async ({ env, actor, body }) => {
    const address = await addressOf(env, body);
    if (!address.ok) return answerProblem(address.refusal);
    const { userId, deviceId } = actor;
    return answerDone(await ask("user.subscribe", () => userStub(env, userId).subscribe(deviceId, address.value)));
  });

  mount(api, declared.deletePushSubscription, async ({ env, actor }) =>
    answerDone(await ask("user.unsubscribe", () => userStub(env, actor.userId).unsubscribe(actor.deviceId))),
  );
}

/** The address of a request. The schema has checked each field by itself. */
export async function addressOf(env: Env, draft: declared.PushSubscriptionDraft): Promise<Outcome<PushAddress>> {
  const { endpoint, keys, vapidPublicKey = env.VAPID_PUBLIC_KEY, fcmToken } = draft;
  if ((endpoint === undefined) === (fcmToken === undefined))
    return refuse("bad_request", "endpoint: either this or fcmToken must be given");
  if (fcmToken !== undefined) {
    if (!hasFcm(env)) return refuse("unsupported", "fcmToken: this server sends no pushes to native apps");
    return done({ via: "fcm", token: fcmToken });
  }
  if (endpoint === undefined || keys === undefined)
    return refuse("bad_request", "keys: must be given with an endpoint");
  if (pushServiceOf(endpoint, env.PUSH_HOSTS) === null)
    return refuse("bad_request", "endpoint: must be an https address of a known push service");
  if (!(await isPoint(keys.p256dh))) return refuse("bad_request", "keys.p256dh: must be a point on P-256");
  return done({ via: "web", endpoint, ...keys, keyId: keyIdOf(vapidPublicKey) });
}

/** Whether these are the bytes of a public key; nothing could be encrypted for any others. */
async function isPoint(p256dh: string): Promise<boolean> {
  try {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    await crypto.subtle.importKey("raw", Buffer.from(p256dh, "base64url"), curve, false, []);
    return true;
  } catch {
    return false;
  }
}
