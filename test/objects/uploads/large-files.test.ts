/** Files of several parts: whatever order they come in, the hash is that of all bytes, and of what is known nothing is read back. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { uploadLimits } from "../../../schema/bounds/uploads.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import { ask, caller, must } from "../../rig/objects/door.ts";
import { foundDm } from "../../rig/objects/people.ts";
import { begin, evict, putPart, raw, rows, sha256Of, someBytes } from "../../rig/objects/media/uploads.ts";

const { partBytes } = uploadLimits;

test(
  "[U1] several parts, in any order, one of them replaced, with evictions; the whole is hashed",
  { timeout: 120_000 },
  async () => {
    const [ana, bo] = [await caller("ana"), await caller("bo")];
    const id = await foundDm(ana, bo);
    const bytes = someBytes(2 * partBytes + 77, 5);
    const { uploadId, parts } = await begin(ana, bytes.length, { to: id, sha256: sha256Of(bytes) });
    expect(parts).toBe(3);
    const part = (n: number): Uint8Array<ArrayBuffer> => bytes.subarray((n - 1) * partBytes, n * partBytes);
    expect((await putPart(ana, uploadId, 3, part(3))).status).toBe(204);
    await evict(id);
    expect((await putPart(ana, uploadId, 1, someBytes(partBytes, 9))).status).toBe(204);
    expect(await must(200, ana, "GET", `/uploads/${uploadId}`)).toMatchObject({ received: [1, 3], parts: 3 });
    expect((await ask(ana, "POST", `/uploads/${uploadId}/complete`, {})).status).toBe(409);
    expect((await putPart(ana, uploadId, 1, part(1))).status).toBe(204);
    await evict(id);
    expect((await putPart(ana, uploadId, 2, part(2))).status).toBe(204);
    const [one, two] = await Promise.all([
      must<Attachment>(200, ana, "POST", `/uploads/${uploadId}/complete`, {}),
      must<Attachment>(200, ana, "POST", `/uploads/${uploadId}/complete`, {}),
    ]);
    expect(one).toMatchObject({ bytes: bytes.length, sha256: sha256Of(bytes) });
    expect(two).toEqual(one);
    expect(await rows(id, "SELECT * FROM upload_parts")).toEqual([]);
    expect((await putPart(ana, uploadId, 2, part(2))).status).toBe(409);
  },
);

test(
  "[U4] of a large file that arrived in this isolate nothing but its beginning is read back, unless a part came twice",
  { timeout: 120_000 },
  async () => {
    const [ana, bo] = [await caller("ana"), await caller("bo")];
    const id = await foundDm(ana, bo);
    const bytes = someBytes(3 * partBytes + 77, 5);
    const part = (n: number): Uint8Array<ArrayBuffer> => bytes.subarray((n - 1) * partBytes, n * partBytes);
    const ranges: (R2Range | undefined)[] = [];
    const MEDIA = new Proxy(env.MEDIA, {
      get: (bucket, name) =>
        name === "get"
          ? (key: string, options?: R2GetOptions) => {
              if (key.startsWith("media/")) ranges.push(options?.range as R2Range | undefined);
              return bucket.get(key, options);
            }
          : Reflect.get(bucket, name).bind(bucket),
    });
    const readBack = async (order: readonly number[], meanwhile?: (uploadId: string) => Promise<unknown>) => {
      const { uploadId } = await begin(ana, bytes.length, { to: id });
      for (const n of order) expect((await putPart(ana, uploadId, n, part(n))).status).toBe(204);
      await meanwhile?.(uploadId);
      ranges.length = 0;
      const headers = { "content-type": "application/json" };
      const asked = { headers, body: "{}", bindings: { MEDIA } };
      const completed = await raw(ana, "POST", `/uploads/${uploadId}/complete`, asked);
      expect(await completed.json()).toMatchObject({ sha256: sha256Of(bytes) });
      return [...ranges];
    };
    const head = { offset: 0, length: 4_096 };
    expect(await readBack([1, 2, 3, 4])).toEqual([head]);
    expect(await readBack([4, 1, 3, 2])).toEqual([head]);
    // The same bytes again: R2 alone knows that they are the same.
    expect(await readBack([1, 2, 3, 4, 2])).toEqual([undefined]);
    expect(await readBack([1, 2, 3, 4], () => evict(id))).toEqual([undefined]);
  },
);

test("[U7] a part that R2 refuses while it arrives is refused when all of it has come, and the next one is as before", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const bytes = someBytes(partBytes + 77, 5);
  const { uploadId } = await begin(ana, bytes.length, { to: id });
  const first = bytes.subarray(0, partBytes);
  // An answer in the middle of the body breaks the connection of many clients.
  const { readable, writable } = new FixedLengthStream(first.length);
  let arrived = 0;
  const arriving = (async () => {
    const writer = writable.getWriter();
    for (let at = 0; at < first.length; at += 65_536) {
      const piece = first.slice(at, at + 65_536);
      await writer.write(piece);
      arrived += piece.length;
    }
    await writer.close();
  })();
  const headers = { "content-length": String(first.length) };
  const bindings = { MEDIA: refusing(env.MEDIA) };
  const refused = await raw(ana, "PUT", `/uploads/${uploadId}/parts/1`, { headers, bindings, body: readable });
  expect(arrived).toBe(first.length);
  await arriving;
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: "unavailable" });
  for (const [n, part] of [first, bytes.subarray(partBytes)].entries())
    expect((await putPart(ana, uploadId, n + 1, part)).status).toBe(204);
  expect(await must(200, ana, "POST", `/uploads/${uploadId}/complete`, {})).toMatchObject({ sha256: sha256Of(bytes) });
});

/** R2 that refuses parts before it has read a byte of them. */
function refusing(bucket: R2Bucket): R2Bucket {
  return {
    ...bucket,
    resumeMultipartUpload: (key: string, uploadId: string) => ({
      key,
      uploadId,
      uploadPart: () => Promise.reject(new Error("R2 does not answer")),
    }),
  } as unknown as R2Bucket;
}
