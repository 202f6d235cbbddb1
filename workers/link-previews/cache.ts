/**
 * Owns what is kept of other sites: in this isolate's memory, a little, and in the cache of the network's location, under names that no request from outside can have. That
 * cache does nothing on workers.dev and may forget at any time, so nothing relies on it but the number of fetches.
 */
import { createHash } from "node:crypto";
import { now } from "../../objects/shared/platform/clock.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";
import { done, type Outcome } from "../../schema/errors.ts";

/** Something to keep, or null for nothing. */
export type CacheEntry = { body: string | Uint8Array<ArrayBuffer>; type: string } | { body: null };

/** What is kept under a name, else what `make` makes, which is kept from then on; a refusal is not. Null where there is nothing. */
export async function cachedOr(
  name: string,
  make: () => Promise<Outcome<CacheEntry>>,
): Promise<Outcome<Response | null>> {
  const key = digest(name);
  const near = memory.get(key);
  if (near !== undefined) return done(near.body === null ? null : answerOf(near));
  const known = await fromLocation(key);
  if (known !== undefined) return done(known.headers.get(keptAs) === "something" ? known : null);
  const made = await make();
  if (!made.ok) return made;
  const entry = made.value;
  memory.keep(key, entry);
  const response = answerOf(entry);
  await toLocation(key, response.clone());
  return done(entry.body === null ? null : response);
}

const keptAs = "x-kept";

function secondsOf({ body }: CacheEntry): number {
  return body === null ? linkPreviewBounds.missCachedSeconds : linkPreviewBounds.cachedSeconds;
}

function answerOf(entry: CacheEntry): Response {
  return new Response(entry.body, {
    headers: {
      "cache-control": `max-age=${secondsOf(entry)}`,
      [keptAs]: entry.body === null ? "nothing" : "something",
      ...("type" in entry ? { "content-type": entry.type } : {}),
    },
  });
}

/** No request ever goes to this address. */
function addressOf(key: string): string {
  return `https://links.invalid/${encodeURIComponent(key)}`;
}

async function fromLocation(key: string): Promise<Response | undefined> {
  try {
    return await (await caches.open("links")).match(addressOf(key));
  } catch (error) {
    logFault("links", error);
    return undefined;
  }
}

async function toLocation(key: string, response: Response): Promise<void> {
  try {
    await (await caches.open("links")).put(addressOf(key), response);
  } catch (error) {
    logFault("links", error);
  }
}

/** The entries of this isolate, the one used longest ago first. */
class Memory {
  readonly #entries = new Map<string, { entry: CacheEntry; until: number; bytes: number }>();
  #bytes = 0;

  get(key: string): CacheEntry | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#drop(key);
    if (found.until <= now()) return undefined;
    this.#entries.set(key, found);
    this.#bytes += found.bytes;
    return found.entry;
  }

  keep(key: string, entry: CacheEntry): void {
    this.#drop(key);
    const bytes = 500 + (typeof entry.body === "string" ? 2 * entry.body.length : (entry.body?.byteLength ?? 0));
    this.#entries.set(key, { entry, until: now() + 1_000 * secondsOf(entry), bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      const isOver =
        this.#entries.size > linkPreviewBounds.keptInMemoryMax || this.#bytes > linkPreviewBounds.keptInMemoryBytesMax;
      if (!isOver) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

const memory = new Memory();

/** A name of fixed length: caches refuse long ones. */
function digest(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
