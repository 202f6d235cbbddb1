/** Large groups tell the inboxes that asked for it: how often, through evictions, whom directly, and how it ends. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import type { PulledRow } from "../../../../objects/contract/delivery/pulled-row.ts";
import { Lookers } from "../../../../objects/conversation/large/lookers.ts";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import type { Alarm } from "../../../../objects/shared/platform/alarms.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { now, windClock } from "../../../../objects/shared/platform/clock.ts";
import { UserObject } from "../../../../objects/user/object.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { timeouts } from "../../../../schema/limits.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { type Member, member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundGroup, send, settleFanOut, submit } from "../../../rig/objects/people.ts";
import type { Frame, TestSocket } from "../../../rig/objects/socket.ts";

openLargeGroups();

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);
const ring = (id: ConversationId) => runDurableObjectAlarm(objectOf(id));
const rowIn = (frame: Frame): Summary | undefined => (frame["conversations"] as Summary[] | undefined)?.[0];
const headsOn = (socket: TestSocket): (number | undefined)[] =>
  socket.frames
    .filter(({ type, more }) => type === "inbox" && more === undefined)
    .map((frame) => rowIn(frame)?.head.seq);

const looking = (id: ConversationId): Promise<string[]> =>
  runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
    sql
      .exec<{ user_id: string }>("SELECT user_id FROM large_lookers")
      .toArray()
      .map((row) => row.user_id),
  );

/** A large group in which ana has a device that looks. */
async function watched(): Promise<{ id: ConversationId; owner: Member; ana: Member; bo: Member; socket: TestSocket }> {
  const [owner, ana, bo, cy] = [await member("owner"), await member("ana"), await member("bo"), await member("cy")];
  const id = await foundGroup(owner, [ana, bo]);
  await settleFanOut(id);
  valueOf(await conversationStub(env, id).addMembers(owner.id, [cy.person], []));
  await consumeFanOut({ conversationId: id }, env);
  await settleFanOut(id);
  const socket = await syncOf(ana);
  await expect.poll(() => looking(id)).toEqual([ana.id]);
  return { id, owner, ana, bo, socket };
}

/** The pause between two rows is over, and the alarm goes off. */
async function afterPause(id: ConversationId): Promise<void> {
  windClock(timeouts.rowTellMs + 1);
  await ring(id);
}

test("[M29] the first change is sent at once, those after it together after the pause, and nobody else is called", async () => {
  const { id, owner, socket } = await watched();
  await send(id, owner, "one");
  await socket.next((frame) => rowIn(frame)?.unread === 1, "one");
  await settleFanOut(id);
  // Counted by the conversation: on a busy machine other objects of this thread are still at work.
  const spy = vi.spyOn(UserObject.prototype, "deliverRow");
  onTestFinished(() => spy.mockRestore());
  for (const text of ["two", "three"]) await submit(id, owner, { do: "typing" }).then(() => send(id, owner, text));
  await ring(id);
  expect(headsOn(socket)).toEqual([1]);
  await afterPause(id);
  await socket.next((frame) => rowIn(frame)?.unread === 3, "two and three");
  expect(headsOn(socket)).toEqual([1, 3]);
  expect(socket.frames.filter(({ type }) => type === "message")).toEqual([]);
  const roles = spy.mock.calls.flatMap(([{ row }]) => (row.conversationId === id ? [row.role] : []));
  expect(roles.toSorted()).toEqual(["member", "owner", "owner"]);
});

test("[M29] what an eviction interrupts is sent by the alarm, and looks outlive it", async () => {
  const { id, owner, ana, socket } = await watched();
  largeMarks.callsInboxes = false;
  await send(id, owner, "one");
  await evict(id);
  largeMarks.callsInboxes = true;
  await afterPause(id);
  await socket.next((frame) => rowIn(frame)?.unread === 1, "one");
  await evict(id);
  expect(await looking(id)).toEqual([ana.id]);
  windClock(timeouts.rowTellMs);
  await send(id, owner, "two");
  await socket.next((frame) => rowIn(frame)?.unread === 2, "two");
});

