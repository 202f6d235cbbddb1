/** Owns for whom the server fetches pages and pictures: under which names it is itself, and how much it fetches for one network and from one site. */
import { createHmac } from "node:crypto";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, notFound, type Outcome } from "../../schema/errors.ts";
import { mediaHost } from "../media/origin.ts";
import { limitLinkFetches, networkKey } from "../rate-limit.ts";

/** Who has something fetched. `own`: the names of this server, as far as it knows them. */
export type Asking = {
  readonly env: Env;
  readonly own: ReadonlySet<string>;
  readonly agent: string;
  /** Counts a fetch from this host, or refuses it. */
  readonly charge: (host: string) => Promise<Outcome<null>>;
};

/** A request that another preview of this server has made, by whatever name it came here, has nothing fetched: so no chain of pictures leads round. */
export function askingOf(env: Env, request: Request): Outcome<Asking> {
  const agent = agentOf(env);
  if (request.headers.get("user-agent") === agent) return notFound;
  const network = networkKey(request);
  const own = new Set([new URL(request.url).hostname, mediaHost(env)].filter((name) => name !== undefined));
  return done({ env, own, agent, charge: (host) => limitLinkFetches(env, network, host) });
}

/** What sites are told of who asks. The mark at its end is this server's alone, and says nothing. */
function agentOf(env: Env): string {
  const mark = createHmac("sha256", Buffer.from(env.TOKEN_SECRET, "base64url")).update("previews of links");
  return `Mozilla/5.0 (compatible; ParleyLinkPreview/1.0; ${mark.digest("base64url").slice(0, 12)})`;
}
