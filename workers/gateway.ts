/** The door of Parley: requests to the API, queues to their consumers, everything else to the web app. Keeps no state. */
import type { Env } from "../objects/shared/platform/env.ts";
import { logFault } from "../objects/shared/platform/log.ts";
import { answerProblem } from "../objects/shared/platform/answers.ts";
import { answerNothing } from "./answer.ts";
import { makeApi } from "./api/api.ts";
import { compressed } from "./compressed.ts";
import { dress, methods, preflight } from "./cors.ts";
import { answerFile } from "./web/files.ts";
import { consume } from "./queues/consume.ts";
import { isAsterisk, targetOf } from "./target.ts";

export { ConversationObject } from "../objects/conversation/object.ts";
export { RelayObject } from "../objects/relay/object.ts";
export { UserObject } from "../objects/user/object.ts";

const api = makeApi();
/** The SDK's reference is made of files. */
const apiPaths = /^\/(?:v1|docs(?!\/sdk(?:\/|$)))(?:\/|$)/;

export default {
  async fetch(request, env, context): Promise<Response> {
    try {
      return await answer(request, env, context);
    } catch (error) {
      logFault("gateway", error);
      return dress(env, request, answerProblem({ code: "internal", detail: "something failed here" }));
    }
  },
  queue: (batch, env) => consume(batch, env),
  /** Ends a CONNECT, for this server is no proxy. The runtime has answered 200 before it calls this; without it, it would answer 500. */
  connect: () => undefined,
} satisfies ExportedHandler<Env> & { connect: () => void };

async function answer(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  if (request.method === "OPTIONS" && isAsterisk(request)) {
    const allowed = answerNothing();
    allowed.headers.set("allow", `${methods}, OPTIONS`);
    return dress(env, request, allowed);
  }
  const target = targetOf(request);
  if (!target.ok) return dress(env, request, answerProblem(target.refusal));
  const { pathname } = target.value;
  if (!apiPaths.test(pathname)) return await answerFile(env, request, target.value);
  const response =
    preflight(env, request) ?? compressed(env, request, pathname, await api.fetch(request, env, context));
  return dress(env, request, response);
}
