/**
 * Owns the completing of an upload: the parts become one object in R2, all its bytes are hashed as they stream by, and its first bytes say what it is. Every step may
 * be done twice, so whoever repeats the call after a crash goes on from where it was.
 */
import { createHash } from "node:crypto";
import { arrivingHashes, type Begun } from "./arriving-hashes.ts";
import { askUpload } from "./ask.ts";
import { isBlocked } from "../blocklist.ts";
import { readLarge } from "./read-large.ts";
import { hintScan } from "../scan.ts";
import { isRaster, sniff } from "../../../core/media/sniff.ts";
import type { CompletionWork, Found, Said } from "../../../objects/contract/uploads.ts";
import { reach } from "../../../objects/shared/archive/fault-points.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { logFault } from "../../../objects/shared/platform/log.ts";
import { cost } from "../../../objects/shared/platform/meter.ts";
import { isNoUpload } from "../../../objects/shared/uploads/media-gone.ts";
import { ownerOf } from "../../../objects/shared/uploads/upload-ids.ts";
import { uploadBounds, uploadLimits } from "../../../schema/bounds/uploads.ts";
import { done, type Outcome, type Refusal, refuse } from "../../../schema/errors.ts";
import type { AttachmentId, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";

/** What became of the bytes. `why`: what the object is told; `refusal`: what the client is. */
type Read = { ok: true; found: Found } | { ok: false; why: "parts" | "bytes"; refusal: Refusal };

export async function completeUpload(env: Env, by: UserId, id: AttachmentId, said: Said): Promise<Outcome<Attachment>> {
  const until = Date.now() + uploadBounds.completeMs;
  let asked = await askUpload(env, by, { do: "complete", id, said });
  while (asked.ok && asked.value.do === "wait") {
    if (Date.now() > until) return refuse("unavailable", "it is being completed; ask again");
    asked = await askUpload(env, by, { do: "join", id, said });
  }
  if (!asked.ok) return asked;
  if (asked.value.do !== "work") return asked.value.do === "done" ? done(asked.value.attachment) : busy;
  const { work } = asked.value;
  let read: Read;
  try {
    read = await readWork(env, work);
    if (read.ok && ownerOf(env.ID_SECRET, id)?.kind === "user" && !isRaster(read.found.type))
      read = lost("bytes", "type: must be a PNG, JPEG, GIF, WebP or AVIF picture");
    if (read.ok && (await isBlocked(env, read.found.sha256)))
      read = { ok: false, why: "bytes", refusal: refuse("forbidden", "this file is not allowed here").refusal };
    if (read.ok) await hintScan(env, { id, key: work.key, sha256: read.found.sha256, type: read.found.type });
    await reach("uploads: before it reports");
  } catch (error) {
    logFault("upload", error);
    await askUpload(env, by, { do: "failed", id, key: work.key, why: "again" });
    return busy;
  }
  arrivingHashes.forget(work.key);
  if (read.ok) return await askUpload(env, by, { do: "completed", id, key: work.key, said, found: read.found });
  const told = await askUpload(env, by, { do: "failed", id, key: work.key, why: read.why });
  return told.ok ? { ok: false, refusal: read.refusal } : told;
}

const busy = refuse("unavailable", "it could not be completed now; ask again");

function lost(why: "parts" | "bytes", detail: string): Read {
  return { ok: false, why, refusal: refuse(why === "parts" ? "conflict" : "bad_request", detail).refusal };
}

async function readWork(env: Env, work: CompletionWork): Promise<Read> {
  const { draft } = work;
  if (!(await join(env, work))) return lost("parts", "some parts were replaced while they arrived; send them again");
  await reach("uploads: the parts are one");
  const seen = await look(env, work);
  if (seen === null) return lost("parts", "the bytes have not arrived; send them again");
  if (seen.size !== draft.bytes) return lost("bytes", "bytes: it has another number of them");
  if (draft.sha256 !== null && draft.sha256 !== seen.sha256) return lost("bytes", "sha256: the bytes do not give it");
  return { ok: true, found: { ...sniff(seen.head, draft.type), sha256: seen.sha256 } };
}

/** Makes one object of the parts. False where R2 does not have them as they were reported. */
async function join(env: Env, { key, multipart, parts, draft }: CompletionWork): Promise<boolean> {
  if (multipart === null) return true;
  cost.bucketWrites++;
  try {
    await env.MEDIA.resumeMultipartUpload(key, multipart).complete(parts);
    return true;
  } catch (error) {
    // 10025: a part has another etag; 10011 and 10048: parts are too small, or of different sizes.
    if (error instanceof Error && /\((?:10025|10011|10048)\)/.test(error.message)) return false;
    if (!isNoUpload(error)) throw error;
    // An earlier try has completed it, and nobody heard of that.
    cost.bucketReads++;
    const object = await env.MEDIA.head(key);
    return object?.size === draft.bytes;
  }
}

type Seen = { size: number; head: Uint8Array; sha256: string };

/** The first bytes, and the hash of all. Null where there is no object. */
async function look(env: Env, work: CompletionWork): Promise<Seen | null> {
  const begun = work.multipart === null ? undefined : arrivingHashes.begun(work.key, work.grants ?? []);
  if (begun !== undefined) return await lookAtRest(env, work, begun);
  const isCompared = work.multipart === null && work.draft.sha256 !== null;
  return (isCompared ? await lookAtHead(env, work) : undefined) ?? (await lookAtAll(env, work));
}

/** Where R2 has compared the hash when the object was put, the first bytes are enough. Undefined where it has not. */
async function lookAtHead(env: Env, { key }: CompletionWork): Promise<Seen | undefined> {
  const object = await headOf(env, key);
  const compared = object?.checksums.sha256;
  if (object === null || compared === undefined) return undefined;
  const head = new Uint8Array(await object.arrayBuffer());
  return { size: object.size, head, sha256: Buffer.from(compared).toString("hex") };
}

/** Where the first parts were hashed as they came, only the others are read. */
async function lookAtRest(env: Env, { key, draft }: CompletionWork, { hash, parts }: Begun): Promise<Seen | null> {
  const object = await headOf(env, key);
  if (object === null) return null;
  const head = new Uint8Array(await object.arrayBuffer());
  const offset = parts * uploadLimits.partBytes;
  if (object.size === draft.bytes && offset < draft.bytes) {
    cost.bucketReads++;
    const rest = await env.MEDIA.get(key, { range: { offset } });
    if (rest === null) return null;
    await readLarge(rest.body, uploadBounds.readBytes, (bytes) => void hash.update(bytes));
  }
  return { size: object.size, head, sha256: hash.digest("hex") };
}

async function headOf(env: Env, key: string): Promise<R2ObjectBody | null> {
  cost.bucketReads++;
  return await env.MEDIA.get(key, { range: { offset: 0, length: uploadBounds.sniffedBytes } });
}

/** All bytes stream by, once. */
async function lookAtAll(env: Env, { key, draft }: CompletionWork): Promise<Seen | null> {
  cost.bucketReads++;
  const object = await env.MEDIA.get(key);
  if (object === null) return null;
  const { size, body } = object;
  if (size !== draft.bytes) {
    await body.cancel();
    return { size, head: new Uint8Array(), sha256: "" };
  }
  const hash = createHash("sha256");
  let head = new Uint8Array();
  await readLarge(body, Math.min(size, uploadBounds.readBytes), (bytes) => {
    hash.update(bytes);
    if (head.byteLength === 0) head = bytes.slice(0, uploadBounds.sniffedBytes);
  });
  return { size, head, sha256: hash.digest("hex") };
}
