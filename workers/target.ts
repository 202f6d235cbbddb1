/** Owns what a request is aimed at: the address in its first line and its Host header, which nobody has judged before. */
import { done, type Outcome, refuse } from "../schema/errors.ts";

const hostForm = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * The address of a request. Two Host headers come as one with a comma in it, and what stands in a Host header may end where we see the
 * path begin; so a host that is none is refused before any rule looks at the path.
 */
export function targetOf(request: Request): Outcome<URL> {
  const host = request.headers.get("host");
  if (host !== null && !hostForm.test(host)) return refuse("bad_request", "the Host header is malformed");
  if (isAsterisk(request)) return refuse("bad_request", "* is for OPTIONS alone");
  const url = URL.parse(request.url);
  return url === null ? refuse("bad_request", "the address is malformed") : done(url);
}

/** `*` in place of a path: the server as a whole. It comes glued to the host. */
export function isAsterisk(request: Request): boolean {
  return /^[a-z]+:\/\/[^/?#]*\*$/.test(request.url);
}
