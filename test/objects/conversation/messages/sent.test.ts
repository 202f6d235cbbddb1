/** What a conversation promises about repeated sends, however old: once, for ever, for any clientId. And what finding them costs. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import type { Command } from "../../../../objects/contract/command.ts";
import { conversationTables } from "../../../../objects/conversation/tables.ts";
import { FingerprintFilter } from "../../../../core/sent/fingerprint-filter.ts";
import { entriesOf, pagesOf } from "../../../../core/sent/sent-pages.ts";
import { filterBitsOf, pageId, stepsOf } from "../../../../core/sent/sent-runs.ts";
import { fingerprints } from "../../../../core/sent/sip-hash.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { conversationHolds } from "../../../../schema/limits.ts";
import type { Ack } from "../../../../schema/wire/message.ts";
import { seeded } from "../../../rig/random.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  sendCommand,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
/** One that was evicted and not called since is not running. */
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);

async function exec<R extends Record<string, SqlStorageValue>>(id: ConversationId, sql: string): Promise<R[]> {
  return await runInDurableObject(objectOf(id), (_object, { storage }) => storage.sql.exec<R>(sql).toArray());
}

/** Sends many at once; the acks in order. */
async function sendAll(id: ConversationId, by: TestPerson, commands: Command[]): Promise<Ack[]> {
  const acks: Ack[] = [];
  for (let from = 0; from < commands.length; from += 200) {
    for (const answer of await conversationStub(env, id).submit(by.actor, commands.slice(from, from + 200))) {
      if (!answer.ok || answer.did !== "send") throw new Error(`not sent: ${JSON.stringify(answer)}`);
      acks.push(answer.ack);
    }
  }
  return acks;
}

const numbered = (count: number, prefix: string): Command[] =>
  Array.from({ length: count }, (_, i) => sendCommand(`${prefix} ${i}`, `${prefix}-${i}`));

const recordOf = (id: ConversationId) =>
  exec<{ segments: number; pages: number; sent: number }>(
    id,
    "SELECT segments, (SELECT COUNT(*) FROM sent_pages) AS pages, (SELECT COUNT(*) FROM sent) AS sent FROM sent_record",
  );

type Sent = { by: TestPerson; clientId: string; text: string; more: object; ack: Ack; isUnsent: boolean };

const seeds = [1, 2, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)(
  "[S2] [S3] [S4] each repeat of a send, by anybody, however late, through evictions and faults, gets the first ack or is refused (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const random = seeded(seed);
    const int = (below: number): number => Math.floor(random() * below);
    const people = [somebody("ana"), somebody("bo"), somebody("cy")];
    const [ana] = people as [TestPerson];
    const id = await foundGroup(ana, people.slice(1));
    const history: Sent[] = [];
    let head = 0;
    let faults = 0;
    while (head < 2_500) {
      const by = people[int(people.length)] ?? ana;
      const luck = random();
      if (luck < 0.45) {
        // Many from one, under clientIds that others use as well.
        const batch = Array.from({ length: 1 + int(120) }, (_, i) => {
          const clientId = random() < 0.5 ? `k${head + i}` : `k${int(head + 1)}-${by.actor.deviceId}-${head + i}`;
          const more = {
            replyTo: head > 0 && random() < 0.2 ? 1 + int(head) : null,
            mentions: random() < 0.1 ? [ana.userId] : [],
          };
          return { clientId, text: `text ${head + i}`, more };
        }).filter(({ clientId }) => !history.some((one) => one.by === by && one.clientId === clientId));
        const acks = await sendAll(
          id,
          by,
          batch.map(({ clientId, text, more }) => sendCommand(text, clientId, more)),
        );
        for (const [i, ack] of acks.entries()) {
          const one = batch[i];
          if (one === undefined) throw new Error("more acks than sends");
          expect(ack).toMatchObject({ seq: head + 1, duplicate: false });
          head = ack.seq;
          history.push({ by, ...one, ack, isUnsent: false });
        }
      } else if (luck < 0.8 && history.length > 0) {
        for (let i = 0; i < 8; i++) {
          const one = history[int(history.length)];
          if (one === undefined) continue;
          const again = await submit(id, one.by, sendCommand(one.text, one.clientId, one.more));
          expect(again, `seed ${seed}: ${one.clientId}`).toEqual({
            ok: true,
            did: "send",
            ack: { ...one.ack, duplicate: true },
          });
          const other = await submit(id, one.by, sendCommand(`${one.text} other`, one.clientId, one.more));
          expect(codeOf(other), `seed ${seed}: ${one.clientId}`).toBe(one.isUnsent ? "ok" : "client_id_reused");
          const mentions = await submit(
            id,
            one.by,
            sendCommand(one.text, one.clientId, { ...one.more, mentions: [one.by.userId] }),
          );
          const isSame = JSON.stringify({ ...one.more, mentions: [one.by.userId] }) === JSON.stringify(one.more);
          expect(codeOf(mentions), `seed ${seed}: ${one.clientId}`).toBe(
            one.isUnsent || isSame ? "ok" : "client_id_reused",
          );
        }
      } else if (luck < 0.88 && history.length > 0) {
        const one = history[int(history.length)];
        if (one === undefined || one.isUnsent) continue;
        if (random() < 0.5) await submit(id, one.by, { do: "edit", seq: one.ack.seq, text: "edited", mentions: [] });
        else {
          await submit(id, one.by, { do: "unsend", seq: one.ack.seq });
          one.isUnsent = true;
        }
      } else if (luck < 0.94) await evict(id);
      else {
        faults++;
        await exec(
          id,
          "CREATE TRIGGER IF NOT EXISTS broken BEFORE INSERT ON sent_pages BEGIN SELECT RAISE(ABORT, 'broken'); END",
        );
        if (random() < 0.7) await exec(id, "DROP TRIGGER broken");
      }
    }
    await exec(id, "DROP TRIGGER IF EXISTS broken");
    await evict(id);
    await send(id, ana, "the last");
    const [record] = await recordOf(id);
    expect(record, `seed ${seed}, ${faults} faults`).toMatchObject({
      segments: Math.floor((head + 1) / conversationHolds.sentSegmentMessages),
      sent: 0,
    });
    for (const { by, text, clientId, more, ack } of history.filter((_, i) => i % 7 === 0))
      expect(await send(id, by, text, clientId, more)).toEqual({ ...ack, duplicate: true });
    expect(new Set(history.map(({ ack }) => ack.seq)).size).toBe(history.length);
  },
);

