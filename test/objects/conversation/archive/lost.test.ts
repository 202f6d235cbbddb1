/** What a conversation promises about erased words where a segment, or the index of its words, is missing or damaged: none stays in any store, and the hole is named. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { Command } from "../../../../objects/contract/command.ts";
import { faultPoints } from "../../../../objects/shared/archive/fault-points.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { forgetIndexes } from "../../../../workers/archive/read-index.ts";
import { forgetSegments } from "../../../../workers/archive/read-segment.ts";
import { consumeArchive } from "../../../../workers/queues/archive.ts";
import { searchMessages } from "../../../../workers/search/search.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { archiveOf, lowerMarks, readerOf, seal, sql } from "../../../rig/objects/archived.ts";
import { codeOf, foundDm, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { storedInBucket } from "../../../rig/objects/stores.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);

/** Words that stand in one message each: a canary, and the number. */
const textAt = (seq: number): string => `canary${String(seq).padStart(3, "0")} hay`;

async function archived(): Promise<{ id: ConversationId; ana: TestPerson; bo: TestPerson }> {
  lowerMarks();
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const commands = Array.from({ length: 300 }, (_, at): Command => sendCommand(textAt(at + 1), `k${at + 1}`));
  for (let from = 0; from < 300; from += 100)
    await conversationStub(env, id).submit(ana.actor, commands.slice(from, from + 100));
  await seal(id);
  expect(/canary007 hay[^]*words-0\.\d+ [^\n]*canary007 /.test(await storedInBucket(id))).toBe(true);
  return { id, ana, bo };
}

const keyOf = async (id: ConversationId, part: string): Promise<string> => {
  const { objects } = await env.ARCHIVE.list({ prefix: `archive/${id}/` });
  const key = objects.map((object) => object.key).findLast((each) => each.includes(part));
  if (key === undefined) throw new Error(`no ${part}`);
  return key;
};

/** Changes the object's bytes in one place, so that its digest is another. What it holds can be unpacked all the same. */
async function damage(key: string): Promise<void> {
  const bytes = new Uint8Array((await (await env.ARCHIVE.get(key))?.arrayBuffer()) ?? new ArrayBuffer(0));
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  await env.ARCHIVE.put(key, longer);
}

/** All work for the archive, and after that what was to be deleted later. */
async function work(id: ConversationId): Promise<void> {
  await consumeArchive({ conversationId: id }, env);
  wind(4_000_000);
  await consumeArchive({ conversationId: id }, env);
}

async function search(id: ConversationId, viewer: UserId, q: string) {
  forgetIndexes();
  forgetSegments();
  const found = await searchMessages(env, viewer, { limit: 50, q, conversationId: id });
  if (!found.ok) throw new Error(found.refusal.code);
  return { seqs: found.value.hits.map(({ message }) => message.seq), missing: found.value.missing };
}

const react = (seq: number): Command => ({ do: "react", seq, emoji: "👍", isOn: true });

for (const how of ["missing", "damaged"] as const)
  test(`[H10] an unsend leaves no word of a segment that is ${how}, in R2 or in its index, and a search names the hole`, async () => {
    const { id, ana, bo } = await archived();
    // The message has its row again. Then its segment is lost.
    expect(codeOf(await submit(id, bo, react(7)))).toBe("ok");
    const key = await keyOf(id, "/1-");
    await (how === "missing" ? env.ARCHIVE.delete(key) : damage(key));
    await evict(id);
    expect(codeOf(await submit(id, ana, { do: "unsend", seq: 7 }))).toBe("ok");
    await evict(id);
    await work(id);

    const left = await storedInBucket(id);
    expect(left).not.toMatch(/canary(007|008|040) /);
    expect(left).toContain("canary041 ");
    expect(left).not.toContain(key);
    // The hole is visible, and nothing else is hidden by it.
    const hole = [{ conversationId: id, from: 1, to: 40 }];
    expect(await search(id, bo.userId, "canary007")).toEqual({ seqs: [], missing: hole });
    expect(await search(id, bo.userId, "canary041")).toEqual({ seqs: [41], missing: hole });
    expect(JSON.parse(await readerOf(id).message(bo.userId, 7))).toMatchObject({
      text: "",
      unsentAt: expect.any(Number) as number,
    });
    expect(await readerOf(id).message(bo.userId, 8)).toBe("unavailable");
    // Nothing is left to be done, and a further erasure finds nothing.
    const { objects } = await archiveOf(id);
    await submit(id, bo, { do: "react", seq: 7, emoji: "👍", isOn: true });
    await work(id);
    expect((await archiveOf(id)).objects).toBe(objects);
    expect(await sql(id, "SELECT first_seq FROM segments WHERE is_due = 1")).toEqual([]);
    expect(await sql(id, "SELECT generation FROM archive_puts")).toEqual([]);
  });

