/** What a conversation promises about pages: each is bounded, filled, true about what it leaves out, and costs the same however long the texts are. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { conversationTables } from "../../objects/conversation/tables.ts";
import { conversationStub } from "../../objects/shared/calls.ts";
import { cost } from "../../objects/shared/meter.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import { batches, limits } from "../../schema/limits.ts";
import type { ChangesPage, MessagesPage } from "../../schema/http/messages.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";
import { seeded } from "../rig/bad-network.ts";
import { foundDm, foundGroup, send, sendCommand, somebody, submit, type TestPerson } from "../rig/people.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const pageQuery = { limit: 50, before: undefined, after: undefined, around: undefined };

async function pageText(id: ConversationId, by: TestPerson, query: object = {}): Promise<string> {
  const answer = await conversationStub(env, id).page(by.userId, { ...pageQuery, ...query });
  if (!answer.ok) throw new Error(answer.refusal.code);
  return answer.value;
}

async function pageOf(id: ConversationId, by: TestPerson, query: object = {}): Promise<MessagesPage> {
  const text = await pageText(id, by, query);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(batches.pageBytesMax + 1_024);
  return JSON.parse(text) as MessagesPage;
}

async function changesOf(id: ConversationId, by: TestPerson, rev: number, query: object = {}): Promise<ChangesPage> {
  const answer = await conversationStub(env, id).changes(by.userId, { rev, limit: 500, ...query });
  if (!answer.ok) throw new Error(answer.refusal.code);
  expect(Buffer.byteLength(answer.value)).toBeLessThanOrEqual(batches.pageBytesMax + 1_024);
  return JSON.parse(answer.value) as ChangesPage;
}

async function exec(id: ConversationId, sql: string, ...values: (string | number)[]): Promise<void> {
  await runInDurableObject(objectOf(id), (_object, state) => {
    state.storage.sql.exec(sql, ...values);
  });
}

/** The title was changed this often, at the place where the conversation stands. */
async function flipTitle(id: ConversationId, by: UserId, times: number): Promise<void> {
  await exec(
    id,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1),
       head AS (SELECT MAX(rev) AS rev FROM (SELECT MAX(created_rev) AS rev FROM messages UNION ALL SELECT MAX(rev) FROM changes)),
       place AS (SELECT COALESCE(MAX(seq), 0) AS seq FROM messages)
     INSERT INTO changes (rev, at, seq, notice)
     SELECT head.rev + i, 1, NULL, json_object('conversationId', ?2, 'rev', head.rev + i, 'afterSeq', place.seq, 'at', 1, 'by', ?3, 'kind', 'title_changed', 'title', 'title ' || i)
     FROM n, head, place`,
    times,
    id,
    by,
  );
  await evictDurableObject(objectOf(id));
}

/** Messages whose JSON is large: many members reacted to them. */
async function reactMuch(id: ConversationId, seqs: { from: number; to: number }, bytes: number): Promise<void> {
  const ids = Array.from({ length: Math.ceil(bytes / 40) }, (_, i) => `u_${String(i).padStart(34, "0")}`);
  await exec(
    id,
    "UPDATE messages SET reactions = ? WHERE seq BETWEEN ? AND ?",
    JSON.stringify([{ emoji: "👍", userIds: ids }]),
    seqs.from,
    seqs.to,
  );
}

async function sendMany(id: ConversationId, by: TestPerson, texts: readonly string[]): Promise<void> {
  for (let from = 0; from < texts.length; from += 50) {
    const commands = texts.slice(from, from + 50).map((text) => sendCommand(text, crypto.randomUUID()));
    const answers = await conversationStub(env, id).submit(by.actor, commands);
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

const seqsOf = (page: MessagesPage): number[] => page.messages.map((message) => message.seq);

test("[S15] 3,000 notices at one place leave history readable, and the page says up to which rev some are left out", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(id, ana, ["one", "two"]);
  await flipTitle(id, bo.userId, 3_000);
  await sendMany(id, ana, ["three"]);
  const page = await pageOf(id, bo);
  expect(seqsOf(page)).toEqual([1, 2, 3]);
  expect(page.notices).toHaveLength(batches.pageNoticesMax);
  expect(page.notices.at(-1)).toMatchObject({ rev: 3_003, title: "title 3000" });
  expect(page.noticesCutRev).toBe((page.notices[0]?.rev ?? 0) - 1);
  // What is left out can be had.
  const all: Notice[] = [];
  let rev = 0;
  for (let more = true; more;) {
    const changes = await changesOf(id, bo, rev);
    expect(changes.rev).toBeGreaterThan(rev);
    all.push(...changes.notices);
    ({ rev, more } = changes);
  }
  expect(all.filter((notice) => notice.rev <= (page.noticesCutRev ?? 0))).toHaveLength(3_001 - page.notices.length);
  expect(all.slice(-page.notices.length)).toEqual(page.notices);
  // A page that does not touch the place lacks nothing.
  await sendMany(id, ana, ["four", "five"]);
  const beside = await pageOf(id, bo, { after: 3 });
  expect([seqsOf(beside), beside.notices, beside.noticesCutRev]).toEqual([[4, 5], [], undefined]);
});

test("[S15] reading a page costs the same, however many notices lie in its range", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(id, ana, ["one"]);
  const rowsOfPage = async (): Promise<number> => {
    const before = cost.rowsRead;
    await pageOf(id, bo);
    return cost.rowsRead - before;
  };
  await flipTitle(id, bo.userId, 1_000);
  await pageOf(id, bo);
  const few = await rowsOfPage();
  await flipTitle(id, bo.userId, 20_000);
  await pageOf(id, bo);
  expect(await rowsOfPage()).toBeLessThanOrEqual(few * 1.1);
});

test("[S14] a page is cut at 1 MiB of everything in it, next to the bound asked for, and says truly what lies beyond", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(
    id,
    ana,
    Array.from({ length: 60 }, (_, i) => `m${i}`),
  );
  await reactMuch(id, { from: 1, to: 60 }, 60_000);
  const newest = await pageOf(id, bo);
  expect(newest).toMatchObject({ hasBefore: true, hasAfter: false });
  expect(newest.messages.length).toBeGreaterThan(8);
  expect(newest.messages.length).toBeLessThan(20);
  expect(seqsOf(newest).at(-1)).toBe(60);

  const before = await pageOf(id, bo, { before: 50 });
  expect(seqsOf(before).at(-1)).toBe(49);
  expect(before).toMatchObject({ hasBefore: true, hasAfter: true });

  const after = await pageOf(id, bo, { after: 10 });
  expect(seqsOf(after)[0]).toBe(11);
  expect(after).toMatchObject({ hasBefore: true, hasAfter: true });

  for (const around of [1, 2, 30, 59, 60]) {
    const page = await pageOf(id, bo, { around });
    const seqs = seqsOf(page);
    expect(seqs).toContain(around);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
    expect(page.hasBefore).toBe(seqs[0] !== 1);
    expect(page.hasAfter).toBe(seqs.at(-1) !== 60);
    if (around === 30) expect(Math.abs(30 - (seqs[0] ?? 0) - ((seqs.at(-1) ?? 0) - 30))).toBeLessThanOrEqual(2);
  }

  // Following pages in either direction, and changes, brings every message once.
  const up: number[] = [];
  for (let at = 0, more = true; more;) {
    const page = await pageOf(id, bo, { after: at, limit: 100 });
    up.push(...seqsOf(page));
    at = up.at(-1) ?? 0;
    more = page.hasAfter;
  }
  const down: number[] = [];
  for (let at = 61, more = true; more;) {
    const page = await pageOf(id, bo, { before: at, limit: 100 });
    down.unshift(...seqsOf(page));
    at = down[0] ?? 0;
    more = page.hasBefore;
  }
  const changed: number[] = [];
  for (let rev = 0, more = true; more;) {
    const page = await changesOf(id, bo, rev);
    changed.push(...page.messages.map((message) => message.seq));
    ({ rev, more } = page);
  }
  const all = Array.from({ length: 60 }, (_, i) => i + 1);
  expect([up, down, changed]).toEqual([all, all, all]);
});

test("[S16] changes from 0 come in full pages, however often each message was edited", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await sendMany(
    id,
    ana,
    Array.from({ length: 30 }, (_, i) => `m${i}`),
  );
  // 12,000 changes, of which all but the last of each message say nothing any more.
  await exec(
    id,
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11999)
     INSERT INTO changes (rev, at, seq, notice) SELECT 32 + i, 1, 1 + i % 30, NULL FROM n`,
  );
  await exec(id, "UPDATE messages SET rev = (SELECT MAX(rev) FROM changes WHERE changes.seq = messages.seq)");
  await evictDurableObject(objectOf(id));
  const pages: ChangesPage[] = [];
  for (let rev = 0, more = true; more;) {
    const before = cost.rowsRead;
    const page = await changesOf(id, bo, rev, { limit: 10 });
    expect(cost.rowsRead - before).toBeLessThan(2 * batches.pageRevsMax + 1_000);
    expect(page.rev).toBeGreaterThan(rev);
    pages.push(page);
    ({ rev, more } = page);
  }
  const messages = pages.flatMap((page) => page.messages.map((message) => message.seq));
  expect([...messages].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  // 12,031 revs: two stretches end without being filled, the rest is full.
  expect(pages.length).toBeLessThanOrEqual(2 + 4);
});

