/**
 * What size and floods cost a large group: a hundred thousand of whom nobody looks cost as little as a direct chat, and those who join and leave in a loop, or all at
 * once, react, type, or open socket after socket, cost it little.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { timeouts } from "../../../../schema/limits.ts";
import { rates } from "../../../../schema/rates.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  settleFanOut,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

openLargeGroups();

const crowd = 100_000;
const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const stubOf = (id: ConversationId) => conversationStub(env, id);

/** Members as rows, whom nobody needs to invite. */
async function fill(id: ConversationId): Promise<void> {
  await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => {
    sql.exec(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
       INSERT INTO large_members (user_id, rank, membership, joined_at, joined_seq, joined_rev, delivered, read, words, named_at)
       SELECT 'u_' || n, 2, 1000 + n, n, 0, 1, 0, 0, char(10) || 'name' || n, 0 FROM n`,
      crowd,
    );
    sql.exec("UPDATE large_group SET members = members + ?, memberships = memberships + 1000 + ?", crowd, crowd);
  });
  await evictDurableObject(objectOf(id));
}

/** Resolves when nothing is written and nobody is called any more. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== cost.rowsWritten + cost.objectCalls;) {
    before = cost.rowsWritten + cost.objectCalls;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

/** What an act costs, the calls and rows behind it included. */
async function spent(work: () => Promise<unknown>): Promise<typeof cost> {
  await quiet();
  const before = { ...cost };
  await work();
  await quiet();
  return Object.fromEntries(
    Object.entries(cost).map(([name, value]) => [name, value - before[name as keyof typeof cost]]),
  ) as typeof cost;
}

test("[M33] waking, and a message that concerns nobody, cost a group of 100,000 no more rows and calls than a direct chat", async () => {
  const [ana, bo, cy, di] = [await member("ana"), await member("bo"), await member("cy"), await member("di")];
  const dm = await foundDm(ana, bo);
  const large = await foundGroup(ana, [bo, cy]);
  valueOf(await stubOf(large).addMembers(ana.id, [di.person], []));
  await fill(large);
  expect(valueOf(await stubOf(large).view(bo.id)).memberCount).toBe(crowd + 4);
  const writer: TestPerson = ana;
  for (const id of [dm, large]) {
    await send(id, writer, "before");
    await settleFanOut(id);
    await evictDurableObject(objectOf(id));
  }
  const wakes = [await spent(() => stubOf(dm).view(ana.id)), await spent(() => stubOf(large).view(ana.id))] as const;
  expect(wakes[1].rowsRead).toBeLessThanOrEqual(wakes[0].rowsRead * 3);
  expect(wakes[1].rowsWritten).toBe(0);
  const sends = [await spent(() => send(dm, writer, "one")), await spent(() => send(large, writer, "one"))] as const;
  expect(sends[1].rowsWritten).toBeLessThanOrEqual(sends[0].rowsWritten + 2);
  expect(sends[1].objectCalls).toBeLessThanOrEqual(sends[0].objectCalls);
  expect(sends[1].queueOperations).toBe(0);
  expect(sends[1].rowsRead).toBeLessThan(sends[0].rowsRead + 30);
  // A page of members, and a name among them, read what they show.
  expect((await spent(() => stubOf(large).members(ana.id, undefined, 50))).rowsRead).toBeLessThan(150);
  expect((await spent(() => stubOf(large).rowOf(bo.id, null))).rowsRead).toBeLessThan(20);
}, 120_000);

/** A large group with an invite, where rates are limited. */
async function open(): Promise<{ id: ConversationId; owner: TestPerson; secret: string }> {
  limitRatesForTest(true);
  onTestFinished(() => limitRatesForTest(undefined));
  const owner = somebody("owner");
  const id = await foundGroup(owner, [somebody("a"), somebody("b")]);
  valueOf(await stubOf(id).addMembers(owner.userId, [somebody("c").person], []));
  const { code } = valueOf(await stubOf(id).createInvite(owner.userId, {}));
  return { id, owner, secret: code.split(".")[1] ?? "" };
}

/** How many rows name the user, in all tables of the group. */
const rowsOf = (id: ConversationId, { userId }: TestPerson) =>
  runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
    sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'large\\_%' ESCAPE '\\'",
      )
      .toArray()
      .flatMap(({ name }) => sql.exec(`SELECT * FROM ${name}`).toArray())
      .filter((row) => Object.values(row).includes(userId)),
  );

test("[M22] [Q3] who joins and leaves in a loop is refused soon, takes no rev, and leaves nothing behind", async () => {
  const { id, owner, secret } = await open();
  const loop = somebody("loop");
  const before = valueOf(await stubOf(id).view(owner.userId)).head;
  const codes: string[] = [];
  for (let n = 0; n < rates.joinsPerUser.burst + 15; n++) {
    codes.push(codeOf(await stubOf(id).acceptInvite(loop.person, secret)));
    await stubOf(id).removeMember(loop.userId, loop.userId);
  }
  expect(codes.filter((code) => code === "ok").length).toBeLessThanOrEqual(rates.joinsPerUser.burst + 1);
  expect(codes.at(-1)).toBe("rate_limited");
  await expect.poll(() => rowsOf(id, loop)).toEqual([]);
  const view = valueOf(await stubOf(id).view(owner.userId));
  expect(view).toMatchObject({ memberCount: 4, head: before });
});

test("[M22] [Q3] of thousands who accept an invite at once some join, each with a bounded cost, and the others are asked to come later", async () => {
  const rate = rates.memberChangesPerConversation;
  const real = { ...rate };
  // Each new member is an object of their own, so a smaller bucket shows the same. It fills so slowly that it does not matter how long a busy machine takes for all of them.
  Object.assign(rate, { burst: 40, perSecond: 0.1 });
  onTestFinished(() => void Object.assign(rate, real));
  const { id, owner, secret } = await open();
  const crowd = Array.from({ length: 80 }, (_, n) => somebody(`j${n}`));
  const spent = { ...cost };
  const codes = await Promise.all(
    crowd.map(async ({ person }) => codeOf(await stubOf(id).acceptInvite(person, secret))),
  );
  const joined = codes.filter((code) => code === "ok").length;
  expect(new Set(codes)).toEqual(new Set(["ok", "rate_limited"]));
  expect(joined).toBeLessThan(70);
  await evictDurableObject(objectOf(id)).catch(() => undefined);
  expect(valueOf(await stubOf(id).view(owner.userId)).memberCount).toBe(joined + 4);
  // Most of these are the tables of new inboxes.
  expect((cost.rowsWritten - spent.rowsWritten) / joined).toBeLessThan(80);
  expect((cost.objectCalls - spent.objectCalls) / joined).toBeLessThan(2);
});

test("[M30] [Q3] a flood of reactions costs each the same, however many there are, and so does taking them back", async () => {
  const people = Array.from({ length: 60 }, (_, n) => somebody(`r${n}`));
  const at = (n: number): TestPerson => people[n] ?? somebody("none");
  const id = await foundGroup(at(0), [at(1), at(2)]);
  valueOf(
    await stubOf(id).addMembers(
      at(0).userId,
      people.slice(3).map(({ person }) => person),
      [],
    ),
  );
  await send(id, at(0), "react to this");
  const react = (of: readonly TestPerson[], isOn: boolean) => () =>
    Promise.all(of.map((by) => submit(id, by, { do: "react", seq: 1, emoji: "👍", isOn })));
  await react(people.slice(0, 4), true)();
  const few = await spent(react(people.slice(4, 8), true));
  await react(people.slice(8, 56), true)();
  const many = await spent(react(people.slice(56), true));
  const back = await spent(react(people.slice(56), false));
  for (const cost of [many, back]) {
    expect(cost.rowsWritten).toBeLessThanOrEqual(few.rowsWritten + 2);
    expect(cost.rowsRead).toBeLessThanOrEqual(few.rowsRead + 40);
    expect(cost.objectCalls).toBeLessThanOrEqual(few.objectCalls);
  }
});

test("[M32] [L5] [Q3] a device that opens socket after socket has five, a message costs no call more for them, and a flood of typing is one frame and one question", async () => {
  const [ana, bo, cy, di] = [await member("ana"), await member("bo"), await member("cy"), await member("di")];
  const id = await foundGroup(ana, [bo, cy]);
  valueOf(await stubOf(id).addMembers(ana.id, [di.person], []));
  const liveOf = () => socketOf(stubOf(id), "/live", bo.actor);
  const first = await liveOf();
  await send(id, ana, "before");
  const one = await spent(() => send(id, ana, "to one socket"));
  const others: TestSocket[] = [];
  for (let n = 0; n < 8; n++) others.push(await liveOf());
  expect(await first.closes()).toBe(4409);
  const five = await spent(() => send(id, ana, "to five sockets"));
  expect(five.objectCalls).toBeLessThanOrEqual(one.objectCalls);
  expect(five.rowsWritten).toBeLessThanOrEqual(one.rowsWritten);
  expect(five.socketFramesOut - one.socketFramesOut).toBe(4);
  const flood = () =>
    Promise.all(Array.from({ length: 200 }, () => submit(id, cy, { do: "typing" }).then(() => undefined)));
  const typed = await spent(flood);
  // Whether bo and cy may see each other type.
  expect(typed.objectCalls).toBeLessThanOrEqual(2);
  expect(typed.socketFramesOut).toBe(5);
  expect(typed.rowsWritten).toBe(0);
  const again = await spent(flood);
  expect([again.objectCalls, again.rowsWritten]).toEqual([0, 0]);
  expect(again.socketFramesOut).toBeLessThanOrEqual(5);
});

test("[M33] [M29] each inbox that looks adds the same to a message of a large group, and several messages share it", async () => {
  const people: Awaited<ReturnType<typeof member>>[] = [];
  for (let n = 0; n < 14; n++) people.push(await member(`l${n}`));
  const [ana, bo, cy, ...rest] = people;
  if (ana === undefined || bo === undefined || cy === undefined) throw new Error("nobody");
  const id = await foundGroup(ana, [bo, cy]);
  valueOf(
    await stubOf(id).addMembers(
      ana.id,
      rest.map(({ person }) => person),
      [],
    ),
  );
  await consumeFanOut({ conversationId: id }, env);
  await send(id, ana, "before");
  const lookers = async (some: readonly (typeof ana)[]) => {
    for (const each of some) await syncOf(each);
    await quiet();
    windClock(timeouts.rowTellMs);
  };
  const quietCost = await spent(() => send(id, ana, "nobody looks"));
  await lookers(rest.slice(0, 1));
  await spent(() => send(id, ana, "so that its row is there"));
  windClock(timeouts.rowTellMs);
  const one = await spent(() => send(id, ana, "one looks"));
  await lookers(rest.slice(1));
  await spent(() => send(id, ana, "so that their rows are there"));
  windClock(timeouts.rowTellMs);
  const all = await spent(() => send(id, ana, "eleven look"));
  const more = rest.length - 1;
  const each = (name: "rowsWritten" | "rowsRead" | "objectCalls" | "alarmsRun") => (all[name] - one[name]) / more;
  expect(each("objectCalls")).toBe(1);
  expect(each("rowsWritten")).toBeLessThanOrEqual(1.2);
  expect(each("rowsRead")).toBeLessThan(10);
  windClock(timeouts.rowTellMs);
  const five = await spent(async () => {
    for (const text of ["1", "2", "3", "4", "5"]) await send(id, ana, text);
  });
  // The first is told at once, and the others together after the pause.
  expect(five.objectCalls - 5 * quietCost.objectCalls).toBeLessThanOrEqual(2 * rest.length);
});
