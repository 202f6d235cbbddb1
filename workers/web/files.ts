/** Owns the answers outside the API: the web app's files, its page at each of the app's addresses, and 404 everywhere else. */
import type { Env } from "../../objects/shared/platform/env.ts";
import { notFound, refuse } from "../../schema/errors.ts";
import { pageAt } from "../../schema/pages.ts";
import { answerProblem } from "../../objects/shared/platform/answers.ts";
import { dress } from "../cors.ts";
import { answerPage, makePage } from "./page.ts";

/** The form of the paths of the app's files: no dot segments, no empty segments, nothing to decode. The server looks up no other path. */
const fileForm = /^\/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*)?$/;

export async function answerFile(env: Env, request: Request, { pathname, origin }: URL): Promise<Response> {
  if (!fileForm.test(pathname)) return dress(env, request, answerMissing(request));
  const isRead = request.method === "GET" || request.method === "HEAD";
  const address = isRead && pageAt(pathname) !== null ? `${origin}/` : `${origin}${pathname}`;
  const { method, headers } = request;
  const file = await env.ASSETS.fetch(new Request(address, { method, headers, redirect: "manual" }));
  if (file.status === 404) return dress(env, request, answerMissing(request));
  if (file.status === 405) return dress(env, request, answerUnreadable());
  // Its headers come from web/public/_headers.
  return file;
}

/** No cache may keep this answer: a hashed file that is missing during a deploy would stay missing in that browser for ever. */
function answerMissing(request: Request): Response {
  const isBrowsing = request.headers.get("accept")?.includes("text/html") === true;
  if (!isBrowsing) return answerProblem(notFound.refusal);
  return answerPage(nothingHere, 404, { "cache-control": "no-store", vary: "Accept" });
}

function answerUnreadable(): Response {
  const answer = answerProblem(refuse("unsupported", "files can be read with GET and HEAD only").refusal, 405);
  answer.headers.set("allow", "GET, HEAD");
  return answer;
}

const nothingHere = makePage({
  title: "Nothing here · Parley",
  style: `
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 25vh auto; max-width: 30rem; padding: 0 1.5rem; text-align: center; }
h1 { font-size: 1.375rem; font-weight: 600; margin: 0 0 0.5rem; }
a { display: inline-block; margin-top: 0.5rem; padding: 0.5rem 1.25rem; border-radius: 0.75rem; background: #3651eb; color: #fff; text-decoration: none; }
a:focus-visible { outline: 2px solid; outline-offset: 2px; }
`,
  body: `<main><h1>There is nothing here</h1><p>Parley has no page at this address.</p><p><a href="/">Open Parley</a></p></main>`,
});
