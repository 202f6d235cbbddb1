/** The door of Parley: requests to the API, queues to their consumers, everything else to the web app. Keeps no state. */
import type { Env } from "../objects/shared/env.ts";
import { makeApi } from "./api/api.ts";
import { dress, preflight } from "./cors.ts";
import { consume } from "./queues/consume.ts";

export { ConversationObject } from "../objects/conversation/object.ts";
export { UserObject } from "../objects/user/object.ts";

const api = makeApi();
const apiPaths = /^\/(?:v1|docs)(?:\/|$)/;

export default {
  async fetch(request, env, context): Promise<Response> {
    if (!apiPaths.test(new URL(request.url).pathname)) return env.ASSETS.fetch(request);
    const response = preflight(env, request) ?? (await api.fetch(request, env, context));
    return dress(env, request, response, crypto.randomUUID());
  },
  queue: (batch, env) => consume(batch, env),
} satisfies ExportedHandler<Env>;
