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
    const { pathname } = new URL(request.url);
    if (!apiPaths.test(pathname)) return answerFile(env, request, pathname);
    const response = preflight(env, request) ?? (await api.fetch(request, env, context));
    return dress(env, request, response, crypto.randomUUID());
  },
  queue: (batch, env) => consume(batch, env),
} satisfies ExportedHandler<Env>;

/**
 * Where there is no file, the page is answered. Not in place of a hashed file, of a build before this one or after: its path would have
 * the browser keep the page for a year as that script.
 */
async function answerFile(env: Env, request: Request, pathname: string): Promise<Response> {
  const file = await env.ASSETS.fetch(request);
  const isPage = file.headers.get("content-type")?.startsWith("text/html") === true;
  if (!isPage || !pathname.startsWith("/assets/")) return file;
  return new Response(null, { status: 404, headers: { "cache-control": "no-store" } });
}
