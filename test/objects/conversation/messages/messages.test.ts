/** What a conversation promises about messages: order, once, changes, erasure, reading. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { nextSalt } from "../../../../objects/conversation/messages/salts.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { ChainRange, ChangesPage, MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { Message } from "../../../../schema/wire/message.ts";
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
import { readChain, readChanges, readMessage, readPage } from "../../../../workers/archive/reads.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));
const pageQuery = { limit: 50, before: undefined, after: undefined, around: undefined };

async function pageOf(id: ConversationId, by: TestPerson, query: object = {}): Promise<MessagesPage> {
  const answer = await readPage(env, id, by.userId, { ...pageQuery, ...query });
  if (!answer.ok) throw new Error(answer.refusal.code);
  return JSON.parse(answer.value) as MessagesPage;
}

async function changesOf(id: ConversationId, by: TestPerson, rev: number, query: object = {}): Promise<ChangesPage> {
  const answer = await readChanges(env, id, by.userId, { rev, limit: 200, ...query });
  if (!answer.ok) throw new Error(answer.refusal.code);
  return JSON.parse(answer.value) as ChangesPage;
}

test("[S1] seq and rev run 1, 2, 3 … with no gaps, across evictions and concurrent senders", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  for (let round = 0; round < 3; round++) {
    await Promise.all([send(id, ana, "a"), send(id, bo, "b"), send(id, ana, "c")]);
    await evict(id);
  }
  const page = await pageOf(id, bo);
  expect(page.messages.map((message) => message.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(page.messages.map((message) => message.rev)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(page.head).toMatchObject({ seq: 9, rev: 10 });
  expect(page.notices.map((notice) => notice.kind)).toEqual(["conversation_created"]);
});

test("[S2] a repeated send gets the first ack, even across eviction", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const first = await send(id, ana, "once", "key-1");
  await send(id, bo, "between");
  await evict(id);
  expect(await send(id, ana, "once", "key-1")).toEqual({ ...first, duplicate: true });
  expect((await send(id, bo, "once", "key-1")).seq).toBe(3);
  expect((await pageOf(id, ana)).head.seq).toBe(3);
});

test("[S3] the same clientId with another body is refused and stores nothing", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "once", "key-1");
  expect(codeOf(await submit(id, ana, sendCommand("other", "key-1")))).toBe("client_id_reused");
  expect(codeOf(await submit(id, ana, sendCommand("once", "key-1", { replyTo: 1 })))).toBe("client_id_reused");
  expect((await pageOf(id, ana)).head.seq).toBe(1);
});

test("[S4] a repeat is answered after removal, and after an unsend whatever its body", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  const first = await send(id, bo, "mine", "key-1");
  await stub.removeMember(ana.userId, bo.userId);
  expect(await send(id, bo, "mine", "key-1")).toMatchObject({ seq: first.seq, duplicate: true });
  expect(codeOf(await submit(id, bo, sendCommand("new", "key-2")))).toBe("not_found");
  await submit(id, ana, { do: "unsend", seq: first.seq });
  expect(await send(id, bo, "something else", "key-1")).toMatchObject({ seq: first.seq, duplicate: true });
});

test("[S5] commands of one call keep their order, and a refused one harms no other", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const answers = await conversationStub(env, id).submit(ana.actor, [
    sendCommand("one", "k1"),
    sendCommand("bad reply", "k2", { replyTo: 99 }),
    sendCommand("two", "k3"),
    { do: "edit", seq: 77, text: "nothing there", mentions: null },
    sendCommand("three", "k4", { replyTo: 1 }),
  ]);
  expect(answers.map(codeOf)).toEqual(["ok", "bad_request", "ok", "not_found", "ok"]);
  const { messages } = await pageOf(id, bo);
  expect(messages.map((message) => message.text)).toEqual(["one", "two", "three"]);
  expect(messages[2]?.replyTo).toBe(1);
});

test("[S6] the hash chain can be recomputed from the answer of verify, also after edits and unsends", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  for (const text of ["eins", "zwei", "drei", "🦜"]) await send(id, ana, text);
  await submit(id, ana, { do: "edit", seq: 2, text: "zwo", mentions: null });
  await submit(id, ana, { do: "unsend", seq: 3 });
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  const answer = await readChain(env, id, bo.userId, { from: 2, to: 4 });
  const range = JSON.parse(answer.ok ? answer.value : "{}") as ChainRange;
  let hash = range.startHash;
  for (const item of range.items)
    hash = sha(`${hash}\n${item.seq}\n${item.senderId}\n${item.sentAt}\n${item.contentHash}`);
  expect(range.items.map((item) => item.seq)).toEqual([2, 3, 4]);
  expect(hash).toBe(range.hash);
  expect((await pageOf(id, bo)).head.hash).toBe(hash);
  expect(range.items[1]?.salt).toBe(null);
  expect(range.items[2]?.contentHash).toBe(sha(`${range.items[2]?.salt}\n🦜`));
  const [first] = (await pageOf(id, bo, { limit: 1, before: 2 })).messages;
  expect(range.startHash).toBe(first?.hash);
});

test("[S6] no two messages have the same salt, however many are sent", () => {
  const salts = Array.from({ length: 3_000 }, nextSalt);
  expect(new Set(salts).size).toBe(3_000);
  for (const salt of salts) expect(salt).toMatch(/^[0-9a-f]{32}$/);
  // A store of salts that is read before it is filled, or past its end, gives zeros.
  expect(salts.filter((salt) => salt.includes("00000000"))).toEqual([]);
});

test("[S7] edit and react change a message once each; repeats take no rev; unsent is final", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "draft");
  expect(await submit(id, bo, { do: "edit", seq: 1, text: "no", mentions: null })).toMatchObject({
    refusal: { code: "forbidden" },
  });
  expect(await submit(id, ana, { do: "edit", seq: 1, text: "final", mentions: null })).toMatchObject({
    ok: true,
    rev: 3,
  });
  expect(await submit(id, ana, { do: "edit", seq: 1, text: "final", mentions: null })).toMatchObject({
    ok: true,
    rev: 3,
  });
  expect(await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: true })).toMatchObject({ ok: true, rev: 4 });
  expect(await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: true })).toMatchObject({ ok: true, rev: 4 });
  await evict(id);
  const [message] = (await pageOf(id, ana)).messages;
  expect(message).toMatchObject({
    text: "final",
    reactions: [{ emoji: "👍", count: 1, userIds: [bo.userId] }],
    rev: 4,
  });
  expect(await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: false })).toMatchObject({ ok: true, rev: 5 });
  expect((await pageOf(id, ana)).messages[0]?.reactions).toEqual([]);
  expect(codeOf(await submit(id, bo, { do: "unsend", seq: 1 }))).toBe("forbidden");
  expect(await submit(id, ana, { do: "unsend", seq: 1 })).toMatchObject({ ok: true, rev: 6 });
  expect(await submit(id, ana, { do: "unsend", seq: 1 })).toMatchObject({ ok: true, rev: 6 });
  expect(codeOf(await submit(id, ana, { do: "edit", seq: 1, text: "again", mentions: null }))).toBe("conflict");
  expect(codeOf(await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: true }))).toBe("conflict");
});

test("[S8] an unsent text is nowhere in the object's storage, and in no read", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "canary-7391", "key-1", { mentions: [bo.userId] });
  await submit(id, ana, { do: "unsend", seq: 1 });
  const stored = await runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, state) => {
    const tables = state.storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray();
    return JSON.stringify(tables.map(({ name }) => state.storage.sql.exec(`SELECT * FROM ${name}`).toArray()));
  });
  expect(stored).not.toContain("canary-7391");
  const page = JSON.stringify([await pageOf(id, bo), await changesOf(id, bo, 0)]);
  expect(page).not.toContain("canary");
  expect((await pageOf(id, bo)).messages[0]).toMatchObject({
    text: "",
    mentions: [],
    reactions: [],
    unsentAt: expect.any(Number) as number,
  });
});

test("[S9] a long text travels as the longest prefix of whole code points within 8 KiB, and whole on demand", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const text = "🦜".repeat(100_000);
  await send(id, ana, text);
  const [listed] = (await pageOf(id, bo)).messages;
  expect(listed).toMatchObject({ text: "🦜".repeat(2_048), truncated: true });
  const [changed] = (await changesOf(id, bo, 0)).messages;
  expect(changed?.truncated).toBe(true);
  const whole = await readMessage(env, id, bo.userId, 1);
  expect((JSON.parse(whole.ok ? whole.value : "{}") as Message).text).toBe(text);
});

test("[S10] mentions of people who are not members are dropped; twenty different reactions are the most", async () => {
  const [ana, bo, eve] = [somebody("ana"), somebody("bo"), somebody("eve")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "hi", "k", { mentions: [bo.userId, eve.userId, bo.userId] });
  expect((await pageOf(id, bo)).messages[0]?.mentions).toEqual([bo.userId]);
  for (let i = 0; i < 20; i++)
    await submit(id, ana, { do: "react", seq: 1, emoji: String.fromCodePoint(0x1f600 + i), isOn: true });
  expect(codeOf(await submit(id, ana, { do: "react", seq: 1, emoji: "👍", isOn: true }))).toBe("conflict");
  expect(codeOf(await submit(id, bo, { do: "react", seq: 1, emoji: "😀", isOn: true }))).toBe("ok");
});

test("[S11] pages are arithmetic on seq: before, after, around, newest, and what lies beyond", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await conversationStub(env, id).submit(
    ana.actor,
    Array.from({ length: 20 }, (_, i) => sendCommand(`m${i}`, `k${i}`)),
  );
  const seqs = async (query: object) => {
    const page = await pageOf(id, bo, query);
    return [page.messages.map((message) => message.seq), page.hasBefore, page.hasAfter];
  };
  expect(await seqs({ limit: 3 })).toEqual([[18, 19, 20], true, false]);
  expect(await seqs({ limit: 3, before: 3 })).toEqual([[1, 2], false, true]);
  expect(await seqs({ limit: 3, before: 1 })).toEqual([[], false, true]);
  expect(await seqs({ limit: 3, before: 99 })).toEqual([[18, 19, 20], true, false]);
  expect(await seqs({ limit: 3, after: 0 })).toEqual([[1, 2, 3], false, true]);
  expect(await seqs({ limit: 3, after: 20 })).toEqual([[], true, false]);
  expect(await seqs({ limit: 3, after: 99 })).toEqual([[], true, false]);
  expect(await seqs({ limit: 5, around: 10 })).toEqual([[8, 9, 10, 11, 12], true, true]);
  expect(await seqs({ limit: 5, around: 1 })).toEqual([[1, 2, 3, 4, 5], false, true]);
  expect(await seqs({ limit: 5, around: 20 })).toEqual([[16, 17, 18, 19, 20], true, false]);
});

test("[S12] changes after any rev, folded into an older state, give the present one", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const states: MessagesPage[] = [await pageOf(id, bo)];
  for (let i = 1; i <= 12; i++) {
    await send(id, i % 2 === 0 ? ana : bo, `m${i}`);
    if (i % 3 === 0) await submit(id, i % 2 === 0 ? ana : bo, { do: "edit", seq: i, text: `e${i}`, mentions: null });
    if (i % 4 === 0) await submit(id, bo, { do: "react", seq: i - 1, emoji: "👍", isOn: true });
    if (i === 10) await submit(id, ana, { do: "unsend", seq: 4 });
    states.push(await pageOf(id, bo));
  }
  await evict(id);
  const present = await pageOf(id, bo);
  for (const limit of [1, 2, 5, 200]) {
    for (const past of states) {
      const folded = new Map(past.messages.map((message) => [message.seq, message]));
      let rev = past.head.rev;
      for (let more = true; more;) {
        const page = await changesOf(id, bo, rev, { limit });
        for (const message of page.messages) folded.set(message.seq, message);
        expect(page.messages.length).toBeLessThanOrEqual(limit);
        expect(page.rev > rev || !page.more).toBe(true);
        rev = page.rev;
        more = page.more;
      }
      expect(rev).toBe(present.head.rev);
      expect([...folded.values()].sort((a, b) => a.seq - b.seq)).toEqual(present.messages);
    }
  }
  const mutated = await changesOf(id, bo, states[8]?.head.rev ?? 0, { messages: "mutated" });
  expect(mutated.messages.map((message) => message.seq)).toEqual([4]);
});

test("[S13] another epoch, or a rev above the head, is answered that it must start anew", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const stub = conversationStub(env, id);
  expect(codeOf(await stub.changes(bo.userId, { rev: 2, limit: 10 }))).toBe("resync_required");
  const { epoch } = await changesOf(id, bo, 0);
  expect(codeOf(await stub.changes(bo.userId, { rev: 1, limit: 10, epoch }))).toBe("ok");
  expect(codeOf(await stub.changes(bo.userId, { rev: 0, limit: 10, epoch: "x" as typeof epoch }))).toBe(
    "resync_required",
  );
});
