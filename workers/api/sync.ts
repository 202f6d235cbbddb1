/** Serves sync: the poll, and the upgrades of both kinds of sockets, which are passed on to the object together with the identity. */
import type { Context } from "hono";
import type { Actor } from "../../objects/contract/actor.ts";
import { call, conversationStub, relayStub, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { identify, nameRelay, relayIn } from "../../objects/shared/identity/identity.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { errors, refuse } from "../../schema/errors.ts";
import * as declared from "../../schema/http/operations.ts";
import { readSubprotocols } from "../../schema/wire/frames/version.ts";
import { answerProblem } from "../../objects/shared/platform/answers.ts";
import { isForeignOrigin } from "../cors.ts";
import { nearTo } from "../location.ts";
import { type Api, mount } from "../mount.ts";

/** By then the object has found out which of the device's live sockets have closed. */
const fullRetryMs = 5_000;

type In = Context<{ Bindings: Env }>;

export function serveSync(api: Api): void {
  // This comes before authorization: a fault of the upgrade itself is answered first.
  api.get(declared.sync.path, (context, next) => judgeUpgrade(context, next));
  api.get(declared.live.path, (context, next) => judgeUpgrade(context, next));

  mount(api, declared.sync, ({ env, request, actor, query, allow }) => {
    const isSocket = isUpgrade(request);
    if (!isSocket) allow(query.wait * 1_000);
    const path = `/sync${searchOf({ ...query, wait: isSocket ? undefined : query.wait })}`;
    return forward(request, headersFor(request, actor), path, userStub(env, actor.userId));
  });

  mount(api, declared.live, async ({ env, request, actor, params, query }) => {
    if (!isUpgrade(request)) return answerProblem(refuse("bad_request", "Upgrade: must be websocket").refusal);
    // The user's object is always asked. It notes that the device has a live socket here, so that a sign-out reaches the socket.
    const admission = await call("user.admit", () =>
      userStub(env, actor.userId).admit(actor.deviceId, params.conversationId),
    );
    if (!admission.ok) return answerProblem(admission.refusal);
    if (admission.value === false) return answerProblem(refuse("unauthenticated", "the device is signed out").refusal);
    if (admission.value === "full") {
      return answerProblem(refuse("rate_limited", "this device has too many live sockets", fullRetryMs).refusal);
    }
    const [path, near, { conversationId }] = [`/live${searchOf(query)}`, nearTo(request), params];
    const headers = headersFor(request, actor, near.locationHint);
    const answer = await forward(request, headers, path, conversationStub(env, conversationId));
    const number = relayIn(answer);
    if (number === undefined) return answer;
    const relay = { conversationId, number };
    // The first call to a relay decides where it lives: near the first of its users.
    return forward(request, nameRelay(headers, relay), path, relayStub(env, relay, near));
  });
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

async function judgeUpgrade(context: In, next: () => Promise<void>): Promise<Response | void> {
  const request = context.req.raw;
  if (isUpgrade(request)) {
    if (isForeignOrigin(context.env, request)) {
      return answerProblem(refuse("forbidden", "this origin may not open sockets").refusal);
    }
    const { offered, protocol } = readSubprotocols(request.headers.get("sec-websocket-protocol"));
    if (offered && protocol === undefined) {
      return answerProblem(
        refuse("unsupported", "none of the offered subprotocols is supported").refusal,
        errors.bad_request.status,
      );
    }
  }
  return next();
}

function searchOf(query: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? "" : `?${search.toString()}`;
}

function headersFor(request: Request, actor: Actor, place?: string): Headers {
  const headers = identify(request.headers, actor, place);
  headers.delete("sec-websocket-protocol");
  return headers;
}

/** The object's answer as a new response, because the headers of a fetched response cannot be written. */
async function forward(
  request: Request,
  headers: Headers,
  path: string,
  stub: Pick<Fetcher, "fetch">,
): Promise<Response> {
  try {
    const answer = await stub.fetch(`https://object${path}`, { headers });
    if (answer.webSocket === null) return new Response(answer.body, answer);
    const { protocol } = readSubprotocols(request.headers.get("sec-websocket-protocol"));
    const spoken: HeadersInit = protocol === undefined ? {} : { "sec-websocket-protocol": protocol };
    return new Response(null, { status: 101, webSocket: answer.webSocket, headers: spoken });
  } catch (error) {
    logFault("forward", error, { path: path.split("?")[0] });
    return answerProblem(refuse("unavailable", "the service is busy or restarting").refusal);
  }
}
