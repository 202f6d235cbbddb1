/** Owns the way of a part from the client to R2. It is streamed: nothing of it is held here, and what R2 refuses is not stored. */
import { drain } from "../../door.ts";
import { arrivingHashes } from "./arriving-hashes.ts";
import { askUpload } from "./ask.ts";
import { readLarge } from "./read-large.ts";
import { reach } from "../../../objects/shared/archive/fault-points.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { logFault } from "../../../objects/shared/platform/log.ts";
import { cost } from "../../../objects/shared/platform/meter.ts";
import { isNoUpload } from "../../../objects/shared/uploads/media-gone.ts";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { AttachmentId, UserId } from "../../../schema/ids.ts";

export async function putPart(
  env: Env,
  request: Request,
  by: UserId,
  { id, n }: { id: AttachmentId; n: number },
): Promise<Outcome<null>> {
  const stored = await store(env, request, by, id, n);
  if (!stored.ok) await drain(request);
  return stored;
}

async function store(env: Env, request: Request, by: UserId, id: AttachmentId, n: number): Promise<Outcome<null>> {
  const bytes = lengthOf(request);
  if (!bytes.ok) return bytes;
  const place = await askUpload(env, by, { do: "part", id, n, bytes: bytes.value });
  if (!place.ok) return place;
  const { body } = request;
  if (body === null) return refuse("bad_request", "the body is missing");
  const { key, multipart, sha256, grant = null } = place.value;
  let etag: string | null = null;
  cost.bucketWrites++;
  try {
    await reach("uploads: before a part is put");
    // The runtime knows the length of the body by its Content-Length, and fails where less or more comes.
    if (multipart === null) await env.MEDIA.put(key, body, sha256 === null ? {} : { sha256 });
    else etag = await putOneOfMany(env.MEDIA.resumeMultipartUpload(key, multipart), n, body, bytes.value, grant);
  } catch (error) {
    return faultOf(error);
  }
  await reach("uploads: a part is put");
  const noted = await askUpload(env, by, { do: "stored", id, n, key, etag });
  // The object deletes what it does not know after a while. What took longer than that is deleted here.
  if (!noted.ok && noted.refusal.code === "conflict" && multipart === null) await env.MEDIA.delete(key);
  return noted;
}

/**
 * A part of a large file goes to R2, and on its way into the hash of the file. The body is read as fast as R2 takes it. With `tee` it would be read as fast as it comes, and
 * what R2 has not taken yet would be in memory. If R2 refuses, the rest is read and dropped, so that the client sees the answer. Answers the part's etag.
 */
async function putOneOfMany(
  upload: R2MultipartUpload,
  n: number,
  body: ReadableStream<Uint8Array>,
  bytes: number,
  grant: string | null,
): Promise<string> {
  const part = grant === null ? undefined : arrivingHashes.part(upload.key, n, grant);
  const way = new FixedLengthStream(bytes);
  const taking = upload.uploadPart(n, way.readable);
  const passing = passOn(body, way.writable, taking, (piece) => part?.add(piece));
  const [put, passed] = await Promise.allSettled([taking, passing]);
  if (put.status === "fulfilled" && passed.status === "fulfilled") {
    part?.stored();
    return put.value.etag;
  }
  part?.lost();
  throw put.status === "rejected" ? put.reason : (passed as PromiseRejectedResult).reason;
}

/** Reads the whole body. Rejects if it ends early. When `taking` has failed, which reads `to`, the rest is dropped. */
async function passOn(
  body: ReadableStream<Uint8Array>,
  to: WritableStream<Uint8Array>,
  taking: Promise<unknown>,
  see: (bytes: Uint8Array) => void,
): Promise<void> {
  const writer = to.getWriter();
  let isTaken = true;
  const refused = (): void => void (isTaken = false);
  // It may have failed without reading to the end: then what is being written would wait for ever.
  taking.catch(() => {
    refused();
    return writer.abort().catch(refused);
  });
  try {
    await readLarge(body, uploadBounds.readBytes, async (bytes) => {
      if (!isTaken) return;
      see(bytes);
      await writer.write(bytes).catch(refused);
    });
    if (isTaken) await writer.close();
  } catch (error) {
    await writer.abort(error).catch(refused);
    throw error;
  }
}

function lengthOf(request: Request): Outcome<number> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && !/^identity$/i.test(encoding)) return refuse("unsupported", "the body must not be encoded");
  const length = request.headers.get("content-length");
  if (length === null || !/^\d{1,12}$/.test(length)) return refuse("bad_request", "content-length: is missing");
  return done(Number(length));
}

/** R2's codes: 10037, the bytes do not give the hash; 10024, the upload is completed or given up. */
function faultOf(error: unknown): Outcome<never> {
  const message = error instanceof Error ? error.message : "";
  if (/\(10037\)/.test(message)) return refuse("bad_request", "sha256: the bytes do not give it");
  if (isNoUpload(error)) return refuse("conflict", "the upload is completed or over");
  logFault("upload", error);
  return refuse("unavailable", "the part was not stored; send it again");
}
