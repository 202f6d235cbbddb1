/** Owns the target of a request: the judging of its first line and its Host header, before anything else reads them. */
import { done, type Outcome, refuse } from "../schema/errors.ts";

const hostForm = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * The address of a request. A malformed Host header is refused before any rule looks at the path, because the runtime puts both together:
 * with `Host: a/v1/me?` the path would begin in the header. Two Host headers come as one text with a comma, which is malformed too.
 */
export function targetOf(request: Request): Outcome<URL> {
  const host = request.headers.get("host");
  if (host !== null && !hostForm.test(host)) return refuse("bad_request", "the Host header is malformed");
  if (isAsterisk(request)) return refuse("bad_request", "* is allowed with OPTIONS only");
  const url = URL.parse(request.url);
  return url === null ? refuse("bad_request", "the address is malformed") : done(url);
}

/** Whether the target is `*`, which stands for the server as a whole. The runtime appends it to the host. */
export function isAsterisk(request: Request): boolean {
  return /^[a-z]+:\/\/[^/?#]*\*$/.test(request.url);
}
