/** Owns what is answered outside the API: the web app's files, its page at each of its addresses, and that there is nothing else. */
import { createHash } from "node:crypto";
import type { Env } from "../objects/shared/platform/env.ts";
import { notFound, refuse } from "../schema/errors.ts";
import { pageAt } from "../schema/pages.ts";
import { answerProblem } from "./answer.ts";
import { dress } from "./cors.ts";

/** What the app's files are called. Anything else is not looked for: no dot segments, no empty ones, nothing to decode. */
const fileForm = /^\/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*)?$/;

export async function answerFile(env: Env, request: Request, { pathname, origin }: URL): Promise<Response> {
  if (!fileForm.test(pathname)) return dress(env, request, answerMissing(request));
  const isRead = request.method === "GET" || request.method === "HEAD";
  const address = isRead && pageAt(pathname) !== null ? `${origin}/` : `${origin}${pathname}`;
  const { method, headers } = request;
  const file = await env.ASSETS.fetch(new Request(address, { method, headers, redirect: "manual" }));
  if (file.status === 404) return dress(env, request, answerMissing(request));
  if (file.status === 405) return dress(env, request, answerUnreadable());
  // It has the headers of web/public/_headers.
  return file;
}

/** Never kept by a browser: a hashed file of a build before this one or after would be missing for ever. */
function answerMissing(request: Request): Response {
  const isBrowsing = request.headers.get("accept")?.includes("text/html") === true;
  if (!isBrowsing) return answerProblem(notFound.refusal);
  return new Response(page, {
    status: 404,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-store",
      vary: "Accept",
    },
  });
}

function answerUnreadable(): Response {
  const answer = answerProblem(refuse("unsupported", "files are read by GET and HEAD").refusal, 405);
  answer.headers.set("allow", "GET, HEAD");
  return answer;
}

const style = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 30rem; padding: 0 1.5rem; text-align: center; }
`;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nothing here · Parley</title><style>${style}</style></head>
<body><h1>There is nothing here</h1><p>This is no address of Parley’s. <a href="/">Open Parley</a></p></body></html>`;
