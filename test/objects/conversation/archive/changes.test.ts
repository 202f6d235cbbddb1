/** What a conversation promises about messages that lie in its archive: they change, are erased and are recognized like any other. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Command } from "../../../../objects/contract/command.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Message } from "../../../../schema/wire/message.ts";
import { archiveOf, lowerMarks, readerOf, seal, sql } from "../../../rig/objects/archived.ts";
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
import { socketOf } from "../../../rig/objects/socket.ts";
import { storedInBucket } from "../../../rig/objects/stores.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);

async function sendAll(id: ConversationId, by: TestPerson, commands: Command[]): Promise<void> {
  for (let from = 0; from < commands.length; from += 100) {
    const answers = await conversationStub(env, id).submit(by.actor, commands.slice(from, from + 100));
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

const numbered = (count: number): Command[] =>
  Array.from({ length: count }, (_, at) => sendCommand(`message ${at + 1}`, `k${at + 1}`));

/** A direct chat of 300 messages of ana's, of which at least 200 lie in the archive. */
async function archivedDm(ana: TestPerson, bo: TestPerson, first: Command[] = []): Promise<ConversationId> {
  const id = await foundDm(ana, bo);
  await sendAll(id, ana, [...first, ...numbered(300 - first.length)]);
  await seal(id);
  const { through, rows } = await archiveOf(id);
  expect(through).toBeGreaterThan(200);
  expect(rows).toBe(300 - through);
  return id;
}

const message = async (id: ConversationId, by: TestPerson, seq: number): Promise<Message> =>
  JSON.parse(await readerOf(id).message(by.userId, seq)) as Message;

test(
  "[H4] [S7] edits, reactions and unsends of archived messages are made like any other, and sent to live sockets",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await archivedDm(ana, bo);
    const live = await socketOf(conversationStub(env, id), "/live", bo.actor);
    await live.next((frame) => frame.type === "hello");
    const before = await message(id, bo, 17);
    expect(codeOf(await submit(id, bo, { do: "edit", seq: 17, text: "not mine", mentions: null }))).toBe("forbidden");
    expect(codeOf(await submit(id, ana, { do: "edit", seq: 17, text: before.text, mentions: null }))).toBe("ok");
    expect(await message(id, bo, 17)).toEqual(before);
    expect((await archiveOf(id)).rows).toBe(300 - (await archiveOf(id)).through);

    const edited = await submit(id, ana, { do: "edit", seq: 17, text: "edited", mentions: null });
    expect(edited).toEqual({ ok: true, did: "change", rev: before.rev - before.seq + 301 });
    const frame = await live.next(({ type }) => type === "change");
    expect(frame).toMatchObject({
      messages: [{ ...before, rev: 302, text: "edited", editedAt: expect.any(Number) as number }],
    });
    await submit(id, bo, { do: "react", seq: 17, emoji: "👍", isOn: true });
    await submit(id, bo, { do: "react", seq: 18, emoji: "👍", isOn: true });
    await submit(id, ana, { do: "unsend", seq: 19 });
    await evict(id);
    expect(codeOf(await submit(id, ana, { do: "edit", seq: 19, text: "again", mentions: null }))).toBe("conflict");
    expect(await message(id, bo, 17)).toMatchObject({
      text: "edited",
      reactions: [{ emoji: "👍", count: 1, userIds: [bo.userId] }],
      hash: before.hash,
    });
    expect(await message(id, bo, 18)).toMatchObject({
      text: "message 18",
      reactions: [{ emoji: "👍", count: 1, userIds: [bo.userId] }],
    });
    expect(await message(id, bo, 19)).toMatchObject({ text: "", unsentAt: expect.any(Number) as number });
    expect(await send(id, bo, "an answer", "reply", { replyTo: 17 })).toMatchObject({ seq: 301 });
  },
);

test(
  "[H4] [S5] the commands of one device keep their order where the first waits for a segment",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await archivedDm(ana, bo);
    const stub = conversationStub(env, id);
    const [first, second, other] = await Promise.all([
      stub.submit(ana.actor, [
        sendCommand("before", "b"),
        { do: "edit", seq: 5, text: "in the archive", mentions: null },
        sendCommand("after", "a"),
      ]),
      stub.submit(ana.actor, [{ do: "edit", seq: 5, text: "later", mentions: null }, sendCommand("last", "l")]),
      stub.submit(bo.actor, [sendCommand("of somebody else", "o")]),
    ]);
    expect([...first, ...second, ...other].every((answer) => answer.ok)).toBe(true);
    const seqOf = (answers: typeof first, at: number): number => {
      const answer = answers[at];
      return answer?.ok === true && answer.did === "send" ? answer.ack.seq : 0;
    };
    expect(seqOf(first, 0)).toBeLessThan(seqOf(first, 2));
    expect(seqOf(first, 2)).toBeLessThan(seqOf(second, 1));
    expect(await message(id, bo, 5)).toMatchObject({ text: "later" });
  },
);

