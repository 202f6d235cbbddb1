/** Owns the origin of addresses of files and pictures: one of its own if the operator has set it, else that of the request. */
import type { Env } from "../../objects/shared/platform/env.ts";

const local = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * Everybody is shown the address of a picture, so it must not lead where the caller says. On the platform a request comes only under names of this Worker. The local
 * server believes any Host header; there another name than this machine's gives an address without an origin, which a client reads as one of its server.
 */
export function mediaOrigin(env: Env, request: Request): string {
  const set = env.MEDIA_ORIGIN?.trim().replace(/\/+$/, "") ?? "";
  if (set !== "") return set;
  const { hostname, origin } = new URL(request.url);
  return env.PARLEY_LOCAL === "on" && !local.test(hostname) ? "" : origin;
}
