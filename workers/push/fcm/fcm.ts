/** The transport to native apps: Firebase Cloud Messaging, HTTP v1. It brings pushes to Android itself and to iOS through Apple's service. */
import { z } from "zod";
import { judgeFcm } from "../../../core/push/answers.ts";
import { fitPayload, shortPayload } from "../../../core/push/payload.ts";
import { readRetryAfter } from "../../../core/push/retry-after.ts";
import type { PushTarget } from "../../../objects/contract/push.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { log } from "../../../objects/shared/platform/log.ts";
import { pushing } from "../../../schema/push-limits.ts";
import type { PushPayload } from "../../../schema/wire/push.ts";
import { type Answer, type IsStillDue, noReply, post, type Push, type Reply, type Transport } from "../transport.ts";
import { accessToken } from "./access-token.ts";
import { fcmAddresses, serviceAccountOf } from "./service-account.ts";

export type FcmTarget = Extract<PushTarget, { via: "fcm" }>;

const service = "fcm";

export class Fcm implements Transport<FcmTarget> {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  serviceOf(): string | null {
    return serviceAccountOf(this.#env) === null ? null : service;
  }

  async send(target: FcmTarget, push: Push, isStillDue: IsStillDue): Promise<Answer> {
    const account = serviceAccountOf(this.#env);
    if (account === null) return { is: "refused" };
    const url = `${fcmAddresses(this.#env).messages}/v1/projects/${account.projectId}/messages:send`;
    let payload = fitPayload(push.payload, pushing.fcmPayloadBytesMax);
    let refused: string | undefined;
    for (;;) {
      const token = await accessToken(this.#env, account, refused);
      if (token === null) return { is: "later", retryAfterMs: null };
      if (!(await isStillDue())) return { is: "unsent" };
      const reply = await post(
        url,
        {
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: JSON.stringify({ message: messageOf(target, payload, push) }),
        },
        (status) => status >= 400,
      );
      if (reply.status === null) return noReply(reply);
      const fault = faultOf(reply);
      const verdict = judgeFcm(fault);
      if (verdict === "key" && refused === undefined) refused = token;
      else if (verdict === "size" && payload.body !== "") payload = shortPayload(payload);
      else return answerOf(verdict, reply, fault.code);
    }
  }
}

function answerOf(verdict: ReturnType<typeof judgeFcm>, reply: Reply, code: string | null): Answer {
  switch (verdict) {
    case "sent":
    case "gone":
      return { is: verdict };
    case "later": {
      const retryAfterMs = readRetryAfter(reply.headers.get("retry-after"), now());
      return { is: "later", retryAfterMs: retryAfterMs ?? (reply.status === 429 ? pushing.quotaMs : null) };
    }
    case "key":
      // The token is new and not accepted: the account, not the device, is at fault, and an operator may mend it.
      log("push refused", { service, status: reply.status, code });
      return { is: "later", retryAfterMs: null };
    case "size":
    case "refused":
      log("push refused", { service, status: reply.status, code });
      return { is: "refused" };
  }
}

/**
 * `data` is for apps, which show the notification themselves; iOS shows `alert` where an app does not. There is no collapse key: for a device that is off FCM
 * keeps a hundred messages without one, but only those of four keys.
 */
function messageOf({ token }: FcmTarget, payload: PushPayload, { tag, isUrgent }: Push): object {
  const { title, body, badge, conversationId } = payload;
  return {
    token,
    data: Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, textOf(value)])),
    android: { priority: isUrgent ? "HIGH" : "NORMAL", ttl: `${pushing.ttlSeconds}s` },
    apns: {
      headers: {
        "apns-priority": isUrgent ? "10" : "5",
        "apns-expiration": String(Math.floor(now() / 1_000) + pushing.ttlSeconds),
        // A repeat takes the place of the first one.
        "apns-collapse-id": tag,
      },
      payload: {
        aps: { alert: { title, body }, badge, sound: "default", "thread-id": conversationId, "mutable-content": 1 },
      },
    },
  };
}

const faultAnswer = z.object({
  error: z.object({
    message: z.string().catch(""),
    details: z
      .array(
        z.object({
          errorCode: z.string().optional().catch(undefined),
          fieldViolations: z
            .array(z.object({ field: z.string() }))
            .optional()
            .catch(undefined),
        }),
      )
      .catch([]),
  }),
});

type Said = z.infer<typeof faultAnswer>["error"];

function faultOf({ status, text }: Reply): Parameters<typeof judgeFcm>[0] {
  const { message, details } = readFault(text);
  return {
    status,
    code: details.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? null,
    fields: details.flatMap(({ fieldViolations = [] }) => fieldViolations.map(({ field }) => field)),
    message,
  };
}

/** Only the text of an error is read (`post`); of anything else there is none. */
function readFault(text: string): Said {
  try {
    return faultAnswer.parse(JSON.parse(text)).error;
  } catch {
    // A page of some proxy, or nothing.
    return { message: "", details: [] };
  }
}

/** The data of such a push are texts. What is no plain value is one as JSON. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