test("[M29] a member who looks and whom a message concerns has it without the queue, once, and it is due no more", async () => {
  const { id, owner, ana, bo, socket } = await watched();
  await send(id, owner, "to ana and bo", undefined, { mentions: [ana.id, bo.id] });
  await socket.next((frame) => rowIn(frame)?.mentionsUnread === 1, "the mention's row");
  const { due } = await conversationStub(env, id).fanOutPage(null, []);
  expect(due.map(({ userId }) => userId)).toEqual([bo.id]);
  await consumeFanOut({ conversationId: id }, env);
  await afterPause(id);
  expect(socket.frames.filter(({ type }) => type === "message")).toHaveLength(1);
});

test("[M29] it ends when no device looks, with the membership, with a mute, and with its time; then a message costs no call", async () => {
  const { id, owner, ana, bo, socket } = await watched();
  const second = await syncOf(bo);
  await expect.poll(async () => (await looking(id)).length).toBe(2);
  valueOf(await bo.calls.patchSummary(id, { mutedUntil: 8_640_000_000_000_000 }));
  await expect.poll(() => looking(id)).toEqual([ana.id]);
  valueOf(await bo.calls.patchSummary(id, { mutedUntil: null }));
  await expect.poll(async () => (await looking(id)).length).toBe(2);
  valueOf(await conversationStub(env, id).removeMember(owner.id, bo.id));
  await expect.poll(() => looking(id)).toEqual([ana.id]);
  await send(id, owner, "after bo");
  await afterPause(id);
  await socket.next((frame) => rowIn(frame)?.head.seq === 1, "the message");
  expect(headsOn(second).every((seq) => seq === 0)).toBe(true);
  socket.close();
  await expect
    .poll(async () => {
      await send(id, owner, "somebody there?");
      await afterPause(id);
      return looking(id);
    })
    .toEqual([]);
  await settleFanOut(id);
  const before = cost.objectCalls;
  await send(id, owner, "nobody looks");
  await ring(id);
  expect(cost.objectCalls - before).toBeLessThanOrEqual(1);
});

test("[M29] a look ends when its time is over, although the device said nothing", async () => {
  const { id, owner } = await watched();
  windClock(timeouts.rowLookMs);
  await evict(id);
  await send(id, owner, "late");
  await expect.poll(() => looking(id)).toEqual([]);
});

test("[M29] the answer to a call that began before the inbox asked does not end the look that it asked for", async () => {
  const { id, owner, ana } = await watched();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  let held = 0;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its object
  const { deliverRow } = UserObject.prototype;
  const spy = vi.spyOn(UserObject.prototype, "deliverRow");
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(async function (this: UserObject, delivery) {
    const given = await deliverRow.call(this, delivery);
    if (delivery.row.role !== "member" || held++ > 0) return given;
    await answered;
    return { ...given, isUnwatched: true };
  });
  await send(id, owner, "one");
  await expect.poll(() => held).toBe(1);
  await conversationStub(env, id).rowOf(ana.id, null, now() + timeouts.rowLookMs);
  answer();
  await send(id, owner, "two");
  await expect
    .poll(async () => {
      await afterPause(id);
      return held;
    })
    .toBeGreaterThan(1);
  expect(await looking(id)).toEqual([ana.id]);
});

