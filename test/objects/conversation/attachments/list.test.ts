/** What is promised about the list of what a conversation has attached where there is very much of it. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { mediaBounds } from "../../../../schema/bounds/media.ts";
import { sql } from "../../../rig/objects/archived.ts";
import { uploaded } from "../../../rig/objects/media/attachments.ts";
import { foundDm, send, somebody } from "../../../rig/objects/people.ts";

test("[S31] a page looks at a bounded number of rows, and its cursor leads on to what lies behind them", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const file = await uploaded(id, ana, { kind: "file", type: "application/zip", name: "a.zip" });
  const picture = await uploaded(id, ana);
  await send(id, ana, "", "k1", { attachments: [file.id] });
  await send(id, ana, "", "k2", { attachments: [picture.id] });
  await sql(
    id,
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
     INSERT INTO sent_attachments (id, by_id, seq, attachment, object, sent_at, place)
     SELECT 'made' || n, by_id, 2 + n, attachment, object, sent_at, 0 FROM sent_attachments, n WHERE seq = 2`,
    mediaBounds.attachmentsScanned + 200,
  );
  const list = (cursor?: string) =>
    conversationStub(env, id).attached(bo.userId, {
      kind: ["file"],
      limit: 10,
      ...(cursor === undefined ? {} : { cursor }),
    });
  const first = await list();
  if (!first.ok || first.value.cursor === null) throw new Error("the first page is the last one");
  expect(first.value.items).toEqual([]);
  const second = await list(first.value.cursor);
  expect(second.ok && second.value).toMatchObject({ items: [{ seq: 1, attachment: file }], cursor: null });
  const all = await conversationStub(env, id).attached(bo.userId, { limit: 100 });
  expect(all.ok && all.value.items).toHaveLength(100);
});
