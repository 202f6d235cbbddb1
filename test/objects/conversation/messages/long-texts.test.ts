/** What a conversation promises about long texts: reads of many messages do not read the whole texts, and a read of one message answers its whole text. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationTables } from "../../../../objects/conversation/tables.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { limits } from "../../../../schema/limits.ts";
import type { Message } from "../../../../schema/wire/message.ts";
import { objectOf, pageOf, pageQuery, pageText, sendMany } from "../../../rig/objects/conversation-pages.ts";
import { foundDm, foundGroup, send, sendCommand, somebody, submit } from "../../../rig/objects/people.ts";
import { readMessage } from "../../../../workers/archive/reads.ts";

test("[S19] what walks over long texts reads as few rows as over short ones, and no page of theirs", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const [short, long] = [await foundDm(ana, bo), await foundGroup(ana, [bo])];
  const text = "🦜".repeat(100_000);
  await sendMany(
    short,
    ana,
    Array.from({ length: 20 }, () => "short"),
  );
  await sendMany(
    long,
    ana,
    Array.from({ length: 20 }, () => text),
  );
  const stored = await runInDurableObject(objectOf(long), (_object, state) =>
    state.storage.sql.exec<{ bytes: number }>("SELECT MAX(octet_length(text)) AS bytes FROM messages").one(),
  );
  expect(stored.bytes).toBe(limits.textPreviewBytesMax);
  const rows = await Promise.all(
    [short, long].map((id) =>
      runInDurableObject(objectOf(id), (object) => {
        // Within one turn, so that nobody else is counted.
        const before = cost.rowsRead;
        void object.verify(bo.userId, 1, 20);
        void object.page(bo.userId, pageQuery);
        return cost.rowsRead - before;
      }),
    ),
  );
  expect(rows[1]).toBe(rows[0]);
  expect(rows[0]).toBeGreaterThan(40);
});

test("[S19] a short message is one row, a long one two, and its text follows every change of it", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "the alarm is set");
  const rowsOf = (text: string): Promise<unknown> =>
    runInDurableObject(objectOf(id), async (object, { storage: { sql } }) => {
      const changes = (): number => Number(sql.exec("SELECT total_changes() AS n").one()["n"]);
      const before = changes();
      await object.submit(ana.actor, [sendCommand(text, crypto.randomUUID())]);
      return changes() - before;
    });
  expect(await rowsOf("short")).toBe(1);
  expect(await rowsOf("x".repeat(8_193))).toBe(2);

  const { seq } = await send(id, ana, "x".repeat(8_193));
  const texts = () =>
    runInDurableObject(objectOf(id), (_object, state) =>
      state.storage.sql.exec("SELECT length(text) AS n FROM texts WHERE seq = ?", seq).toArray(),
    );
  const whole = async (): Promise<Message> => {
    const answer = await readMessage(env, id, bo.userId, seq);
    return JSON.parse(answer.ok ? answer.value : "{}") as Message;
  };
  const listed = async (): Promise<Message | undefined> => (await pageOf(id, bo, { after: seq - 1 })).messages[0];
  expect(await texts()).toEqual([{ n: 8_193 }]);
  await submit(id, ana, { do: "edit", seq, text: "y".repeat(50_000), mentions: null });
  expect(await texts()).toEqual([{ n: 50_000 }]);
  await submit(id, bo, { do: "react", seq, emoji: "👍", isOn: true });
  await evictDurableObject(objectOf(id));
  expect((await whole()).text).toBe("y".repeat(50_000));
  expect(await listed()).toMatchObject({ text: "y".repeat(8_192), truncated: true });
  // The same text again is no change, whatever its length.
  const rev = (await pageOf(id, bo)).head.rev;
  await submit(id, ana, { do: "edit", seq, text: "y".repeat(50_000), mentions: null });
  expect((await pageOf(id, bo)).head.rev).toBe(rev);
  await submit(id, ana, { do: "edit", seq, text: "short", mentions: null });
  expect(await texts()).toEqual([]);
  expect((await listed())?.truncated).toBeUndefined();
  expect((await whole()).text).toBe("short");
  await submit(id, ana, { do: "edit", seq, text: "z".repeat(9_000), mentions: null });
  await submit(id, ana, { do: "unsend", seq });
  expect(await texts()).toEqual([]);
  expect(await listed()).toMatchObject({ text: "", unsentAt: expect.any(Number) as number });
});

test("[S19] what was stored before long texts lay apart is the same after the step that moves them", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const texts = [
    "short",
    "a".repeat(8_192),
    "a".repeat(8_193),
    ...[0, 1, 2, 3].map((n) => `${"a".repeat(n)}${"🦜é".repeat(3_000)}`),
  ];
  await sendMany(id, ana, texts);
  await submit(id, bo, { do: "react", seq: 3, emoji: "👍", isOn: true });
  await submit(id, ana, { do: "unsend", seq: 1 });
  const before = [
    await pageText(id, bo),
    ...(await Promise.all(texts.map((_, i) => readMessage(env, id, bo.userId, i + 1)))),
  ];
  const oldTable = /CREATE TABLE messages \([^;]*\);/.exec(conversationTables[0] ?? "")?.[0] ?? "";
  const columns =
    "seq, created_rev, rev, sender_id, client_id, sent_at, edited_at, unsent_at, reply_to, mentions, reactions, hash, content_hash, salt";
  await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => {
    sql.exec(`ALTER TABLE messages RENAME TO present; ${oldTable}
      INSERT INTO messages (${columns}, text)
        SELECT ${columns.replaceAll(/\b(\w+)/g, "present.$1")}, COALESCE(texts.text, present.text) FROM present LEFT JOIN texts ON texts.seq = present.seq;
      DROP TABLE present; DROP TABLE texts;`);
    sql.exec(conversationTables.find((step) => step.includes("CREATE TABLE texts")) ?? "");
    sql.exec(
      "ALTER TABLE messages ADD COLUMN mentions_digest TEXT; ALTER TABLE messages ADD COLUMN answers TEXT; ALTER TABLE messages ADD COLUMN attachments TEXT; ALTER TABLE messages ADD COLUMN poll TEXT;",
    );
  });
  await evictDurableObject(objectOf(id));
  const after = [
    await pageText(id, bo),
    ...(await Promise.all(texts.map((_, i) => readMessage(env, id, bo.userId, i + 1)))),
  ];
  expect(after).toEqual(before);
});