test("[M29] an inbox that fails is called again, later and later, and the others are not held up", async () => {
  const { id, owner, ana, bo, socket } = await watched();
  const second = await syncOf(bo);
  await expect.poll(async () => (await looking(id)).length).toBe(2);
  const inbox = env.USERS.getByName(ana.id);
  const exec = (sql: string) => runInDurableObject(inbox, (_object, { storage }) => void storage.sql.exec(sql));
  await exec("CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  await send(id, owner, "one");
  await second.next((frame) => rowIn(frame)?.unread === 1, "bo's row");
  await exec("DROP TRIGGER broken");
  await expect
    .poll(async () => {
      windClock(60_000);
      await ring(id);
      return valueOf(await ana.calls.summaries(undefined, 10)).conversations[0]?.unread;
    })
    .toBe(1);
  await socket.next((frame) => rowIn(frame)?.unread === 1, "ana's row");
});

test("[M29] a round that takes longer than the pause is not overtaken by another: each inbox is called once for a change", async () => {
  const inboxes = Array.from({ length: largeGroups.dueCallsAtOnce + 10 }, (_, n) => `u_${n}` as UserId);
  const timers: (() => void)[] = [];
  const served: UserId[] = [];
  const waiting: (() => void)[] = [];
  const lookers = new Lookers({
    db: { transact: () => undefined, all: () => [] },
    awake: { after: (_ms: number, work: () => void) => timers.push(work), during: <T>(work: T) => work },
    large: () => ({ head: { rev: 2 } }),
    direct: () => ({
      serve: (userId: UserId) => served.push(userId),
      reached: () => new Promise<void>((resolve) => waiting.push(resolve)),
    }),
  } as unknown as ConstructorParameters<typeof Lookers>[0]);
  const row = { membership: 1, rev: 2, read: 0, hasLeft: false } as PulledRow;
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  for (const userId of inboxes) lookers.look(userId, now() + timeouts.rowLookMs, { membership: 1, rev: 1, read: 0 });
  lookers.published();
  timers.splice(0).forEach((work) => work());
  expect(served).toEqual(inboxes.slice(0, largeGroups.dueCallsAtOnce));
  windClock(timeouts.rowTellMs + 1);
  lookers.published();
  timers.splice(0).forEach((work) => work());
  expect(served).toHaveLength(largeGroups.dueCallsAtOnce);
  // One of those who wait is answered meanwhile, and one looks no more.
  const [answered = "" as UserId, ended = "" as UserId] = inboxes.slice(-2);
  lookers.told(answered, row, {});
  lookers.look(ended, null, null);
  while (waiting.length > 0) {
    for (const userId of served) lookers.told(userId, row, {});
    waiting.splice(0).forEach((resolve) => resolve());
    await turn();
  }
  expect(served).toEqual(inboxes.slice(0, -2));
  // The round that was put off finds nobody behind.
  expect(timers).toHaveLength(1);
  timers.splice(0).forEach((work) => work());
  expect(served).toHaveLength(inboxes.length - 2);
});

test("[M29] an inbox that fails for long is called after waits that grow, by an alarm with a row", async () => {
  let alarm: Alarm | undefined;
  const timers: (() => void)[] = [];
  let calls = 0;
  const lookers = new Lookers({
    db: { transact: (work: (tx: unknown) => void) => work({ run: () => 1 }), all: () => [] },
    alarms: {
      get: () => alarm,
      set: (_tx: unknown, name: string, dueAt: number, data: number | null) => (alarm = { name, dueAt, data }),
      clear: () => (alarm = undefined),
    },
    awake: { after: (_ms: number, work: () => void) => timers.push(work), during: <T>(work: T) => work },
    large: () => ({ head: { rev: 2 } }),
    direct: () => ({ serve: () => calls++, reached: () => Promise.resolve() }),
  } as unknown as ConstructorParameters<typeof Lookers>[0]);
  const ana = "u_ana" as UserId;
  const from = now();
  lookers.look(ana, from + timeouts.rowLookMs, { membership: 1, rev: 1, read: 0 });
  lookers.published();
  const wound: number[] = [];
  const wind = (ms: number) => (wound.push(ms), windClock(ms));
  onTestFinished(() => wound.forEach((ms) => windClock(-ms)));
  let rings = 0;
  const turn = async () => {
    timers.splice(0).forEach((work) => work());
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  await turn();
  // As the group does it at each alarm.
  while (now() < from + timeouts.rowLookMs - 60_000) {
    rings++;
    if (lookers.isBehind) {
      wind(timeouts.fanOutAlarmMs);
      lookers.rung(false);
    } else {
      lookers.waitForFailing();
      if (alarm === undefined) throw new Error("nobody calls it");
      wind(alarm.dueAt - now());
      lookers.again(alarm);
    }
    await turn();
  }
  expect(calls).toBeGreaterThan(20);
  expect(rings).toBeLessThan(45);
  lookers.told(ana, { membership: 1, rev: 2, read: 0, hasLeft: false } as PulledRow, {});
  if (alarm !== undefined) lookers.again(alarm);
  expect([alarm, lookers.isBehind]).toEqual([undefined, false]);
});