test(
  "[H4] [S2] [S3] [S4] a repeat of an archived message gets the first ack, also after removal and unsend, and another body is refused",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    await send(id, bo, "the first", "one");
    const mentioning = await send(id, bo, "with a reply", "two", { replyTo: 1, mentions: [ana.userId] });
    const unsent = await send(id, bo, "soon gone", "three");
    await sendAll(id, ana, numbered(300));
    await submit(id, bo, { do: "edit", seq: 1, text: "the first, edited", mentions: null });
    await seal(id);
    await submit(id, bo, { do: "unsend", seq: unsent.seq });
    await seal(id);
    expect(await sql(id, "SELECT seq FROM messages WHERE seq <= 3")).toEqual([]);
    for (const isEvicted of [false, true]) {
      if (isEvicted) await evict(id);
      expect(await send(id, bo, "the first", "one")).toMatchObject({ seq: 1, duplicate: true });
      expect(await send(id, bo, "with a reply", "two", { replyTo: 1, mentions: [ana.userId] })).toEqual({
        ...mentioning,
        duplicate: true,
      });
      expect(codeOf(await submit(id, bo, sendCommand("with a reply", "two", { replyTo: 1 })))).toBe("client_id_reused");
      expect(codeOf(await submit(id, bo, sendCommand("another", "one")))).toBe("client_id_reused");
      expect(await send(id, bo, "whatever", "three")).toEqual({ ...unsent, duplicate: true });
      expect(await send(id, ana, "message 100", "k100")).toMatchObject({ seq: 103, duplicate: true });
    }
    await conversationStub(env, id).removeMember(ana.userId, bo.userId);
    expect(await send(id, bo, "the first", "one")).toMatchObject({ seq: 1, duplicate: true });
    expect(codeOf(await submit(id, bo, sendCommand("new", "new")))).toBe("not_found");
  },
);

/** All bytes of the conversation: its rows, and its objects in R2, unpacked. */
async function bytesOf(id: ConversationId): Promise<string> {
  const rows = await runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, { storage: { sql: tables } }) =>
    tables
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'test_%' AND name NOT LIKE '_cf_%'",
      )
      .toArray()
      .flatMap(({ name }) => tables.exec(`SELECT * FROM ${name}`).toArray())
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  return rows + (await storedInBucket(id));
}

test(
  "[H5] [S8] of an archived message that is unsent no store holds the words, once the segment is written anew",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const canary = "canary-7719";
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await archivedDm(ana, bo, [
      sendCommand(`${canary} short`, "short"),
      sendCommand(`${canary} long ${"word ".repeat(4_000)}`, "long"),
      sendCommand(`${canary} edited before`, "edited"),
    ]);
    await submit(id, ana, { do: "edit", seq: 3, text: `${canary} edited twice`, mentions: null });
    expect(await bytesOf(id)).toContain(canary);
    for (const seq of [1, 2, 3]) await submit(id, ana, { do: "unsend", seq });
    for (const seq of [1, 2, 3]) expect(await message(id, bo, seq)).toMatchObject({ text: "" });
    await seal(id);
    await evict(id);
    expect(await bytesOf(id)).not.toContain(canary);
    const { objects } = await env.ARCHIVE.list({ prefix: `archive/${id}/` });
    expect(objects).toHaveLength((await archiveOf(id)).objects);
    expect(await message(id, bo, 1)).toMatchObject({ text: "", unsentAt: expect.any(Number) as number });
    expect(await sql(id, "SELECT seq FROM messages WHERE seq <= 3")).toEqual([]);
  },
);

test("[H5] an unsend while the segment is written leaves nothing behind either", { timeout: 120_000 }, async () => {
  lowerMarks();
  const canary = "canary-4402";
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await sendAll(id, ana, [sendCommand(`${canary} gone soon`, "c"), ...numbered(299)]);
  const stub = conversationStub(env, id);
  // The rows are handed out, the message is unsent, and then the segment is put.
  await seal(id);
  await submit(id, ana, { do: "unsend", seq: 1 });
  const work = await stub.archive(null);
  expect(work.do).toBe("rewrite");
  await submit(id, bo, { do: "react", seq: 2, emoji: "👍", isOn: true });
  await seal(id);
  await evict(id);
  expect(await bytesOf(id)).not.toContain(canary);
  expect(await message(id, ana, 2)).toMatchObject({ reactions: [{ emoji: "👍" }] });
});