test("[H10] a segment that is lost stays as it is, and so does its index, as long as nothing in it is erased", async () => {
  const { id, bo } = await archived();
  for (const seq of [3, 4, 5, 6, 7, 8]) await submit(id, bo, react(seq));
  const key = await keyOf(id, "/1-");
  await damage(key);
  await evict(id);
  await work(id);
  const left = await storedInBucket(id);
  expect(left).toContain(key);
  expect(left).toMatch(/words-0\.\d+ [^\n]*canary007 /);
});

for (const how of ["missing", "damaged"] as const)
  test(`[H10] [H11] an unsend leaves no word in an index that is ${how}; its segments get into another, and meanwhile hide nothing`, async () => {
    const { id, ana, bo } = await archived();
    const index = await keyOf(id, "/words-");
    await (how === "missing" ? env.ARCHIVE.delete(index) : damage(index));
    await evict(id);
    expect(codeOf(await submit(id, ana, { do: "unsend", seq: 7 }))).toBe("ok");
    expect(await search(id, bo.userId, "canary200")).toEqual({ seqs: [200], missing: undefined });
    await work(id);

    const left = await storedInBucket(id);
    expect(left).not.toMatch(/canary007 /);
    expect(left).not.toContain(index);
    expect(left).toMatch(/words-0\.\d+ [^\n]*canary200 /);
    expect(await search(id, bo.userId, "canary200")).toEqual({ seqs: [200], missing: undefined });
    expect(await search(id, bo.userId, "canary007")).toEqual({ seqs: [], missing: undefined });
    const { segments } = await archiveOf(id);
    expect(await sql(id, "SELECT COUNT(DISTINCT slot) AS slots, SUM(group_no IS NULL) AS none FROM segments")).toEqual([
      { slots: segments, none: 0 },
    ]);
  });

test("[H11] after an index was lost, what is sealed next stands in an index again", async () => {
  const { id, ana, bo } = await archived();
  await damage(await keyOf(id, "/words-"));
  await evict(id);
  const commands = Array.from({ length: 220 }, (_, at): Command => sendCommand(textAt(at + 301), `k${at + 301}`));
  await conversationStub(env, id).submit(ana.actor, commands);
  await seal(id);
  await work(id);
  expect(await sql(id, "SELECT first_seq FROM segments WHERE group_no IS NULL")).toEqual([]);
  for (const seq of [5, 150, 300, 450])
    expect((await search(id, bo.userId, textAt(seq).slice(0, 9))).seqs).toEqual([seq]);
});

test("[H6] a segment that was written, and lost before its messages left the object, is written anew from their rows", async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const commands = Array.from({ length: 300 }, (_, at): Command => sendCommand(textAt(at + 1), `k${at + 1}`));
  for (let from = 0; from < 300; from += 100)
    await conversationStub(env, id).submit(ana.actor, commands.slice(from, from + 100));
  await vi.waitFor(
    async () => {
      await sealOne(id);
      expect((await archiveOf(id)).segments).toBe(1);
    },
    { timeout: 20_000, interval: 20 },
  );
  expect((await archiveOf(id)).through).toBe(0);
  const key = await keyOf(id, "/1-");
  await env.ARCHIVE.delete(key);
  await sql(id, "UPDATE segments SET is_due = 1, is_erased = 1 WHERE first_seq = 1");
  await seal(id);
  expect((await archiveOf(id)).through).toBeGreaterThan(200);
  expect(JSON.parse(await readerOf(id).message(bo.userId, 7))).toMatchObject({ text: textAt(7) });
  expect(JSON.parse(await readerOf(id).verify(bo.userId, 1, 100))).toMatchObject({ from: 1, to: 100 });
});

/** The consumer dies after its first piece of work was reported. */
async function sealOne(id: ConversationId): Promise<void> {
  let puts = 0;
  faultPoints.reach = (name) => {
    if (name === "archive: before the put" && puts++ > 0) throw new Error("dies");
  };
  await consumeArchive({ conversationId: id }, env).catch(() => undefined);
  faultPoints.reach = undefined;
}
