/** The transport to browsers: encrypted by RFC 8291 and signed by RFC 8292, both by web-push; sent by fetch. */
import webPush from "web-push";
import { judgeWebPush } from "../../core/push/answers.ts";
import { pushServiceOf } from "../../core/push/endpoint.ts";
import { fitPayload, shortPayload } from "../../core/push/payload.ts";
import { readRetryAfter } from "../../core/push/retry-after.ts";
import type { PushTarget } from "../../objects/contract/push.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { log } from "../../objects/shared/platform/log.ts";
import { pushing } from "../../schema/push-limits.ts";
import type { PushPayload } from "../../schema/wire/push.ts";
import { type Answer, type IsStillDue, noReply, post, type Push, type Transport } from "./transport.ts";
import { vapidHeader, vapidKeysFor } from "./vapid.ts";

export type WebTarget = Extract<PushTarget, { via: "web" }>;

export class WebPush implements Transport<WebTarget> {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  serviceOf({ endpoint }: WebTarget): string | null {
    return pushServiceOf(endpoint, this.#env.PUSH_HOSTS);
  }

  async send(target: WebTarget, push: Push, isStillDue: IsStillDue): Promise<Answer> {
    const service = this.serviceOf(target);
    if (service === null) return { is: "refused" };
    const { origin } = new URL(target.endpoint);
    for (const key of vapidKeysFor(this.#env, target.keyId)) {
      const authorization = vapidHeader(this.#env, key, origin);
      if (authorization === null) continue;
      const answer = await sendSigned(service, target, push, authorization, isStillDue);
      if (answer !== "wrong key") return answer;
    }
    log("push refused", { service, fault: "no VAPID key of this server is accepted" });
    return { is: "refused" };
  }
}

async function sendSigned(
  service: string,
  target: WebTarget,
  push: Push,
  authorization: string,
  isStillDue: IsStillDue,
): Promise<Answer | "wrong key"> {
  let payload = fitPayload(push.payload, pushing.payloadBytesMax);
  for (;;) {
    const request = encrypted(target, payload, push, authorization);
    // The subscription's keys are no keys, so nothing can ever be encrypted for it.
    if (request === null) return { is: "gone" };
    if (!(await isStillDue())) return { is: "unsent" };
    const reply = await post(target.endpoint, request);
    if (reply.status === null) return noReply(reply);
    const verdict = judgeWebPush(reply.status);
    switch (verdict) {
      case "sent":
      case "gone":
        return { is: verdict };
      case "later":
        return { is: "later", retryAfterMs: readRetryAfter(reply.headers.get("retry-after"), now()) };
      case "key":
        return "wrong key";
      case "size":
        if (payload.body !== "") break;
        log("push refused", { service, status: reply.status });
        return { is: "refused" };
      case "refused":
        log("push refused", { service, status: reply.status });
        return { is: "refused" };
    }
    payload = shortPayload(payload);
  }
}

/** Null if the subscription's keys are not valid. */
function encrypted(
  { endpoint, p256dh, auth }: WebTarget,
  payload: PushPayload,
  { topic, isUrgent }: Push,
  authorization: string,
): { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> } | null {
  try {
    const subscription = { endpoint, keys: { p256dh, auth } };
    const { headers, body } = webPush.generateRequestDetails(subscription, JSON.stringify(payload), {
      // Signed tokens are kept (vapid.ts), so web-push gets no key and signs none.
      headers: { Authorization: authorization },
      TTL: pushing.ttlSeconds,
      urgency: isUrgent ? "high" : "normal",
      topic,
    });
    if (body === null) return null;
    const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    // Fetch counts the bytes itself.
    return {
      headers: Object.fromEntries(texts.filter(([name]) => name !== "Content-Length")),
      body: new Uint8Array(body),
    };
  } catch {
    return null;
  }
}
