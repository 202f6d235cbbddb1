/** Owns indexes as they lie in R2: packed, named by what the conversation says, and compared with their digest when they are read. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Bytes } from "../../../core/search/dictionary.ts";
import { indexHolds } from "../../../schema/search-limits.ts";
import type { IndexName } from "../../contract/archive.ts";
import { cost } from "../platform/meter.ts";
import type { Env } from "../platform/env.ts";
import { log } from "../platform/log.ts";
import { digestOf } from "./segment-store.ts";

export function packedIndex(index: Bytes): Uint8Array {
  return deflateRawSync(index);
}

/** An index, unpacked; undefined where it is missing or damaged, which is logged. A fault of R2 itself throws. */
export async function readIndex(env: Env, name: IndexName): Promise<Bytes | undefined> {
  cost.bucketReads++;
  const object = await env.ARCHIVE.get(name.key);
  const packed = object === null ? undefined : new Uint8Array(await object.arrayBuffer());
  if (packed !== undefined && digestOf(packed) === name.digest)
    return new Uint8Array(inflateRawSync(packed, { maxOutputLength: indexHolds.unpackedBytesMax }));
  log("hole in the archive", { key: name.key, why: packed === undefined ? "missing" : "damaged" });
  return undefined;
}
