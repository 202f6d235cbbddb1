/** Whoever acts in a large group is told at once, on all their devices and before they are answered, and what it costs: calls to nobody else. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { mintGroupId } from "../../../../objects/shared/identity/mint.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { now, windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { timeouts } from "../../../../schema/limits.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import type { Message } from "../../../../schema/wire/message.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { type Member, member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { codeOf, foundGroup, send, settleFanOut, submit } from "../../../rig/objects/people.ts";
import type { Frame, TestSocket } from "../../../rig/objects/socket.ts";

openLargeGroups();

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);
const stubOf = (id: ConversationId) => conversationStub(env, id);

async function grown(): Promise<{ id: ConversationId; owner: Member; ana: Member; bo: Member }> {
  const [owner, ana, bo, cy] = [await member("owner"), await member("ana"), await member("bo"), await member("cy")];
  const id = await foundGroup(owner, [ana, bo]);
  await settleFanOut(id);
  valueOf(await stubOf(id).addMembers(owner.id, [cy.person], []));
  await consumeFanOut({ conversationId: id }, env);
  return { id, owner, ana, bo };
}

const rowIn = (frame: Frame): Summary | undefined => (frame["conversations"] as Summary[] | undefined)?.[0];
const seqsOn = (socket: TestSocket): number[] =>
  socket.frames.filter(({ type }) => type === "message").map((frame) => (frame["message"] as Message).seq);
const listed = async (of: Member): Promise<Summary | undefined> =>
  valueOf(await of.calls.summaries(undefined, 10)).conversations[0];
/** The object dies after its commits and before its calls. */
async function crash(id: ConversationId, work: () => Promise<unknown>): Promise<void> {
  largeMarks.callsInboxes = false;
  await work();
  await evict(id);
  largeMarks.callsInboxes = true;
}

test("[M27] a sender's devices get their own message and its later changes at once; a plain message costs one row and one call", async () => {
  const { id, owner, ana } = await grown();
  const socket = await syncOf(ana);
  await send(id, ana, "one");
  await socket.next((frame) => rowIn(frame)?.head.seq === 1, "the row after one");
  const before = { ...cost };
  await send(id, ana, "two");
  await socket.next((frame) => rowIn(frame)?.head.seq === 2, "the row after two");
  await expect.poll(() => seqsOn(socket)).toEqual([1, 2]);
  // The call to ana's inbox, and perhaps one because it has asked to be told of changes.
  expect(cost.objectCalls - before.objectCalls).toBeLessThanOrEqual(2);
  await submit(id, owner, { do: "react", seq: 1, emoji: "👍", isOn: true });
  await consumeFanOut({ conversationId: id }, env);
  await socket.next(({ type, ...frame }) => type === "change" && (frame["messages"] as Message[])[0]?.seq === 1);
  await submit(id, ana, { do: "edit", seq: 2, text: "two, edited", mentions: null });
  const edited = await socket.next(
    ({ type, ...frame }) => type === "change" && (frame["messages"] as Message[])[0]?.seq === 2,
  );
  expect((edited["messages"] as Message[])[0]?.text).toBe("two, edited");
  await expect.poll(async () => (await stubOf(id).fanOutPage(null, [])).due).toEqual([]);
});

test("[M27] a member who reads sees it on all their devices, and the row is marked unread no more, although no watermark rises", async () => {
  const { id, owner, ana } = await grown();
  await send(id, owner, "one");
  const socket = await syncOf(ana);
  await submit(id, ana, { do: "receipt", delivered: null, read: 1 });
  await socket.next((frame) => rowIn(frame)?.read === 1 && rowIn(frame)?.unread === 0, "the row that is read");
  valueOf(await ana.calls.patchSummary(id, { markedUnread: true }));
  await socket.next((frame) => rowIn(frame)?.markedUnread === true, "the mark");
  const marked = socket.frames.length;
  await submit(id, ana, { do: "receipt", delivered: null, read: 1 });
  await socket.next(
    (frame) => socket.frames.indexOf(frame) >= marked && rowIn(frame)?.markedUnread === false,
    "no mark",
  );
  await expect
    .poll(() =>
      runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
        sql.exec("SELECT * FROM owed_receipts").toArray(),
      ),
    )
    .toEqual([]);
});

