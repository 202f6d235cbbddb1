/** What the operator decides about files: a list of hashes that nobody may upload, a scanner that looks at each file, and withholding. */
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { Env } from "../../../objects/shared/platform/env.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import type { MediaCall } from "../../../schema/operator/media.ts";
import { makeApi } from "../../../workers/api/api.ts";
import { consumeMedia } from "../../../workers/queues/media.ts";
import { ask, caller, must } from "../../rig/objects/door.ts";
import { foundDm, foundGroup } from "../../rig/objects/people.ts";
import { png, received, ring, sha256Of, someBytes, stored, upload } from "../../rig/objects/media/uploads.ts";

const api = makeApi();
const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;
const secret = "the operator's secret of these tests";

async function operate(asked: MediaCall, given = secret): Promise<{ status: number; body: unknown }> {
  const request = new Request("https://parley.test/v1/operator/media", {
    method: "POST",
    headers: { authorization: `Bearer ${given}`, "content-type": "application/json" },
    body: JSON.stringify(asked),
  });
  const response = await api.fetch(request, { ...env, OPERATOR_SECRET: secret }, context);
  return { status: response.status, body: await response.json() };
}

test("[U12] a file whose hash is on the list is refused when it is completed or forwarded", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const [id, other] = [await foundDm(ana, bo), await foundGroup(ana, [bo])];
  const bytes = someBytes(321, 77);
  const before = await upload(ana, bytes, { to: id });
  const sha256 = sha256Of(bytes);
  expect((await operate({ do: "block", sha256: [sha256] }, "another secret that is long enough")).status).toBe(404);
  expect((await operate({ do: "block", sha256: [sha256, "0".repeat(64)] })).status).toBe(200);
  expect((await operate({ do: "blocked", limit: 1 })).body).toEqual({
    sha256: ["0".repeat(64)],
    cursor: "0".repeat(64),
  });
  expect((await operate({ do: "blocked", cursor: "0".repeat(64) })).body).toEqual({ sha256: [sha256], cursor: null });
  const again = await received(ana, bytes, { to: id });
  const refused = await ask(ana, "POST", `/uploads/${again}/complete`, {});
  expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
  expect((await ask(ana, "GET", `/uploads/${again}`)).status).toBe(404);
  expect((await ask(ana, "POST", `/conversations/${other}/uploads`, { from: before.id })).status).toBe(403);
  await ring(id);
  expect(await stored(`media/${id}/`)).toHaveLength(1);
  expect((await operate({ do: "unblock", sha256: [sha256] })).status).toBe(200);
  await upload(ana, bytes, { to: id });
});

test("[U12] what is withheld can be neither seen nor sent nor forwarded, until it is released", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const [id, other] = [await foundDm(ana, bo), await foundGroup(ana, [bo])];
  const picture = await upload(ana, png, { to: id });
  const forward = (): Promise<number> =>
    ask(ana, "POST", `/conversations/${other}/uploads`, { from: picture.id }).then(({ status }) => status);
  expect((await operate({ do: "withhold", ids: [picture.id] })).body).toEqual({ done: [picture.id], failed: [] });
  expect(await forward()).toBe(404);
  const shown = await must<Attachment>(200, ana, "POST", `/uploads/${picture.id}/complete`, {});
  expect(shown).toEqual({ ...picture, withheld: true });
  expect((await operate({ do: "release", ids: [picture.id] })).status).toBe(200);
  expect(await forward()).toBe(201);
  const own = await upload(ana, png, { to: "me" });
  expect((await operate({ do: "withhold", ids: [own.id] })).body).toEqual({ done: [own.id], failed: [] });
  expect((await ask(ana, "PATCH", "/me", { avatar: own.id })).status).toBe(400);
});

test("[U12] each completed file is sent to the scanner, which can withhold it; what it does not answer is sent again", async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const hints: unknown[] = [];
  const queue = { send: (hint: unknown) => Promise.resolve(void hints.push(hint)) } as unknown as Queue;
  const bindings: Partial<Env> = { PARLEY_SCAN_URL: "https://scanner.test/", MEDIA_QUEUE: queue };
  const uploadId = await received(ana, png, { to: id });
  await must(200, ana, "POST", `/uploads/${uploadId}/complete`, {}, bindings);
  expect(hints).toEqual([expect.objectContaining({ id: uploadId, sha256: sha256Of(png), type: "image/png" })]);
  const scanner = vi.spyOn(globalThis, "fetch");
  const seen: { headers: Record<string, string>; sha256: string }[] = [];
  const answers = [new Response("busy", { status: 503 }), Response.json({}), Response.json({ withhold: true })];
  scanner.mockImplementation(async (_, init) => {
    const body = new Uint8Array(await new Response(init?.body as ReadableStream).arrayBuffer());
    seen.push({ headers: Object.fromEntries(new Headers(init?.headers)), sha256: sha256Of(body) });
    return answers[seen.length - 1] ?? Response.error();
  });
  const scanning = { ...env, ...bindings } as Env;
  await expect(consumeMedia(hints[0], scanning)).rejects.toThrow("503");
  expect(await consumeMedia(hints[0], scanning)).toBe(true);
  expect(await must(200, ana, "POST", `/uploads/${uploadId}/complete`, {})).not.toHaveProperty("withheld");
  expect(await consumeMedia(hints[0], scanning)).toBe(true);
  expect(await must(200, ana, "POST", `/uploads/${uploadId}/complete`, {})).toMatchObject({ withheld: true });
  expect(seen.map(({ sha256 }) => sha256)).toEqual([sha256Of(png), sha256Of(png), sha256Of(png)]);
  expect(seen[0]?.headers).toMatchObject({ "x-parley-attachment": uploadId, "x-parley-type": "image/png" });
  await must(204, ana, "DELETE", `/uploads/${uploadId}`);
  await ring(id);
  expect(await consumeMedia(hints[0], scanning)).toBe(true);
  for (const wrong of [null, {}, { id: "x", key: "y" }]) expect(await consumeMedia(wrong, scanning)).toBe(false);
  expect(seen).toHaveLength(3);
  scanner.mockRestore();
});
