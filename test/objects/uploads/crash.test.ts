/** What uploads promise when machines die: whatever step fails or is done twice, a repeat goes on, and in R2 nothing stays that no object names. */
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { uploadBounds, uploadLimits } from "../../../schema/bounds/uploads.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import { ask, caller, must } from "../../rig/objects/door.ts";
import { foundDm } from "../../rig/objects/people.ts";
import {
  begin,
  evict,
  failAt,
  png,
  putPart,
  ring,
  rows,
  sha256Of,
  someBytes,
  stored,
} from "../../rig/objects/media/uploads.ts";
import { seeded } from "../../rig/random.ts";

const { partBytes } = uploadLimits;
const seeds = [7, Math.floor(Math.random() * 2 ** 31)];

test.each(seeds)(
  "[U7] whatever step of uploading dies, a repeat goes on, and nothing else stays in R2 (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const random = seeded(seed);
    const [ana, bo] = [await caller("ana"), await caller("bo")];
    const id = await foundDm(ana, bo);
    const died = new Set<string>();
    let badness = 0.35;
    failAt((name) => {
      if (!name.startsWith("uploads:") || random() >= badness) return;
      died.add(name);
      throw new Error(`dies at ${name}`);
    });
    /** Repeats until it is answered as it should be; whatever else is answered must be a fault that passes. */
    const until = async (status: number, work: () => Promise<{ status: number; body: unknown }>): Promise<unknown> => {
      for (let tries = 0; tries < 60; tries++) {
        const answer = await work();
        if (answer.status === status) return answer.body;
        expect([409, 500, 503], JSON.stringify(answer.body)).toContain(answer.status);
        if (answer.status === 409) return answer.body;
        if (random() < 0.3) await evict(id);
      }
      throw new Error("it never succeeds");
    };
    const kept: Attachment[] = [];
    for (let n = 0; n < 8; n++) {
      const bytes = n === 3 ? someBytes(partBytes + 99, n) : someBytes(100 + n, n);
      const { uploadId, parts } = await begin(ana, bytes.length, { to: id });
      for (;;) {
        for (let part = 1; part <= parts; part++)
          await until(204, () =>
            putPart(ana, uploadId, part, bytes.subarray((part - 1) * partBytes, part * partBytes)),
          );
        const done = await until(200, () => ask(ana, "POST", `/uploads/${uploadId}/complete`, {}));
        if ((done as Attachment).sha256 !== undefined) {
          expect(done, `seed ${seed}`).toMatchObject({ sha256: sha256Of(bytes) });
          kept.push(done as Attachment);
          break;
        }
      }
    }
    badness = 0.5;
    const [first, ...others] = kept;
    await until(204, () => ask(ana, "DELETE", `/uploads/${first?.id}`));
    const copied = await until(201, () => ask(ana, "POST", `/conversations/${id}/uploads`, { from: others[0]?.id }));
    expect(copied).toMatchObject({ sha256: others[0]?.sha256 });
    for (let n = 0; n < 5; n++) await ring(id);
    badness = 0;
    // What nobody has reported is deleted after an hour.
    windClock(uploadBounds.unreportedMs + 1_000);
    await ring(id);
    windClock(uploadBounds.incompleteMs);
    await ring(id);
    await ring(id);
    const objects = await rows<{ object: string }>(id, "SELECT object FROM uploads");
    const named = objects.map(({ object }) => `media/${id}/${object}`).toSorted();
    expect(named, `seed ${seed}`).toHaveLength(8);
    expect((await stored(`media/${id}/`)).toSorted(), `seed ${seed}`).toEqual(named);
    expect(await rows(id, "SELECT key FROM media_gone")).toEqual([]);
    expect(died.size, `seed ${seed}`).toBeGreaterThan(4);
    windClock(-uploadBounds.unreportedMs - 1_000 - uploadBounds.incompleteMs);
  },
);

test("[U7] R2 does not answer a deletion: it is asked again until it does", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const { uploadId } = await begin(ana, png.length, { to: id });
  await putPart(ana, uploadId, 1, png);
  let isAway = true;
  failAt((name) => {
    if (isAway && name === "uploads: before the deletion") throw new Error("R2 is away");
  });
  await must(204, ana, "DELETE", `/uploads/${uploadId}`);
  await ring(id);
  await evict(id);
  expect(await stored(`media/${id}/`)).toHaveLength(1);
  isAway = false;
  windClock(600_000);
  await ring(id);
  windClock(-600_000);
  expect(await stored(`media/${id}/`)).toEqual([]);
  expect(await rows(id, "SELECT key FROM media_gone")).toEqual([]);
});

test("[U7] a put that comes after the upload was completed changes nothing of it", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const { uploadId } = await begin(ana, 10, { to: id });
  const bytes = someBytes(10);
  await putPart(ana, uploadId, 1, bytes);
  let completed: Promise<Attachment> | undefined;
  failAt(async (name) => {
    if (name !== "uploads: a part is put" || completed !== undefined) return;
    completed = must<Attachment>(200, ana, "POST", `/uploads/${uploadId}/complete`, {});
    await completed;
  });
  expect((await putPart(ana, uploadId, 1, someBytes(10, 3))).status).toBe(409);
  expect(await completed).toMatchObject({ sha256: sha256Of(bytes) });
  const keys = await stored(`media/${id}/`);
  expect(keys).toHaveLength(1);
  const object = await env.MEDIA.get(keys[0] ?? "");
  expect(sha256Of(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer()))).toBe(sha256Of(bytes));
});
