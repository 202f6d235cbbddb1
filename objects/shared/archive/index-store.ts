/** Owns indexes as they lie in R2: packed, named by what the conversation says, and compared with their digest when they are read. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Pack, PackedDictionary, type Unpack } from "../../../core/search/packed-dictionary.ts";
import { indexHolds } from "../../../schema/search-limits.ts";
import type { IndexName } from "../../contract/archive.ts";
import { cost } from "../platform/meter.ts";
import type { Env } from "../platform/env.ts";
import { log } from "../platform/log.ts";
import { digestOf } from "./segment-store.ts";

export const packPage: Pack = (page) => deflateRawSync(page);
const unpackPage: Unpack = (packed) =>
  new Uint8Array(inflateRawSync(packed, { maxOutputLength: indexHolds.unpackedBytesMax }));

export function openedIndex(bytes: Uint8Array<ArrayBuffer>): PackedDictionary {
  return new PackedDictionary(bytes, unpackPage);
}

/** An index; undefined where it is missing or damaged, which is logged. A fault of R2 itself throws. */
export async function readIndex(env: Env, name: IndexName): Promise<PackedDictionary | undefined> {
  cost.bucketReads++;
  const object = await env.ARCHIVE.get(name.key);
  const bytes = object === null ? undefined : new Uint8Array(await object.arrayBuffer());
  if (bytes !== undefined && digestOf(bytes) === name.digest) return openedIndex(bytes);
  log("hole in the archive", { key: name.key, why: bytes === undefined ? "missing" : "damaged" });
  return undefined;
}