test("[M27] a user who founds, is added, accepts an invite, leaves or is removed has the row when that is answered", async () => {
  const [owner, ana, bo] = [await member("owner"), await member("ana"), await member("bo")];
  const id = mintGroupId(env.ID_SECRET, owner.id, undefined);
  const founding = { kind: "group", id, by: owner.id, title: "Large", mode: "large", policy: {} } as const;
  expect(codeOf(await stubOf(id).found({ ...founding, people: [owner.person], draftDigest: null }))).toBe("ok");
  expect(await listed(owner)).toMatchObject({ mode: "large", role: "owner", notify: "mentions" });
  const { code } = valueOf(await stubOf(id).createInvite(owner.id, {}));
  valueOf(await stubOf(id).acceptInvite(ana.person, code.split(".")[1] ?? ""));
  expect(await listed(ana)).toMatchObject({ mode: "large", role: "member", left: false, notify: "mentions" });
  valueOf(await stubOf(id).putMember(owner.id, bo.id, "admin", bo.person));
  expect(await listed(bo)).toMatchObject({ role: "admin" });
  valueOf(await stubOf(id).removeMember(ana.id, ana.id));
  expect(await listed(ana)).toMatchObject({ left: true, unread: 0 });
  valueOf(await stubOf(id).removeMember(owner.id, bo.id));
  expect(await listed(bo)).toMatchObject({ left: true });
  await expect.poll(async () => (await stubOf(id).fanOutPage(null, [])).due).toEqual([]);
});

test("[M27] a few people who are founded with, are added together or are in a group that grows have the row when that is answered", async () => {
  const people = await Promise.all(["owner", "ana", "bo", "cy", "di"].map((name) => member(name)));
  const [owner, ana, bo, cy, di] = people as [Member, Member, Member, Member, Member];
  const id = mintGroupId(env.ID_SECRET, owner.id, undefined);
  const founding = { kind: "group", id, by: owner.id, title: "Large", mode: "large", policy: {} } as const;
  const founders = [owner.person, ana.person];
  expect(codeOf(await stubOf(id).found({ ...founding, people: founders, draftDigest: null }))).toBe("ok");
  expect(await listed(ana)).toMatchObject({ conversationId: id, mode: "large", role: "member", notify: "mentions" });
  valueOf(await stubOf(id).addMembers(owner.id, [bo.person, cy.person], []));
  expect(await listed(bo)).toMatchObject({ conversationId: id, mode: "large" });
  expect(await listed(cy)).toMatchObject({ conversationId: id, mode: "large" });
  await expect.poll(async () => (await stubOf(id).fanOutPage(null, [])).due).toEqual([]);
  const small = await foundGroup(owner, [ana, bo]);
  await settleFanOut(small);
  valueOf(await stubOf(small).putMember(owner.id, di.id, "member", di.person));
  for (const each of [owner, ana, bo, di])
    await expect.poll(() => listed(each)).toMatchObject({ conversationId: small, mode: "large", notify: "all" });
});

test("[M27] what a crash took between a commit and its calls is brought by the alarm: own messages, and receipts", async () => {
  const { id, owner, ana, bo } = await grown();
  await send(id, owner, "by the owner");
  await settleFanOut(id);
  const sockets = [await syncOf(ana), await syncOf(bo)] as const;
  await crash(id, async () => {
    await send(id, ana, "by ana");
    await submit(id, bo, { do: "receipt", delivered: null, read: 1 });
  });
  await settleFanOut(id);
  await sockets[0].next((frame) => rowIn(frame)?.head.seq === 2, "the row after the message");
  await expect.poll(() => seqsOn(sockets[0])).toEqual([2]);
  await sockets[1].next((frame) => rowIn(frame)?.read === 1, "the row that is read");
  // The next waking finds nothing that was left.
  await evict(id);
  await settleFanOut(id);
  expect(seqsOn(sockets[0])).toEqual([2]);
});

