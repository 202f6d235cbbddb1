/** Owns what a location of the network keeps of other sites: in the platform's cache, under names that no request from outside can have. */
import { createHash } from "node:crypto";
import { logFault } from "../../objects/shared/platform/log.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";

/** Something to keep, or null for nothing. */
export type CacheEntry = { body: string | Uint8Array<ArrayBuffer>; type: string } | { body: null };

/** What is kept under a name, else what `make` makes, which is kept from then on. 404 where there is nothing. */
export async function cachedOr(name: string, make: () => Promise<CacheEntry>): Promise<Response> {
  const key = new Request(`https://links.invalid/${encodeURIComponent(digest(name))}`);
  const cache = await caches.open("links");
  const known = await cache.match(key).catch(() => undefined);
  if (known !== undefined) return asAnswer(known);
  const made = await make();
  const seconds = made.body === null ? linkPreviewBounds.missCachedSeconds : linkPreviewBounds.cachedSeconds;
  const response = new Response(made.body, {
    headers: {
      "cache-control": `max-age=${seconds}`,
      "x-kept": made.body === null ? "nothing" : "something",
      ...("type" in made ? { "content-type": made.type } : {}),
    },
  });
  try {
    await cache.put(key, response.clone());
  } catch (error) {
    logFault("links", error);
  }
  return asAnswer(response);
}

function asAnswer(kept: Response): Response {
  return kept.headers.get("x-kept") === "something" ? kept : new Response(null, { status: 404 });
}

/** A name of fixed length: caches refuse long ones. */
function digest(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