test("[S17] what walks over long texts reads as few rows as over short ones, and no page of theirs", async () => {
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

test("[S17] a short message is two rows, a long one three, and its text follows every change of it", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "the alarm is set");
  // The count is of the whole thread, on which inboxes write as well: the least of some is the conversation's own.
  const rowsOf = async (text: string): Promise<number> => {
    const counts: number[] = [];
    for (let i = 0; i < 5; i++) {
      counts.push(
        await runInDurableObject(objectOf(id), async (object) => {
          const before = cost.rowsWritten;
          await object.submit(ana.actor, [sendCommand(text, crypto.randomUUID())]);
          return cost.rowsWritten - before;
        }),
      );
    }
    return Math.min(...counts);
  };
  expect(await rowsOf("short")).toBe(2);
  expect(await rowsOf("x".repeat(8_193))).toBe(3);

  const { seq } = await send(id, ana, "x".repeat(8_193));
  const texts = () =>
    runInDurableObject(objectOf(id), (_object, state) =>
      state.storage.sql.exec("SELECT length(text) AS n FROM texts WHERE seq = ?", seq).toArray(),
    );
  const whole = async (): Promise<Message> => {
    const answer = await conversationStub(env, id).message(bo.userId, seq);
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

test("[S17] what was stored before long texts lay apart is the same after the step that moves them", async () => {
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
    ...(await Promise.all(texts.map((_, i) => conversationStub(env, id).message(bo.userId, i + 1)))),
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
  });
  await evictDurableObject(objectOf(id));
  const after = [
    await pageText(id, bo),
    ...(await Promise.all(texts.map((_, i) => conversationStub(env, id).message(bo.userId, i + 1)))),
  ];
  expect(after).toEqual(before);
});

test("[S12] [S14] whatever happened, pages from either end and changes from any rev give the present state (seeded)", async () => {
  for (const seed of [1, 2, 3]) {
    const random = seeded(seed);
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    const states: { rev: number; messages: Map<number, Message> }[] = [];
    let seq = 0;
    for (let round = 0; round < 12; round++) {
      const texts = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, i) =>
        random() < 0.5 ? `${round} ${i}` : '"é🦜'.repeat(1 + Math.floor(random() * 2_000)),
      );
      await sendMany(id, ana, texts);
      seq += texts.length;
      for (let i = 0; i < 6; i++) {
        const target = 1 + Math.floor(random() * seq);
        const luck = random();
        if (luck < 0.4)
          await submit(id, ana, {
            do: "edit",
            seq: target,
            text: "e".repeat(1 + Math.floor(random() * 20_000)),
            mentions: null,
          });
        else if (luck < 0.7) await submit(id, bo, { do: "react", seq: target, emoji: "👍", isOn: random() < 0.8 });
        else if (luck < 0.8) await submit(id, ana, { do: "unsend", seq: target });
        else await conversationStub(env, id).patch(bo.userId, { title: `t ${round} ${i}` });
      }
      if (random() < 0.3) await reactMuch(id, { from: seq, to: seq }, 50_000);
      if (random() < 0.3) await evictDurableObject(objectOf(id));
      states.push({ rev: (await pageOf(id, bo)).head.rev, messages: await everything(id, bo, "after") });
    }
    const present = await everything(id, bo, "before");
    expect(
      [...present.keys()].sort((a, b) => a - b),
      `seed ${seed}`,
    ).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
    for (const past of states) {
      const folded = new Map(past.messages);
      for (let rev = past.rev, more = true; more;) {
        const page = await changesOf(id, bo, rev, { limit: 1 + Math.floor(random() * 40) });
        for (const message of page.messages) folded.set(message.seq, message);
        expect(page.rev > rev || !page.more, `seed ${seed}`).toBe(true);
        ({ rev, more } = page);
      }
      const sorted = (messages: Map<number, Message>) =>
        [...messages.values()].sort((a, b) => a.seq - b.seq).map(withoutMuch);
      expect(sorted(folded), `seed ${seed}`).toEqual(sorted(present));
    }
  }
});

/** Reactions that a test wrote past the journal are no part of the comparison. */
function withoutMuch(message: Message): Message {
  return { ...message, reactions: message.reactions.filter((reaction) => reaction.userIds.length < 100) };
}

async function everything(
  id: ConversationId,
  by: TestPerson,
  direction: "after" | "before",
): Promise<Map<number, Message>> {
  const all = new Map<number, Message>();
  for (let at = direction === "after" ? 0 : 1_000_000, more = true; more;) {
    const page = await pageOf(id, by, { [direction]: at, limit: 100 });
    for (const message of page.messages) all.set(message.seq, message);
    at = (direction === "after" ? page.messages.at(-1) : page.messages[0])?.seq ?? at;
    more = direction === "after" ? page.hasAfter : page.hasBefore;
  }
  return all;
}