test(
  "[S2] [S23] a repeat after 10,000 messages gets the first ack, and neither it nor a new message reads more than some pages",
  { timeout: 120_000 },
  async () => {
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundDm(ana, bo);
    const first = await send(id, ana, "once", "key");
    const before = cost.rowsWritten;
    await sendAll(id, ana, numbered(10_239, "many"));
    expect((cost.rowsWritten - before) / 10_239).toBeLessThan(1.1);
    // Bo uses the same clientId for a message of their own.
    expect(await send(id, bo, "mine", "key")).toMatchObject({ seq: 10_241, duplicate: false });
    for (const isEvicted of [false, true]) {
      if (isEvicted) await evict(id);
      expect(await send(id, ana, "once", "key")).toEqual({ ...first, duplicate: true });
      expect(await send(id, bo, "mine", "key")).toMatchObject({ seq: 10_241, duplicate: true });
      expect(await send(id, ana, "many 4000", "many-4000")).toMatchObject({ seq: 4_002, duplicate: true });
      expect(codeOf(await submit(id, ana, sendCommand("twice", "key")))).toBe("client_id_reused");
    }
    const rows = await runInDurableObject(objectOf(id), async (object) => {
      const read = cost.rowsRead;
      await object.submit(ana.actor, [sendCommand("once", "key")]);
      return cost.rowsRead - read;
    });
    // 40 segments are 5 runs of 8: one page of each, as often in the list of ids, and the message.
    expect(rows).toBeLessThanOrEqual(2 * 5 + 6);
  },
);

/** Gives a conversation the record of so many segments, each of one message, as if that many had been sent. */
async function fakeRecord(id: ConversationId, segments: number): Promise<void> {
  await runInDurableObject(objectOf(id), (_object, { storage }) => {
    storage.transactionSync(() => {
      const { sql } = storage;
      const pages = new Map<number, ArrayBuffer>();
      const filters = new Map<number, FingerprintFilter>();
      for (let at = 0; at < segments; at++) {
        const entries = [{ fingerprint: Math.floor(Math.random() * fingerprints), seq: 1 }];
        for (const step of stepsOf({ segments: at, mergedFrom: 0 })) {
          const all = [...entries.splice(0), ...step.merged.flatMap((page) => entriesOf(pages.get(page) ?? none))];
          for (const page of step.merged) pages.delete(page);
          for (const { id: page, page: bytes } of pagesOf(step, all)) pages.set(page, bytes);
          const bits = filterBitsOf(step.run);
          const filter = bits === undefined ? undefined : new FingerprintFilter(bits);
          for (const { fingerprint } of all) filter?.add(fingerprint);
          if (filter !== undefined) filters.set(pageId(step.run, 0), filter);
          for (const run of step.gone) filters.delete(pageId(run, 0));
        }
      }
      sql.exec("DELETE FROM sent_pages");
      for (const [page, bytes] of pages) sql.exec("INSERT INTO sent_pages (id, page) VALUES (?, ?)", page, bytes);
      for (const [run, { bytes }] of filters)
        sql.exec("INSERT INTO sent_filters (run, bits) VALUES (?, ?)", run, bytes);
      const { head } = sql.exec<{ head: number }>("SELECT MAX(seq) AS head FROM messages").one();
      const after = head - segments * conversationHolds.sentSegmentMessages;
      sql.exec("UPDATE sent_record SET after_seq = ?, segments = ?", after, segments);
    });
  });
  await evict(id);
}
const none = new ArrayBuffer(0);

