/**
 * Owns the gateway's way to a segment: from this isolate's memory, else from the cache of the location, else from R2. The content under a segment's name never changes. Wherever a segment
 * comes from, it is compared with the digest in the manifest.
 */
import type { Segment } from "../../core/archive/segment.ts";
import { archive } from "../../schema/archive-limits.ts";
import type { SegmentName } from "../../objects/contract/archive.ts";
import { opened, readFromBucket, type SegmentRead } from "../../objects/shared/archive/segment-store.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import type { Turns } from "./turns.ts";

const cacheName = "segments";

/** The segments in this isolate's memory, the least recently used first. */
const kept = new Map<string, Segment>();

/** Reads a segment. Throws for a fault of R2 itself. `turns`: those of who reads many; unpacking one takes some milliseconds. */
export async function readSegment(env: Env, name: SegmentName, turns?: Turns): Promise<SegmentRead> {
  const known = kept.get(name.key);
  if (known !== undefined) {
    keep(name, known);
    await turns?.take();
    return { ok: true, segment: known };
  }
  const read = (await readCached(name, turns)) ?? (await readAndCache(env, name, turns));
  if (read.ok) keep(name, read.segment);
  return read;
}

/** Reads segments, a few at the same time: their packed bytes are in memory together. */
export async function readSegments(env: Env, names: readonly SegmentName[]): Promise<SegmentRead[]> {
  const reads: SegmentRead[] = [];
  await inParallel([...names.entries()], archive.segmentsReadAtOnce, async ([at, name]) => {
    reads[at] = await readSegment(env, name);
  });
  return reads;
}

/** Empties this isolate's memory of segments, for tests. */
export function forgetSegments(): void {
  kept.clear();
}

function keep(name: SegmentName, segment: Segment): void {
  kept.delete(name.key);
  kept.set(name.key, segment);
  let bytes = 0;
  for (const { bytes: each } of kept.values()) bytes += each;
  for (const [key, { bytes: each }] of kept) {
    if (kept.size <= archive.unpackedSegmentsMax && bytes <= archive.unpackedBytesMax) break;
    if (key === name.key) break;
    kept.delete(key);
    bytes -= each;
  }
}

/** The address that a segment has in the cache. No request ever goes there. */
function addressOf({ key }: SegmentName): string {
  return `https://segments.invalid/${key}`;
}

async function readCached(name: SegmentName, turns: Turns | undefined): Promise<SegmentRead | undefined> {
  try {
    const found = await (await caches.open(cacheName)).match(addressOf(name));
    if (found === undefined) return undefined;
    const bytes = new Uint8Array(await found.arrayBuffer());
    await turns?.take();
    const read = opened(name, bytes);
    return read.ok ? read : undefined;
  } catch (error) {
    logFault("cache", error, { key: name.key });
    return undefined;
  }
}

async function readAndCache(env: Env, name: SegmentName, turns: Turns | undefined): Promise<SegmentRead> {
  const { bytes, ...read } = await readFromBucket(env, name, () => turns?.take());
  if (bytes === undefined) return read;
  try {
    const headers = { "cache-control": `max-age=${archive.cacheSeconds}` };
    await (await caches.open(cacheName)).put(addressOf(name), new Response(bytes, { headers }));
  } catch (error) {
    logFault("cache", error, { key: name.key });
  }
  return read;
}
