/** What an upload promises: each step once, whatever was evicted between, and nothing of it for others. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Database } from "../../../objects/shared/platform/database.ts";
import { chargeDay } from "../../../objects/shared/uploads/upload-days.ts";
import type { UploadAsk } from "../../../objects/contract/uploads.ts";
import { conversationStub } from "../../../objects/shared/platform/calls.ts";
import { uploadBounds, uploadLimits } from "../../../schema/bounds/uploads.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import { ask, caller, must } from "../../rig/objects/door.ts";
import { foundDm, foundGroup } from "../../rig/objects/people.ts";
import {
  begin,
  evict,
  png,
  putPart,
  raw,
  received,
  ring,
  rows,
  sha256Of,
  someBytes,
  stored,
  upload,
  windFor,
} from "../../rig/objects/media/uploads.ts";

const { partBytes } = uploadLimits;

test("[U1] one part: begun, received, completed, each again the same, with an eviction after each step", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const bytes = someBytes(5_000);
  const begun = await begin(ana, bytes.length, { to: id, name: "Zoë’s notes.bin" });
  expect(begun).toMatchObject({ partBytes, parts: 1, expiresAt: expect.any(Number) });
  expect(begun.uploadId.length).toBeLessThanOrEqual(64);
  await evict(id);
  const state = (): Promise<unknown> => must(200, ana, "GET", `/uploads/${begun.uploadId}`);
  expect(await state()).toEqual({ received: [], parts: 1, partBytes });
  expect(await ask(ana, "POST", `/uploads/${begun.uploadId}/complete`, {})).toMatchObject({
    status: 409,
    body: { code: "conflict" },
  });
  await evict(id);
  expect((await putPart(ana, begun.uploadId, 1, someBytes(5_000, 2))).status).toBe(204);
  expect((await putPart(ana, begun.uploadId, 1, bytes)).status).toBe(204);
  await evict(id);
  expect(await state()).toEqual({ received: [1], parts: 1, partBytes });
  const said = {
    width: 10,
    height: 65_535,
    durationMs: 0,
    thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2A",
    waveform: [0, 255],
  };
  const complete = (): Promise<Attachment> => must(200, ana, "POST", `/uploads/${begun.uploadId}/complete`, said);
  const attachment = await complete();
  expect(attachment).toEqual({
    id: begun.uploadId,
    kind: "file",
    name: "Zoë’s notes.bin",
    type: "application/octet-stream",
    bytes: 5_000,
    sha256: sha256Of(bytes),
    width: 10,
    height: 65_535,
    durationMs: 0,
    thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2A",
    waveform: [0, 255],
    hasPreview: false,
  });
  await evict(id);
  expect(await complete()).toEqual(attachment);
  const again = await must(200, ana, "POST", `/uploads/${begun.uploadId}/complete`, { width: 3 });
  expect(again).toEqual(attachment);
  expect(await putPart(ana, begun.uploadId, 1, bytes)).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect(await state()).toEqual({ received: [1], parts: 1, partBytes });
  // What the first of the two bodies was stored as is deleted; what is completed lies there once.
  await ring(id);
  const [key, more] = await stored(`media/${id}/`);
  expect(more).toBeUndefined();
  const object = await env.MEDIA.get(key ?? "");
  expect(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(bytes);
});

test("[U6] a report that is repeated, because its answer was lost, leaves the bytes alone, also after the completion", async () => {
  const ana = await caller("ana");
  const id = await foundDm(ana, await caller("bo"));
  const uploadId = await received(ana, someBytes(100), { to: id });
  const [key = ""] = await stored(`media/${id}/`);
  const report = () =>
    conversationStub(env, id).upload(ana.id, { do: "stored", id: uploadId, n: 1, key, etag: null } as UploadAsk);
  expect(await report()).toMatchObject({ ok: true });
  await must(200, ana, "POST", `/uploads/${uploadId}/complete`, {});
  await evict(id);
  expect(await report()).toMatchObject({ ok: true });
  await ring(id);
  expect(await stored(`media/${id}/`)).toEqual([key]);
});

test("[U2] only the uploader sees an upload; rights are asked at the beginning and at the end", async () => {
  const [ana, bo, eve] = [await caller("ana"), await caller("bo"), await caller("eve")];
  const id = await foundGroup(ana, [bo]);
  expect((await ask(eve, "POST", `/conversations/${id}/uploads`, { name: "a", type: "", bytes: 1 })).status).toBe(404);
  const uploadId = await received(bo, someBytes(10), { to: id });
  for (const other of [ana, eve]) {
    expect((await ask(other, "GET", `/uploads/${uploadId}`)).status).toBe(404);
    expect((await ask(other, "DELETE", `/uploads/${uploadId}`)).status).toBe(404);
    expect((await putPart(other, uploadId, 1, someBytes(10))).status).toBe(404);
    expect((await ask(other, "POST", `/uploads/${uploadId}/complete`, {})).status).toBe(404);
  }
  await must(200, ana, "PATCH", `/conversations/${id}`, { policy: { write: "admin" } });
  expect((await ask(bo, "POST", `/uploads/${uploadId}/complete`, {})).status).toBe(403);
  expect((await ask(bo, "POST", `/conversations/${id}/uploads`, { name: "a", type: "", bytes: 1 })).status).toBe(403);
  await must(200, ana, "PATCH", `/conversations/${id}`, { policy: { write: "member" } });
  await must(200, bo, "POST", `/uploads/${uploadId}/complete`, {});
  await must(204, ana, "DELETE", `/conversations/${id}/members/${bo.id}`);
  expect((await ask(bo, "GET", `/uploads/${uploadId}`)).status).toBe(404);
  // Ids that this server never made reach no object.
  for (const made of ["x", `${id}x.${"a".repeat(22)}`, `g_${"a".repeat(30)}.${"a".repeat(22)}`, `${ana.id}`])
    expect((await ask(ana, "GET", `/uploads/${made}`)).status).toBe(404);
});

test(
  "[U4] bytes that do not give the hash are refused, and an upload of several parts is gone by it",
  { timeout: 60_000 },
  async () => {
    const [ana, bo] = [await caller("ana"), await caller("bo")];
    const id = await foundDm(ana, bo);
    const small = await begin(ana, 10, { to: id, sha256: sha256Of("other") });
    expect(await putPart(ana, small.uploadId, 1, someBytes(10))).toMatchObject({
      status: 400,
      body: { code: "bad_request" },
    });
    expect(await must(200, ana, "GET", `/uploads/${small.uploadId}`)).toMatchObject({ received: [] });
    const large = await received(ana, someBytes(partBytes + 1), { to: id, sha256: sha256Of("other") });
    expect((await ask(ana, "POST", `/uploads/${large}/complete`, {})).status).toBe(400);
    expect((await ask(ana, "GET", `/uploads/${large}`)).status).toBe(404);
    await ring(id);
    expect(await stored(`media/${id}/`)).toEqual([]);
  },
);

test("[U5] a day's quota of a user, given back for what was not completed, and new tomorrow", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const { uploadBytesPerDay, attachmentBytesMax } = uploadLimits;
  const file = (bytes: number) => ({ name: "a", type: "", bytes });
  const path = `/conversations/${id}/uploads`;
  const begun: string[] = [];
  for (let left: number = uploadBytesPerDay; left > 0; left -= attachmentBytesMax)
    begun.push((await begin(ana, Math.min(left, attachmentBytesMax), { to: id })).uploadId);
  const refused = await ask(ana, "POST", path, file(1));
  expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited", retryAfterMs: expect.any(Number) } });
  // Their other conversations, and pictures of their own, have the same quota; other people have their own.
  expect((await ask(ana, "POST", "/me/uploads", file(1))).status).toBe(429);
  expect((await ask(bo, "POST", path, file(1))).status).toBe(201);
  await must(204, ana, "DELETE", `/uploads/${begun[0]}`);
  expect((await ask(ana, "DELETE", `/uploads/${begun[0]}`)).status).toBe(404);
  expect((await ask(ana, "POST", path, file(attachmentBytesMax))).status).toBe(201);
  expect((await ask(ana, "POST", path, file(1))).status).toBe(429);
  await windFor(86_400_000, ana);
  expect((await ask(ana, "POST", path, file(attachmentBytesMax))).status).toBe(201);
});

test("[U5] UPLOAD_QUOTA_BYTES sets it; a completed upload that is deleted gives nothing back", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const { bytes } = await upload(ana, someBytes(100), { to: id });
  expect(bytes).toBe(100);
  expect(await rows(ana.id, "SELECT bytes FROM upload_days")).toEqual([{ bytes: 100 }]);
  const done = await upload(ana, someBytes(50), { to: id });
  await must(204, ana, "DELETE", `/uploads/${done.id}`);
  expect(await rows(ana.id, "SELECT bytes FROM upload_days")).toEqual([{ bytes: 150 }]);
  await runInDurableObject(env.USERS.getByName(ana.id), (_, ctx) => {
    const days = (bytes: number, max: number) => new Database(ctx.storage).transact((tx) => chargeDay(tx, bytes, max));
    expect(days(851, 1_000)).toMatchObject({ refusal: { code: "rate_limited" } });
    // What no day has room for is not told to wait.
    expect(days(1_001, 1_000)).toMatchObject({ refusal: { code: "too_large" } });
    expect(days(850, 1_000)).toMatchObject({ day: expect.any(Number) });
  });
});

test(
  "[U6] what is not completed in a day, or not sent in a week, is gone with its bytes; without uploads there is no alarm",
  { timeout: 60_000 },
  async () => {
    const [ana, bo] = [await caller("ana"), await caller("bo")];
    const id = await foundDm(ana, bo);
    const alarms = () => rows(id, "SELECT name FROM alarms WHERE name = 'uploads'");
    expect(await alarms()).toEqual([]);
    const open = await received(ana, someBytes(partBytes + 5), { to: id });
    const single = await received(ana, someBytes(5), { to: id });
    const whole = await upload(ana, png, { to: id });
    expect(await alarms()).toEqual([{ name: "uploads" }]);
    await windFor(uploadBounds.incompleteMs - 60_000, ana);
    await ring(id);
    expect((await ask(ana, "GET", `/uploads/${open}`)).status).toBe(200);
    await windFor(120_000);
    for (const gone of [open, single]) expect((await ask(ana, "GET", `/uploads/${gone}`)).status).toBe(404);
    await ring(id);
    expect(await stored(`media/${id}/`)).toHaveLength(1);
    expect((await ask(ana, "GET", `/uploads/${whole.id}`)).status).toBe(200);
    await windFor(uploadBounds.unsentMs, ana);
    expect((await ask(ana, "GET", `/uploads/${whole.id}`)).status).toBe(404);
    await evict(id);
    await ring(id);
    expect(await stored(`media/${id}/`)).toEqual([]);
    expect(await rows(id, "SELECT id FROM uploads")).toEqual([]);
    expect(await rows(id, "SELECT key FROM media_gone")).toEqual([]);
    expect(await alarms()).toEqual([]);
  },
);

test("[U3] a preview is a completed picture of the same uploader and conversation, and becomes part of the attachment", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const elsewhere = await foundGroup(ana, [bo]);
  const video = await received(ana, someBytes(100), { to: id, type: "video/mp4" });
  const complete = (preview: string) => ask(ana, "POST", `/uploads/${video}/complete`, { preview });
  const file = await upload(ana, someBytes(10), { to: id });
  const foreign = await upload(ana, png, { to: elsewhere });
  const bos = await upload(bo, png, { to: id });
  const open = await received(ana, png, { to: id });
  for (const wrong of [file.id, foreign.id, bos.id, open, video])
    expect(await complete(wrong)).toMatchObject({ status: 400, body: { code: "bad_request" } });
  expect((await ask(ana, "GET", `/uploads/${video}`)).status).toBe(200);
  const preview = await upload(ana, png, { to: id });
  expect(preview).toMatchObject({ kind: "image", type: "image/png" });
  expect((await complete(preview.id)).body).toMatchObject({ hasPreview: true });
  expect((await ask(ana, "GET", `/uploads/${preview.id}`)).status).toBe(404);
  expect(await stored(`media/${id}/`)).toHaveLength(5);
  await must(204, ana, "DELETE", `/uploads/${video}`);
  await ring(id);
  expect(await stored(`media/${id}/`)).toHaveLength(3);
});

test("[U9] a copy for another conversation costs no quota, and is made only of what one may see", async () => {
  const [ana, bo, eve] = [await caller("ana"), await caller("bo"), await caller("eve")];
  const from = await foundDm(ana, bo);
  const to = await foundGroup(ana, [eve]);
  const preview = await upload(ana, png, { to: from });
  const picture = await upload(
    ana,
    png,
    { to: from, name: "a.png" },
    { preview: preview.id, width: 1, height: 1, alt: "a dot" },
  );
  const used = await rows(ana.id, "SELECT bytes FROM upload_days");
  const copy = await must<Attachment>(201, ana, "POST", `/conversations/${to}/uploads`, { from: picture.id });
  expect(copy).toEqual({ ...picture, id: copy.id, alt: "a dot" });
  expect(copy.id.startsWith(`${to}.`)).toBe(true);
  expect(await rows(ana.id, "SELECT bytes FROM upload_days")).toEqual(used);
  expect(await stored(`media/${to}/`)).toHaveLength(2);
  // It is its own: the first may go.
  await must(204, ana, "DELETE", `/uploads/${picture.id}`);
  await ring(from);
  expect(await stored(`media/${from}/`)).toEqual([]);
  expect(await stored(`media/${to}/`)).toHaveLength(2);
  for (const other of [bo, eve])
    expect((await ask(other, "POST", `/conversations/${to}/uploads`, { from: copy.id })).status).toBe(404);
  expect((await ask(ana, "POST", `/conversations/${to}/uploads`, { from: picture.id })).status).toBe(404);
  const open = await received(ana, png, { to: from });
  expect((await ask(ana, "POST", `/conversations/${to}/uploads`, { from: open })).status).toBe(404);
});

test("[U13] a member has so many open uploads in a conversation and not one more", { timeout: 60_000 }, async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const path = `/conversations/${id}/uploads`;
  let last = "";
  for (let n = 0; n < uploadBounds.openPerUserMax; n++) last = (await begin(ana, 1, { to: id })).uploadId;
  expect(await ask(ana, "POST", path, { name: "a", type: "", bytes: 1 })).toMatchObject({
    status: 409,
    body: { code: "conflict" },
  });
  expect((await ask(bo, "POST", path, { name: "a", type: "", bytes: 1 })).status).toBe(201);
  // What was refused took nothing of the quota.
  const [before] = await rows<{ bytes: number }>(ana.id, "SELECT bytes FROM upload_days");
  expect(before?.bytes).toBe(uploadBounds.openPerUserMax);
  await must(204, ana, "DELETE", `/uploads/${last}`);
  expect((await ask(ana, "POST", path, { name: "a", type: "", bytes: 1 })).status).toBe(201);
});

test("[U8] lengths, encodings and parts that do not fit are refused, and store nothing", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const { uploadId } = await begin(ana, 10, { to: id });
  const path = `/uploads/${uploadId}/parts`;
  const bytes = someBytes(10);
  const put = (n: number | string, length: string | null, headers: Record<string, string> = {}) =>
    raw(ana, "PUT", `${path}/${n}`, {
      body: bytes,
      headers: { ...(length === null ? {} : { "content-length": length }), ...headers },
    });
  expect((await put(1, null)).status).toBe(400);
  for (const length of ["9", "11", "0", "-1", "1e1", "99999999999999999"])
    expect((await put(1, length)).status).toBe(400);
  for (const n of [0, 2, -1, "x", "1.5", 10_001]) expect((await put(n, "10")).status, String(n)).toBe(400);
  expect((await put(1, "10", { "content-encoding": "gzip" })).status).toBe(415);
  expect((await put(1, "10", { "content-type": "text/html" })).status).toBe(204);
});