test(
  "[S23] [H13] a new message reads as many rows after a million as after a thousand, and after ten million some pages more",
  { timeout: 120_000 },
  async () => {
    const rowsAfter = async (messages: number): Promise<number> => {
      const [ana, bo] = [somebody("ana"), somebody("bo")];
      const id = await foundDm(ana, bo);
      await sendAll(id, ana, numbered(10, "first"));
      await fakeRecord(id, Math.floor(messages / conversationHolds.sentSegmentMessages));
      await sendAll(id, ana, numbered(20, "awake"));
      return await runInDurableObject(objectOf(id), async (object) => {
        const read: number[] = [];
        for (let n = 0; n < 21; n++) {
          const before = cost.rowsRead;
          await object.submit(ana.actor, [sendCommand(`text ${n}`, `new-${n}`)]);
          read.push(cost.rowsRead - before);
        }
        // The least, because deliveries and alarms that come meanwhile read rows too.
        return Math.min(...read);
      });
    };
    const few = await rowsAfter(1_000);
    expect(await rowsAfter(1_000_000)).toBeLessThanOrEqual(few);
    expect(await rowsAfter(10_000_000)).toBeLessThanOrEqual(few + 2 * 15);
  },
);

test("[S2] [S3] [S4] a conversation from before there was a record keeps its answers, and goes on with one", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const acks = await sendAll(id, ana, numbered(300, "old"));
  const reply = await send(id, bo, "reply", "old-1", { replyTo: 3, mentions: [ana.userId] });
  await submit(id, ana, { do: "unsend", seq: 5 });
  const digests = await runInDurableObject(objectOf(id), async (_object, { storage: { sql } }) => {
    // As the version before left it.
    const old = conversationTables.filter((step) => step.includes("sent_record"));
    sql.exec("DROP TABLE sent_record; DROP TABLE sent_pages; DROP TABLE sent_filters");
    sql.exec("ALTER TABLE messages DROP COLUMN mentions_digest");
    for (const row of sql
      .exec("SELECT seq, sender_id, client_id, created_rev, sent_at, hash, text, reply_to, unsent_at FROM messages")
      .toArray()) {
      const body = JSON.stringify([row["text"], row["reply_to"], row["seq"] === reply.seq ? [ana.userId] : []]);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
      sql.exec(
        "INSERT INTO sent (sender_id, client_id, seq, rev, sent_at, hash, body_digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ...["sender_id", "client_id", "seq", "created_rev", "sent_at", "hash"].map((name) => row[name] ?? null),
        row["unsent_at"] === null ? Buffer.from(digest).toString("hex") : null,
      );
    }
    for (const step of old) sql.exec(step);
    return sql.exec("SELECT COUNT(body_digest) AS count FROM sent").one()["count"];
  });
  expect(digests).toBe(300);
  await evict(id);
  const check = async (): Promise<void> => {
    expect(await send(id, ana, "old 0", "old-0")).toEqual({ ...acks[0], duplicate: true });
    expect(await send(id, ana, "anything", "old-4")).toEqual({ ...acks[4], duplicate: true });
    expect(await send(id, bo, "reply", "old-1", { replyTo: 3, mentions: [ana.userId] })).toEqual({
      ...reply,
      duplicate: true,
    });
    expect(codeOf(await submit(id, bo, sendCommand("reply", "old-1", { replyTo: 3 })))).toBe("client_id_reused");
    expect(codeOf(await submit(id, ana, sendCommand("other", "old-299")))).toBe("client_id_reused");
  };
  await check();
  const next = await sendAll(id, bo, numbered(300, "new"));
  await submit(id, ana, { do: "unsend", seq: 1 });
  await evict(id);
  expect(await recordOf(id)).toEqual([{ segments: 1, pages: 1, sent: 301 }]);
  expect(await send(id, ana, "whatever", "old-0")).toEqual({ ...acks[0], duplicate: true });
  expect(await send(id, bo, "new 7", "new-7")).toEqual({ ...next[7], duplicate: true });
  expect(await send(id, ana, "new 7", "new-7")).toMatchObject({ duplicate: false, seq: 602 });
});
