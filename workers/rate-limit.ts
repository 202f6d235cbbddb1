/**
 * Owns the coarse limits at the gateway, which keep a flood away from the objects. The objects have the exact quotas. The coarse limits count for
 * each location of the network and are only eventually consistent, so they are generous.
 */
import type { Env } from "../objects/shared/platform/env.ts";
import { done, type Outcome, refuse } from "../schema/errors.ts";
import type { UserId } from "../schema/ids.ts";

const tooMany = refuse("rate_limited", "too many requests", 10_000);

/** The limit of calls that need no token, by the address from which they come. */
export async function limitAddress(env: Env, request: Request): Promise<Outcome<null>> {
  const key = addressKey(request);
  if (env.PARLEY_RATE_LIMITS === "off" || key === null) return done(null);
  return (await env.RATE_LIMIT_ADDRESS.limit({ key })).success ? done(null) : tooMany;
}

export async function limitUser(env: Env, userId: UserId): Promise<Outcome<null>> {
  if (env.PARLEY_RATE_LIMITS === "off") return done(null);
  return (await env.RATE_LIMIT_USER.limit({ key: userId })).success ? done(null) : tooMany;
}

/** The limit of previews of links, for each of which the server may ask another site. */
export async function limitLinkPreviews(env: Env, userId: UserId): Promise<Outcome<null>> {
  if (env.PARLEY_RATE_LIMITS === "off") return done(null);
  return (await env.RATE_LIMIT_LINK_PREVIEWS.limit({ key: userId })).success ? done(null) : tooMany;
}

/**
 * The limits of what the server fetches of other sites, for one network of those who ask and from one site. The network's comes first: where it refuses, nothing of the
 * site's is used up. What is kept is not fetched.
 */
export async function limitLinkFetches(env: Env, network: string | null, host: string): Promise<Outcome<null>> {
  if (env.PARLEY_RATE_LIMITS === "off") return done(null);
  for (const key of [...(network === null ? [] : [`network ${network}`]), `site ${host}`])
    if (!(await env.RATE_LIMIT_LINK_FETCHES.limit({ key })).success) return tooMany;
  return done(null);
}

/** The network of a request: an IPv4 /24 or an IPv6 /48, which is about what one customer of a provider is given. null as with `addressKey`. */
export function networkKey(request: Request): string | null {
  const address = addressKey(request);
  if (address === null || !address.includes(":")) return address?.replace(/\.\d+$/, ".0/24") ?? null;
  return `${address.split(":").slice(0, 3).join(":")}::/48`;
}

/**
 * The key under which a request is counted: one IPv4 address or one IPv6 /64. A /64 is the smallest network that a line is given, and one
 * machine can use all its addresses. An IPv4 address that is written as IPv6 counts as that IPv4 address. null: the request comes from
 * this machine, because it has no address or a loopback address.
 */
export function addressKey(request: Request): string | null {
  const given = request.headers.get("cf-connecting-ip");
  if (given === null) return null;
  const groups = ipv6Groups(given);
  if (groups === null) return ipv4Key(given);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  if ([a, b, c, d, e].every((group) => group === 0)) {
    if (f === 0xffff) return ipv4Key([g >> 8, g & 255, h >> 8, h & 255].join("."));
    if (f === 0 && g === 0 && h === 1) return null;
  }
  return `${[a, b, c, d].map((group) => group.toString(16)).join(":")}::/64`;
}

/** All texts that are no address share one key, so a caller gains nothing by inventing such texts. */
function ipv4Key(text: string): string | null {
  const host = hostOf(text);
  if (host === null || !/^\d+\.\d+\.\d+\.\d+$/.test(host)) return "unknown";
  return host.startsWith("127.") ? null : host;
}

/** The eight groups of an IPv6 address in any spelling; null where the text is no IPv6 address. */
function ipv6Groups(text: string): number[] | null {
  const host = text.includes(":") ? hostOf(`[${text.replace(/%.*$/, "")}]`) : null;
  if (host === null) return null;
  // The URL parser answers the shortest spelling, with at most one "::" and no dots.
  const [head = "", tail] = host.slice(1, -1).split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => 0), ...after];
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function hostOf(text: string): string | null {
  return /^[\d.:[\]a-fA-F]+$/.test(text) && URL.canParse(`http://${text}/`)
    ? new URL(`http://${text}/`).hostname
    : null;
}
