/** A whole server whose runtime is killed in the middle of uploads; and bodies that come over a real connection. */
import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { BegunUpload, UploadState } from "../../schema/http/uploads.ts";
import type { Attachment } from "../../schema/wire/attachment.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { ask, type HttpPerson, signUp } from "../rig/server/http.ts";

let server: Server;
let ana: HttpPerson;
let id: string;

beforeAll(async () => {
  server = await spawnTestServer();
  ana = await signUp(server.url, "ana");
  id = await ana.dm(await signUp(server.url, "bo"));
}, 120_000);
afterAll(() => server.stop());

const begin = (bytes: number, more: Record<string, unknown> = {}): Promise<BegunUpload> =>
  ana.must<BegunUpload>(201, "POST", `/v1/conversations/${id}/uploads`, { name: "a.bin", type: "", bytes, ...more });

async function put(uploadId: string, n: number, bytes: Uint8Array<ArrayBuffer>, token = ana.token): Promise<number> {
  const answer = await ask(server.url, "PUT", `/v1/uploads/${uploadId}/parts/${n}`, { token, rawBody: bytes });
  return answer.status;
}

/** Sends the head of a part and some of its bytes, and waits. Resolves when they are under way. */
async function hang(uploadId: string, n: number, length: number): Promise<void> {
  const sent = httpRequest(`${server.url}/v1/uploads/${uploadId}/parts/${n}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${ana.token}`, "content-length": length },
  });
  sent.on("error", () => undefined);
  sent.write(randomBytes(1_000_000));
  await new Promise((resolve) => setTimeout(resolve, 300));
}

test(
  "[U14] the runtime is killed in the middle of a part, and of completing: the upload goes on",
  { timeout: 90_000 },
  async () => {
    const { partBytes, parts, uploadId } = await begin(20_000_000);
    const bytes = Uint8Array.from(randomBytes(20_000_000));
    const part = (n: number): Uint8Array<ArrayBuffer> => bytes.slice((n - 1) * partBytes, n * partBytes);
    expect(parts).toBe(3);
    expect(await put(uploadId, 1, part(1))).toBe(204);
    await hang(uploadId, 2, partBytes);
    await server.killRuntime();
    await server.answers(30_000);
    const state = await ana.must<UploadState>(200, "GET", `/v1/uploads/${uploadId}`);
    expect(state.received).toEqual([1]);
    for (const n of [3, 2]) expect(await put(uploadId, n, part(n))).toBe(204);
    const cut = ana.ask("POST", `/v1/uploads/${uploadId}/complete`, {}).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.killRuntime();
    await cut;
    await server.answers(30_000);
    const attachment = await vi.waitUntil(
      async () => {
        const answer = await ana.ask<Attachment>("POST", `/v1/uploads/${uploadId}/complete`, {}).catch(() => undefined);
        return answer?.status === 200 ? answer.body : undefined;
      },
      { timeout: 40_000, interval: 500 },
    );
    expect(attachment).toMatchObject({ bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
    expect(await put(uploadId, 2, part(2))).toBe(409);
  },
);

test("[U8] a part that is refused is read to its end, so that its sender sees why", async () => {
  const { partBytes, uploadId } = await begin(9_000_000);
  const bytes = Uint8Array.from(randomBytes(partBytes));
  expect(await put(uploadId, 1, bytes, "not.a.token")).toBe(401);
  expect(await put(uploadId, 2, bytes)).toBe(400);
  expect(await put(uploadId, 3, bytes)).toBe(400);
  expect(await put(`${uploadId}x`, 1, bytes)).toBe(404);
  expect(await put(uploadId, 1, bytes)).toBe(204);
  const whole = await begin(5, { sha256: "0".repeat(64) });
  expect(await put(whole.uploadId, 1, bytes.slice(0, 5))).toBe(400);
  const { limits } = (await ask<{ limits: Record<string, number> }>(server.url, "GET", "/v1/discovery")).body;
  expect(limits).toMatchObject({ uploadBytesPerDay: 2_147_483_648, attachmentBytesMax: 104_857_600 });
});
