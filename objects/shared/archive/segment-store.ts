/** Owns segments as they lie in R2: packed, named by what the manifest says, and compared with their digest when they are read. */
import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { Segment } from "../../../core/archive/segment.ts";
import { archive } from "../../../schema/archive-limits.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type { Env } from "../platform/env.ts";
import { log } from "../platform/log.ts";
import { cost } from "../platform/meter.ts";

export const sha256 = (text: string): string => hash("sha256", text, "hex");

/** A segment, or why it cannot be read. A fault of R2 itself, which passes, is thrown instead. */
export type SegmentRead = { ok: true; segment: Segment } | { ok: false; why: "missing" | "damaged" };

export function packed(json: string): Uint8Array {
  return deflateRawSync(Buffer.from(json), { level: constants.Z_BEST_COMPRESSION });
}

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The segment in these bytes, if their digest is that of the manifest. */
export function opened(name: SegmentName, bytes: Uint8Array): SegmentRead {
  if (digestOf(bytes) !== name.digest) return { ok: false, why: "damaged" };
  return { ok: true, segment: unpacked(bytes) };
}

/** Throws if the bytes are no segment. */
export function unpacked(bytes: Uint8Array): Segment {
  const json = inflateRawSync(bytes, { maxOutputLength: archive.segmentUnpackedBytesMax });
  return new Segment(sha256, json.toString("utf8"));
}

/** Reads a segment from R2 itself. A segment that is missing or damaged is logged. `turn`: resolves when it may be unpacked. */
export async function readFromBucket(
  env: Env,
  name: SegmentName,
  turn?: () => Promise<void> | undefined,
): Promise<SegmentRead & { bytes?: Uint8Array<ArrayBuffer> }> {
  cost.bucketReads++;
  const object = await env.ARCHIVE.get(name.key);
  if (object === null) return hole(name, "missing");
  const bytes = new Uint8Array(await object.arrayBuffer());
  await turn?.();
  const read = opened(name, bytes);
  return read.ok ? { ...read, bytes } : hole(name, read.why);
}

function hole(name: SegmentName, why: "missing" | "damaged"): SegmentRead {
  log("hole in the archive", { key: name.key, why });
  return { ok: false, why };
}
