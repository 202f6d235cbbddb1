/** Owns the origin of addresses of files and pictures: one of its own if the operator has set it, else that of the request. */
import type { Env } from "../../objects/shared/platform/env.ts";

const local = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** What the operator has set. A value that is no address of a site counts as none, so that a slip in it takes no files away. */
function setOrigin({ MEDIA_ORIGIN }: Env): string | undefined {
  const url = URL.parse(MEDIA_ORIGIN?.trim() ?? "");
  return url?.protocol === "https:" || url?.protocol === "http:" ? url.origin : undefined;
}

/** The name of the origin that is for media alone. */
export function mediaHost(env: Env): string | undefined {
  const set = setOrigin(env);
  return set === undefined ? undefined : new URL(set).hostname;
}

/** Of an address that is told to whoever asked, and to nobody else: always an origin. */
export function originForAsker(env: Env, request: Request): string {
  return setOrigin(env) ?? new URL(request.url).origin;
}

/**
 * Of an address that everybody is shown, so that it must not lead where one caller says. On the platform a request comes only under names of this Worker. The local
 * server believes any Host header; there another name than this machine's gives an address without an origin, which a client reads as one of its server.
 */
export function originForAll(env: Env, request: Request): string {
  const set = setOrigin(env);
  if (set !== undefined) return set;
  const { hostname, origin } = new URL(request.url);
  return env.PARLEY_LOCAL === "on" && !local.test(hostname) ? "" : origin;
}

/** Whether the request came to the origin that is for media alone. TLS may end in front of the server, so only the host is compared. */
export function isAtMediaOrigin(env: Env, url: URL): boolean {
  const set = setOrigin(env);
  return set !== undefined && new URL(set).host === url.host;
}
