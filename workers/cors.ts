/** Owns which origins may call from a browser, and the headers that every answer carries. */
import type { Env } from "../objects/shared/platform/env.ts";

export const methods = "GET, HEAD, POST, PUT, PATCH, DELETE";
const preflightSeconds = "86400";

/** The server's own origin, also where TLS ends in front of it, and those of ALLOWED_ORIGINS. */
function isAllowedOrigin(env: Env, request: Request, origin: string): boolean {
  const own = URL.parse(request.url);
  if (own !== null && (origin === own.origin || origin === `https://${own.host}`)) return true;
  return env.ALLOWED_ORIGINS.split(",").some((allowed) => allowed.trim() === origin && origin !== "");
}

/** Whether an upgrade comes from a page of another site. Programs that are no browsers send no origin. */
export function isForeignOrigin(env: Env, request: Request): boolean {
  const origin = request.headers.get("origin");
  return origin !== null && !isAllowedOrigin(env, request, origin);
}

/** The answer to a browser's preflight request; undefined where the request is none. */
export function preflight(env: Env, request: Request): Response | undefined {
  if (request.method !== "OPTIONS") return undefined;
  const origin = request.headers.get("origin");
  if (origin === null || request.headers.get("access-control-request-method") === null) return undefined;
  const headers = new Headers({ vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" });
  if (isAllowedOrigin(env, request, origin)) {
    headers.set("access-control-allow-methods", methods);
    headers.set("access-control-allow-headers", "authorization, content-type");
    headers.set("access-control-max-age", preflightSeconds);
  }
  return new Response(null, { status: 204, headers });
}

/** Adds the headers that all answers carry. The answer to an upgrade is left as it is. */
export function dress(env: Env, request: Request, response: Response): Response {
  if (response.status === 101) return response;
  const { headers } = response;
  headers.set("x-request-id", crypto.randomUUID());
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("content-security-policy"))
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  // Media on an origin of their own are open to all.
  if (origin !== null && !headers.has("access-control-allow-origin") && isAllowedOrigin(env, request, origin)) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", "x-request-id, retry-after, date");
  }
  return response;
}
