/** What one conversation takes of uploads altogether, and what one picture costs. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { cost } from "../../../objects/shared/platform/meter.ts";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import { dayOf } from "../../../core/meters/day-quota.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import { ask, caller } from "../../rig/objects/door.ts";
import { foundDm, settleFanOut } from "../../rig/objects/people.ts";
import { begin, png, ring, rows, upload, windFor } from "../../rig/objects/media/uploads.ts";

const file = { name: "a", type: "", bytes: 1_000 };

test("[U13] all members of a conversation together have a bounded number of open uploads, and of bytes in a day", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const path = `/conversations/${id}/uploads`;
  await begin(ana, 1, { to: id });
  const write = (statement: string): Promise<unknown> =>
    runInDurableObject(env.CONVERSATIONS.getByName(id), (_, { storage }) => storage.sql.exec(statement).toArray());
  const day = dayOf(now());
  await write(`UPDATE upload_days SET bytes = ${uploadBounds.bytesPerConversationDayMax - 999}, day = ${day}`);
  expect(await ask(bo, "POST", path, file)).toMatchObject({ status: 429, body: { retryAfterMs: expect.any(Number) } });
  // The user's own quota got its bytes back.
  expect(await rows(bo.id, "SELECT bytes FROM upload_days")).toEqual([{ bytes: 0 }]);
  await windFor(86_400_000, bo);
  expect((await ask(bo, "POST", path, file)).status).toBe(201);
  await write(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${uploadBounds.openPerConversationMax})
     INSERT INTO uploads SELECT 'made' || i, 'u_other', ${now() + 1e9}, 0, 'a', '', 1, NULL, NULL, NULL, NULL, NULL, 0 FROM n`,
  );
  expect(await ask(bo, "POST", path, file)).toMatchObject({ status: 409, body: { code: "conflict" } });
});

test("[U7] what a picture costs: rows, calls and operations of R2", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const spent = async (): Promise<Record<string, number>> => {
    const before = { ...cost };
    await upload(ana, png, { to: id, name: "picture.png" });
    const { rowsWritten, bucketReads, bucketWrites } = cost;
    return {
      rowsWritten: rowsWritten - before.rowsWritten,
      bucketReads: bucketReads - before.bucketReads,
      bucketWrites: bucketWrites - before.bucketWrites,
    };
  };
  await settleFanOut(id);
  // The first of a day sets the alarm: its row, and the platform's.
  const first = await spent();
  const others = [await spent(), await spent(), await spent()];
  expect(first).toMatchObject({ bucketReads: 2, bucketWrites: 1 });
  for (const other of others) expect(other).toMatchObject({ bucketReads: 2, bucketWrites: 1 });
  // Other objects may write meanwhile.
  const least = Math.min(...others.map(({ rowsWritten = 0 }) => rowsWritten));
  expect(least).toBe(7);
  expect(first["rowsWritten"]).toBeLessThanOrEqual(least + 3);
  await ring(id);
});
