/** What users hide from themself: messages, and chats that they delete. Every door agrees, in small groups and large ones, and nobody else sees it. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Marks } from "../../../../schema/http/conversation/marks.ts";
import { inboxHolds } from "../../../../schema/search-limits.ts";
import type { Conversation } from "../../../../schema/wire/conversation.ts";
import type { Summary, SyncAnswer } from "../../../../schema/wire/inbox.ts";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { isHidden } from "../../../../core/marks/hidden.ts";
import { evict as evictUser } from "../../../rig/objects/accounts.ts";
import { ask, type Caller, caller, fetchOf, must } from "../../../rig/objects/door.ts";
import { checked, linesIn } from "../../../rig/objects/exports.ts";
import { send, settleFanOut, submit } from "../../../rig/objects/people.ts";
import { seeded } from "../../../rig/random.ts";

type Id = Conversation["id"];

async function foundGroup(by: Caller, others: Caller[], more = {}): Promise<Id> {
  const memberIds = others.map(({ id }) => id);
  return (await must<Conversation>(201, by, "POST", "/conversations", { title: "G", memberIds, ...more })).id;
}
const hide = (by: Caller, id: Id, seqs: number[], on = true) =>
  must(200, by, "PUT", `/conversations/${id}/hidden`, { seqs, on });
const clear = (by: Caller, id: Id, upTo: number, instead?: number) =>
  must<Summary>(200, by, "PUT", `/conversations/${id}/cleared`, { upTo, instead });

async function rowOf(by: Caller, id: Id): Promise<Summary> {
  // The list asks large groups for their rows.
  await must(200, by, "GET", "/conversations");
  const { conversations } = await must<SyncAnswer>(200, by, "GET", "/sync");
  const row = conversations.find(({ conversationId }) => conversationId === id);
  if (row === undefined) throw new Error("no row");
  return row;
}

async function isListed(by: Caller, id: Id): Promise<boolean> {
  const { conversations } = await must<{ conversations: Summary[] }>(200, by, "GET", "/conversations");
  return conversations.some(({ conversationId }) => conversationId === id);
}

async function hits(by: Caller, path: string, field = "hits"): Promise<number[]> {
  const page = await must<Record<string, { message: { seq: number } }[]>>(200, by, "GET", path);
  return (page[field] ?? []).map(({ message }) => message.seq).sort((a, b) => a - b);
}

async function exported(by: Caller, id: Id): Promise<string> {
  const headers = { authorization: `Bearer ${by.session.accessToken}` };
  return await (await fetchOf(new Request(`https://parley.test/v1/conversations/${id}/export`, { headers }))).text();
}

async function rowsWritten(by: Caller, work: () => Promise<unknown>): Promise<number> {
  const total = () =>
    runInDurableObject(env.USERS.getByName(by.id), (_object, { storage }) => {
      return Number(storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n);
    });
  const before = await total();
  await work();
  return (await total()) - before;
}

test("[I33] a hidden message is gone at every door of its reader, on all devices and after an eviction, and nobody else's", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  for (const text of ["word a", "word b", "word c"]) await send(id, bo, text, undefined, { mentions: [ana.id] });
  await settleFanOut(id);
  for (const seq of [1, 2, 3]) {
    await must(204, ana, "PUT", `/conversations/${id}/stars/${seq}`);
    await must(200, ana, "PUT", `/conversations/${id}/pins/${seq}`);
  }
  await settleFanOut(id);
  expect((await rowOf(ana, id)).unread).toBe(3);
  expect(await rowsWritten(ana, () => hide(ana, id, [2]))).toBe(2);
  const { version } = await rowOf(ana, id);
  await hide(ana, id, [2]);
  expect((await rowOf(ana, id)).version).toBe(version);
  await evictUser(ana.id);
  const seen = async (by: Caller) => ({
    search: await hits(by, "/search?q=word"),
    here: await hits(by, `/search?q=word&conversationId=${id}`),
    pins: await hits(by, `/conversations/${id}/pins`, "pins"),
    mentions: await hits(by, "/mentions"),
    stars: await hits(by, "/stars"),
  });
  expect(await seen(ana)).toEqual({ search: [1, 3], here: [1, 3], pins: [1, 3], mentions: [1, 3], stars: [1, 3] });
  expect(await seen(bo)).toMatchObject({ search: [1, 2, 3], pins: [1, 2, 3] });
  const marks = await must<Marks>(200, ana, "GET", `/conversations/${id}/marks`);
  expect(marks).toMatchObject({ hidden: [{ from: 2, to: 2 }], marksVersion: version });
  // What is hidden counts as read, and what is before it. Others are not told.
  expect(await rowOf(ana, id)).toMatchObject({ unread: 1, mentionsUnread: 1, read: 2, marksVersion: version });
  const { me } = await must<Conversation>(200, ana, "GET", `/conversations/${id}`);
  expect(me.read).toBe(0);
  const text = await exported(ana, id);
  expect(text).not.toContain("word b");
  expect(linesIn(text).find(({ seq }) => seq === 2)).toMatchObject({ hidden: true, text: "", salt: null });
  expect(checked(text)).toMatchObject({ isWhole: true, faults: [], texts: { intact: 2, erased: 1 } });
  await hide(ana, id, [2], false);
  expect((await seen(ana)).search).toEqual([1, 2, 3]);
});

test("[I34] a deleted chat leaves the list until something new is written, and can be taken back", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  for (const text of ["word a", "word b", "word c"]) await send(id, bo, text);
  await settleFanOut(id);
  await must(200, ana, "PATCH", `/conversations/${id}/me`, { pinned: true, draft: "later" });
  expect(await rowsWritten(ana, () => clear(ana, id, 3))).toBe(1);
  expect(await isListed(ana, id)).toBe(false);
  expect(await isListed(bo, id)).toBe(true);
  expect(await rowOf(ana, id)).toMatchObject({ deleted: true, lastMessage: null, unread: 0, pinned: false, draft: "" });
  expect(await hits(ana, "/search?q=word")).toEqual([]);
  // A title is nothing new that is written.
  await must(200, bo, "PATCH", `/conversations/${id}`, { title: "H" });
  await settleFanOut(id);
  expect(await rowOf(ana, id)).toMatchObject({ deleted: true, title: "H" });
  await clear(ana, id, 0, 3);
  expect(await rowOf(ana, id)).toMatchObject({ lastMessage: { seq: 3 } });
  expect((await rowOf(ana, id)).cleared).toBe(undefined);
  await clear(ana, id, 3);
  await send(id, bo, "word d");
  await settleFanOut(id);
  await evictUser(ana.id);
  expect(await isListed(ana, id)).toBe(true);
  const row = await rowOf(ana, id);
  expect(row).toMatchObject({ unread: 1, lastMessage: { seq: 4 }, cleared: { seq: 3 } });
  expect(row.deleted).toBe(undefined);
  expect(await hits(ana, "/search?q=word")).toEqual([4]);
  const text = await exported(ana, id);
  expect(linesIn(text).flatMap(({ type, seq }) => (type === "message" ? [seq] : []))).toEqual([4]);
  expect(checked(text)).toMatchObject({ isWhole: true, from: 4, to: 4 });
  // A device that is behind deletes what it shows, and nothing comes back. What was deleted since cannot be taken back by an earlier act.
  await clear(ana, id, 2);
  expect((await rowOf(ana, id)).cleared?.seq).toBe(3);
  await clear(ana, id, 4);
  expect((await ask(ana, "PUT", `/conversations/${id}/cleared`, { upTo: 0, instead: 3 })).status).toBe(409);
});

test("[I34] who is added again to a group that they left and deleted has it in the list, without what was before", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  await send(id, ana, "word a");
  await must(204, bo, "DELETE", `/conversations/${id}/members/${bo.id}`);
  await settleFanOut(id);
  await clear(bo, id, 9);
  expect(await rowOf(bo, id)).toMatchObject({ left: true, deleted: true });
  await must(200, ana, "PUT", `/conversations/${id}/members/${bo.id}`, {});
  await settleFanOut(id);
  expect(await rowOf(bo, id)).toMatchObject({ left: false, cleared: { seq: 1 }, lastMessage: null });
  expect(await isListed(bo, id)).toBe(true);
  expect(await hits(bo, "/search?q=word")).toEqual([]);
});

test("[I33] what is hidden is bounded, and only messages that are there can be hidden", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const id = await foundGroup(ana, [bo]);
  for (let n = 1; n <= 8; n++) await send(id, ana, `text ${n}`);
  await settleFanOut(id);
  const put = async (by: Caller, body: unknown) => (await ask(by, "PUT", `/conversations/${id}/hidden`, body)).status;
  expect(await put(cy, { seqs: [1], on: true })).toBe(404);
  expect(await put(bo, { seqs: [9], on: true })).toBe(400);
  for (const body of [{ seqs: [], on: true }, { seqs: [0], on: true }, { seqs: [1] }, { seqs: ["1"], on: true }])
    expect(await put(bo, body)).toBe(400);
  const before = inboxHolds.hiddenStretchesMax;
  Object.assign(inboxHolds, { hiddenStretchesMax: 2 });
  try {
    await hide(bo, id, [1, 3]);
    expect(await put(bo, { seqs: [5], on: true })).toBe(409);
    expect(await put(bo, { seqs: [2, 4], on: true })).toBe(200);
    expect(await put(bo, { seqs: [6], on: true })).toBe(200);
    // What a deleted part of the chat hides anyway makes room.
    await clear(bo, id, 5);
    expect(await put(bo, { seqs: [8], on: true })).toBe(200);
    // A message that is shown again in the middle of a stretch makes two of it.
    await hide(ana, id, [1, 2, 3, 4, 5]);
    expect(await put(ana, { seqs: [2], on: false })).toBe(200);
    expect(await put(ana, { seqs: [4], on: false })).toBe(409);
    expect(await put(ana, { seqs: [1, 4], on: false })).toBe(200);
  } finally {
    Object.assign(inboxHolds, { hiddenStretchesMax: before });
  }
});

test("[I33] the preview of a row whose newest message is hidden is none once the group is large, for nobody tells it of an unsend", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const id = await foundGroup(ana, [bo]);
  for (const text of ["word a", "word b"]) await send(id, bo, text);
  await settleFanOut(id);
  await hide(ana, id, [2]);
  expect((await rowOf(ana, id)).lastMessage).toMatchObject({ seq: 1, preview: "word a" });
  const before = largeMarks.smallGroupMembersMax;
  Object.assign(largeMarks, { smallGroupMembersMax: 2 });
  try {
    await must(200, ana, "POST", `/conversations/${id}/members`, { userIds: [cy.id] });
    await submit(id, bo, { do: "unsend", seq: 1 });
    await settleFanOut(id);
    expect(await rowOf(ana, id)).toMatchObject({ mode: "large", lastMessage: null });
  } finally {
    Object.assign(largeMarks, { smallGroupMembersMax: before });
  }
});

test("[I35] what is unread behind what is hidden is exact in a large group, too, where messages before it were unsent", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  for (const act of ["hide", "clear"] as const) {
    const id = await foundGroup(ana, [bo], { mode: "large" });
    for (let n = 1; n <= 5; n++) await send(id, bo, `word ${n}`);
    for (const seq of [2, 3, 4]) await submit(id, bo, { do: "unsend", seq });
    await settleFanOut(id);
    expect((await rowOf(ana, id)).unread).toBe(2);
    await (act === "hide" ? hide(ana, id, [3, 4]) : clear(ana, id, 4));
    await settleFanOut(id);
    expect([act, (await rowOf(ana, id)).unread]).toEqual([act, 1]);
  }
});

const seed = Math.floor(Math.random() * 2 ** 31);
for (const mode of ["small", "large"] as const)
  test(`[I35] after any run of messages, unsends, hides and deletions a ${mode} group's row and lists are those of a model (seed ${seed})`, async () => {
    const random = seeded(seed);
    const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
    const [ana, bo] = [await caller("ana"), await caller("bo")];
    const id = await foundGroup(ana, [bo], mode === "large" ? { mode } : {});
    const messages: { by: Caller; isUnsent: boolean }[] = [];
    const hidden = new Set<number>();
    let model = { read: 0, cleared: 0, isDeleted: false };
    const log: string[] = [];
    for (let step = 0; step < 40; step++) {
      const act = int(1, 9);
      const head = messages.length;
      if (act <= 3 || head === 0) {
        const by = random() < 0.7 ? bo : ana;
        await send(id, by, `word ${head + 1}`, undefined, { mentions: by === bo ? [ana.id] : [] });
        messages.push({ by, isUnsent: false });
        model = { ...model, isDeleted: false, read: by === ana ? head + 1 : model.read };
        log.push(`send ${by === bo ? "bo" : "ana"}`);
      } else if (act <= 5) {
        const seqs = [int(1, head), int(1, head), ...(random() < 0.5 ? [head] : [])];
        await hide(ana, id, [...new Set(seqs)]);
        const isFresh = seqs.some((seq) => !hidden.has(seq));
        for (const seq of seqs) hidden.add(seq);
        if (isFresh) model = { ...model, read: Math.max(model.read, ...seqs) };
        log.push(`hide ${seqs.join()}`);
      } else if (act === 6) {
        const seqs = [int(1, head), head];
        await hide(ana, id, seqs, false);
        for (const seq of seqs) hidden.delete(seq);
        log.push(`show ${seqs.join()}`);
      } else if (act === 7) {
        const seq = int(1, head);
        const message = messages[seq - 1];
        if (message !== undefined) {
          await submit(id, message.by, { do: "unsend", seq });
          message.isUnsent = true;
        }
        log.push(`unsend ${seq}`);
      } else if (act === 8) {
        const upTo = random() < 0.5 ? head : int(1, head);
        await clear(ana, id, upTo);
        const isWhole = upTo === head;
        if (upTo > model.cleared || (upTo === model.cleared && isWhole))
          model = { read: Math.max(model.read, upTo), cleared: upTo, isDeleted: isWhole };
        log.push(`clear ${upTo}`);
      } else if (random() < 0.5) {
        await clear(ana, id, 0, model.cleared);
        model = { ...model, cleared: 0, isDeleted: false };
        log.push("take back");
      } else {
        await evictUser(ana.id);
        log.push("evict");
      }
      await settleFanOut(id);
      const says = log.join("; ");
      const row = await rowOf(ana, id);
      const isShown = (seq: number) => seq > model.cleared && !hidden.has(seq);
      const seqs = messages.map((_, n) => n + 1);
      const unread = seqs.filter(
        (seq) => seq > model.read && messages[seq - 1]?.by === bo && !messages[seq - 1]?.isUnsent,
      );
      const newest = mode === "large" ? [messages.length] : seqs.toReversed();
      const last = newest.find((seq) => seq > model.cleared && isShown(seq));
      expect([says, row.unread, row.deleted ?? false, row.lastMessage?.seq, row.cleared?.seq ?? 0]).toEqual([
        says,
        unread.length,
        model.isDeleted,
        last,
        model.cleared,
      ]);
      if (last !== undefined) expect([says, row.lastMessage?.unsent]).toEqual([says, messages[last - 1]?.isUnsent]);
      if (step % 5 !== 4) continue;
      const found = seqs.filter((seq) => isShown(seq) && messages[seq - 1]?.isUnsent === false);
      expect([says, await hits(ana, "/search?q=word&limit=50")]).toEqual([says, found]);
      const own = found.filter((seq) => messages[seq - 1]?.by === bo);
      // Mentions in a large group come by a queue, which nobody serves here.
      const listed = await hits(ana, "/mentions?limit=50");
      expect([says, mode === "large" ? listed.filter((seq) => !own.includes(seq)) : listed]).toEqual([
        says,
        mode === "large" ? [] : own,
      ]);
      expect([says, await isListed(ana, id)]).toEqual([says, !model.isDeleted]);
      const marks = await must<Marks>(200, ana, "GET", `/conversations/${id}/marks`);
      expect([says, seqs.filter((seq) => !isHidden(marks, seq))]).toEqual([says, seqs.filter(isShown)]);
    }
  });
