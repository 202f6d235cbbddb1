/** The cost of a conversation, counted in rows read, does not grow with its length. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { pageQuery } from "../../../rig/objects/conversation-pages.ts";
import { foundGroup, send, somebody, type TestPerson } from "../../../rig/objects/people.ts";

async function withMessages(count: number, by: TestPerson, other: TestPerson): Promise<ConversationId> {
  const id = await foundGroup(by, [other]);
  await send(id, by, "first");
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, { storage: { sql } }) => {
    sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO messages (seq, created_rev, rev, sender_id, client_id, sent_at, hash, content_hash, salt, text)
       SELECT i, i + 1, i + 1, ?, 'k' || i, 1, 'hash', 'content', 'salt', 'text ' || i FROM n`,
      count,
      by.userId,
    );
    // As in a conversation from before there was a record of sends.
    sql.exec("UPDATE sent_record SET after_seq = ?", count);
    sql.exec("DELETE FROM alarms");
  });
  return id;
}

/** Rows of each act, counted within one turn, so that nobody else is counted; of waking the least of some. */
async function rowsOf(count: number): Promise<Record<string, number>> {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await withMessages(count, ana, bo);
  const object = env.CONVERSATIONS.getByName(id);
  const wakings: number[] = [];
  for (let i = 0; i < 3; i++) {
    await evictDurableObject(object);
    const before = cost.rowsRead;
    await conversationStub(env, id).view(bo.userId);
    wakings.push(cost.rowsRead - before);
  }
  return await runInDurableObject(object, (conversation) => {
    const rows: Record<string, number> = { waking: Math.min(...wakings) };
    const counted = (name: string, act: () => unknown): void => {
      const before = cost.rowsRead;
      void act();
      rows[name] = cost.rowsRead - before;
    };
    counted("newest page", () => conversation.page(bo.userId, pageQuery));
    counted("page around", () => conversation.page(bo.userId, { ...pageQuery, around: count / 2 }));
    counted("chain", () => conversation.verify(bo.userId, count - 500, count));
    counted("message", () => conversation.message(bo.userId, count / 2));
    counted("changes", () => conversation.changes(bo.userId, { rev: count - 200, limit: 200 }));
    return rows;
  });
}

test("[S22] a page, a message, a stretch of the chain, changes and waking cost as few rows after 300,000 messages as after 1,000", async () => {
  const [short, long] = [await rowsOf(1_000), await rowsOf(300_000)];
  for (const [act, rows] of Object.entries(short)) expect(long[act], act).toBeLessThanOrEqual(Math.ceil(rows * 1.1));
});