test("[M27] an inbox that fails is called again, and what was sent meanwhile comes in order", async () => {
  const { id, ana } = await grown();
  await send(id, ana, "before");
  const socket = await syncOf(ana);
  const inbox = env.USERS.getByName(ana.id);
  const exec = (sql: string) => runInDurableObject(inbox, (_object, { storage }) => void storage.sql.exec(sql));
  await exec("CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  await send(id, ana, "one");
  await send(id, ana, "two", undefined, { mentions: [ana.id] });
  await exec("DROP TRIGGER broken");
  for (let n = 0; n < 4; n++) {
    windClock(60_000);
    await runDurableObjectAlarm(objectOf(id));
  }
  await socket.next((frame) => rowIn(frame)?.head.seq === 3, "the row after both");
  await expect.poll(() => [...new Set(seqsOn(socket))].filter((seq) => seq > 1)).toEqual([2, 3]);
});

test("[M27] for a receipt that an inbox fails to take the group wakes more and more rarely, through evictions, until it is taken", async () => {
  const { fanOutRetryFirstMs, fanOutRetryMaxMs } = timeouts;
  Object.assign(timeouts, { fanOutRetryFirstMs: 1, fanOutRetryMaxMs: 5 });
  onTestFinished(() => void Object.assign(timeouts, { fanOutRetryFirstMs, fanOutRetryMaxMs }));
  const { id, owner, ana } = await grown();
  await send(id, owner, "one");
  await submit(id, ana, { do: "receipt", delivered: null, read: 1 });
  await settleFanOut(id);
  valueOf(await ana.calls.patchSummary(id, { markedUnread: true }));
  const inbox = env.USERS.getByName(ana.id);
  const exec = (sql: string) => runInDurableObject(inbox, (_object, { storage }) => void storage.sql.exec(sql));
  await exec("CREATE TRIGGER broken BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  // It raises no watermark.
  await submit(id, ana, { do: "receipt", delivered: null, read: 1 });
  const sleepMs = () =>
    runInDurableObject(objectOf(id), async (_object, { storage }) => ((await storage.getAlarm()) ?? now()) - now());
  /** Rings until the group does not wake for so long. */
  const ringUntil = (ms: number) =>
    expect
      .poll(
        async () => {
          windClock(60_000);
          await runDurableObjectAlarm(objectOf(id));
          return await sleepMs();
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(ms);
  await ringUntil(30_000);
  const times = () =>
    runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
      Number(sql.exec("SELECT data FROM alarms WHERE name = 'large receipts'").one()["data"]),
    );
  const before = await times();
  await evict(id);
  await ringUntil(60_000);
  expect(await times()).toBeGreaterThan(before);
  await exec("DROP TRIGGER broken");
  windClock(timeouts.dueHintMaxMs);
  await settleFanOut(id);
  windClock(timeouts.dueHintMaxMs);
  await runDurableObjectAlarm(objectOf(id));
  const left = await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => [
    ...sql.exec("SELECT * FROM owed_receipts").toArray(),
    ...sql.exec("SELECT * FROM alarms").toArray(),
  ]);
  expect(left).toEqual([]);
  expect(await listed(ana)).toMatchObject({ markedUnread: false });
});

test("[M21] [M27] after a group has grown nobody is called by the fan-out of small groups", async () => {
  const { id, owner, ana } = await grown();
  await settleFanOut(id);
  // The calls to the inboxes of whoever made it grow.
  let before = -1;
  while (before !== cost.objectCalls) {
    before = cost.objectCalls;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const by of [owner, ana, owner]) await send(id, by, "plain");
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(cost.objectCalls - before).toBeLessThanOrEqual(3);
});

test("[M27] a page of what is due does not overtake a sender's own message that waits for its call", async () => {
  const { id, owner, ana } = await grown();
  await send(id, owner, "before");
  const socket = await syncOf(ana);
  const inbox = env.USERS.getByName(ana.id);
  const failing = { value: () => Promise.reject(new Error("on purpose")), configurable: true };
  await runInDurableObject(inbox, (object) => void Object.defineProperty(object, "deliverRow", failing));
  await send(id, ana, "one");
  await send(id, owner, "two", undefined, { mentions: [ana.id] });
  const mine = async () => (await stubOf(id).fanOutPage(null, [])).due.find(({ userId }) => userId === ana.id);
  expect((await mine())?.items.map(({ message }) => message?.seq)).toEqual([2, 3]);
  await runInDurableObject(inbox, (object) => void Reflect.deleteProperty(object, "deliverRow"));
  await consumeFanOut({ conversationId: id }, env);
  await socket.next((frame) => rowIn(frame)?.head.seq === 3, "the row after both");
  await expect.poll(() => seqsOn(socket).filter((seq) => seq > 1)).toEqual([2, 3]);
});

test("[M27] after a crash a page of what is due does not overtake a sender's own message either", async () => {
  const { id, owner, ana } = await grown();
  await settleFanOut(id);
  const socket = await syncOf(ana);
  await crash(id, async () => {
    await send(id, ana, "one");
    await send(id, owner, "two", undefined, { mentions: [ana.id] });
  });
  await consumeFanOut({ conversationId: id }, env);
  await socket.next((frame) => rowIn(frame)?.head.seq === 2, "the row after both");
  await expect.poll(() => seqsOn(socket)).toEqual([1, 2]);
});
