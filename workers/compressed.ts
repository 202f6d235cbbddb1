/** Owns compressing the large answers that are the same for everybody, on a local server; on Cloudflare the edge compresses. */
import type { Env } from "../objects/shared/platform/env.ts";

/** Answers with people's data are not compressed. An attacker who can place a text beside a secret could find out the secret from the length of such answers. */
const compressible = new Set(["/docs", "/v1/openapi.json"]);

export function compressed(env: Env, request: Request, pathname: string, response: Response): Response {
  if (env.PARLEY_LOCAL !== "on" || response.status !== 200 || !compressible.has(pathname)) return response;
  response.headers.append("vary", "Accept-Encoding");
  if (request.method !== "GET" || !acceptsGzip(request.headers.get("accept-encoding") ?? "")) return response;
  // The runtime compresses the body when it finds this header.
  response.headers.set("content-encoding", "gzip");
  response.headers.delete("content-length");
  return new Response(response.body, response);
}

function acceptsGzip(accepted: string): boolean {
  return accepted.split(",").some((part) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(part));
}
