/**
 * Decides which addresses the server may fetch for its users. A user must not reach through the server what only the server can reach. So there are no numbers in place
 * of a name, no names that mean something only inside a network, no ports of other services, and no passwords. A name that leads to a private address passes here; the
 * network refuses it when it connects (docs/link-previews.md).
 */
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";

const nobody: ReadonlySet<string> = new Set();

/** Names under these mean something inside a network, or nothing (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN). */
const inner =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|onion|test|invalid|example|alt)$/;

/**
 * The address to fetch, without its fragment; null where the server does not fetch it. `allowed` is LINK_HOSTS: hosts, each with or without a port, separated by
 * commas, for which no rule but the scheme's counts. `own` are the server's host names, which it does not ask about itself.
 */
export function fetchable(text: string, allowed: string, own: ReadonlySet<string> = nobody): URL | null {
  if (text.length > linkPreviewBounds.urlCharactersMax) return null;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return null;
  url.hash = "";
  if (isListed(allowed, url)) return url;
  if (url.username !== "" || url.password !== "" || url.port !== "") return null;
  const host = url.hostname.replace(/\.$/, "");
  if (own.has(host) || inner.test(host) || !isName(host)) return null;
  return url;
}

/** Whether this is a name of at least two labels. The URL parser has written every spelling of an IPv4 address as four numbers, and IPv6 in brackets. */
function isName(host: string): boolean {
  return /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(host);
}

function isListed(allowed: string, { hostname, host }: URL): boolean {
  return allowed
    .split(",")
    .map((listed) => listed.trim().toLowerCase())
    .some((listed) => listed !== "" && (listed === hostname || listed === host));
}
