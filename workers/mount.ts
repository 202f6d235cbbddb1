/**
 * Owns the way of every HTTP call. The caller's identity, rates, and the request's form are checked before a handler sees the call. Each
 * request is answered in time, whatever happens.
 */
import type { Context, Hono } from "hono";
import type { z } from "zod";
import type { Actor } from "../objects/contract/actor.ts";
import type { Env } from "../objects/shared/platform/env.ts";
import { logFault } from "../objects/shared/platform/log.ts";
import { isMinted } from "../objects/shared/identity/mint.ts";
import { done, notFound, type Outcome, refuse } from "../schema/errors.ts";
import type { Route } from "../schema/http/route.ts";
import { answerProblem } from "../objects/shared/platform/answers.ts";
import { checkDevice, claimant, tokenOf } from "./auth.ts";
import { drain, readBody, readParams, readQuery } from "./door.ts";
import { limitAddress, limitUser } from "./rate-limit.ts";

export type Api = Hono<{ Bindings: Env }>;

type Out<R extends Route, Part extends string> =
  R extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined;

/** What a handler receives: the request, checked by its route's schemas, and the caller. */
export type Call<R extends Route> = {
  env: Env;
  request: Request;
  actor: R extends { isOpen: true } ? undefined : Actor;
  params: Out<R, "params">;
  query: Out<R, "query">;
  body: Out<R, "body">;
  /** Allows the answer to take this much longer, for a call that waits on purpose. */
  allow: (ms: number) => void;
};

export type Handler<R extends Route> = (call: Call<R>) => Response | Promise<Response>;

/** Every request is answered within 10 s. This leaves time for the way back. */
const answerMs = 9_500;

/** Serves a declared call. */
export function mount<R extends Route>(api: Api, route: R, handler: Handler<R>): void {
  api.on(route.method, route.path, (context) => {
    const deadline = new Deadline();
    return deadline.race(serve(context, route, handler, deadline));
  });
}

async function serve<R extends Route>(
  context: Context<{ Bindings: Env }>,
  route: R,
  handler: Handler<R>,
  deadline: Deadline,
): Promise<Response> {
  try {
    const { env } = context;
    const request = context.req.raw;
    const isUncounted = route.isOpen === true && route.isGenuine === true;
    const actor = isUncounted ? done(null) : await identify(env, request, route);
    // The rest of this path reads no body, and a client that is cut off while it sends would never see the answer.
    if (!actor.ok && route.rawBody !== undefined) await drain(request);
    if (!actor.ok) return answerProblem(actor.refusal);
    const params = route.params === undefined ? undefined : readParams(context.req.param(), route.params);
    if (params?.ok === false) return answerProblem(params.refusal);
    if (params !== undefined && !areMinted(env, params.value)) return answerProblem(notFound.refusal);
    const query = route.query === undefined ? undefined : readQuery(new URL(request.url).searchParams, route.query);
    if (query?.ok === false) return answerProblem(query.refusal);
    const body = route.body === undefined ? undefined : await readBody(request, route.body);
    if (body?.ok === false) return answerProblem(body.refusal);
    const call = {
      env,
      request,
      actor: actor.value ?? undefined,
      params: params?.value,
      query: query?.value,
      body: body?.value,
      allow: (ms: number) => deadline.extend(ms),
    };
    // The schemas have checked each part of the call. The compiler cannot follow this through the route's generics.
    return await handler(call as Call<R>);
  } catch (error) {
    logFault("gateway", error, { route: `${route.method} ${route.path}` });
    return answerProblem({ code: "internal", detail: "something failed here" });
  }
}

/** The caller, or null where the call is open. */
async function identify(env: Env, request: Request, { isOpen }: Route): Promise<Outcome<Actor | null>> {
  return isOpen === true ? await limitAddress(env, request) : await admit(env, request);
}

async function admit(env: Env, request: Request): Promise<Outcome<Actor>> {
  const claimed = await claimant(env, tokenOf(request));
  if (!claimed.ok) return claimed;
  const { userId, deviceId } = claimed.value;
  const [device, limit] = await Promise.all([checkDevice(env, claimed.value), limitUser(env, userId)]);
  if (!device.ok) return device;
  return limit.ok ? done({ userId, deviceId }) : limit;
}

/** Whether all ids of the path were made by this server. Other ids are refused here, because a call to an object by a made-up id would create it for ever. */
function areMinted(env: Env, params: Record<string, unknown>): boolean {
  const { userId, conversationId } = params;
  if (typeof userId === "string" && !isMinted(env.ID_SECRET, userId, "user")) return false;
  return typeof conversationId !== "string" || isMinted(env.ID_SECRET, conversationId, "conversation");
}

const late = refuse("unavailable", "no answer in time; the call may have been done");

class Deadline {
  #at = Date.now() + answerMs;
  #timer: ReturnType<typeof setTimeout> | undefined;

  extend(ms: number): void {
    this.#at += ms;
  }

  /** The work's answer, or `unavailable` when the time is up. The work never rejects. */
  async race(work: Promise<Response>): Promise<Response> {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const expire = (): void => {
      const left = this.#at - Date.now();
      if (left > 0) this.#timer = setTimeout(expire, left);
      else resolve(answerProblem(late.refusal));
    };
    this.#timer = setTimeout(expire, answerMs);
    try {
      return await Promise.race([work, promise]);
    } finally {
      clearTimeout(this.#timer);
    }
  }
}
