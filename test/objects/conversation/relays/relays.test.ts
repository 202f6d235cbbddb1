/** Relays of a large group: who holds which socket, what a turn costs, and what sockets receive there, which is what the conversation's own receive. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import { ConversationObject } from "../../../../objects/conversation/object.ts";
import { RelayObject } from "../../../../objects/relay/object.ts";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { UserObject } from "../../../../objects/user/object.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { ConversationId, DeviceId } from "../../../../schema/ids.ts";
import { timeouts } from "../../../../schema/limits.ts";
import { rates } from "../../../../schema/rates.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { foundGroup, send, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import {
  liveOf,
  openRelays,
  relaysOf,
  revsOf,
  sleepConversation,
  sleepRelay,
  upgradeLive,
} from "../../../rig/objects/live/relays.ts";
import type { TestSocket } from "../../../rig/objects/socket.ts";

openRelays({ ownSocketsMax: 2, relaySocketsMax: 3 });

const stubOf = (id: ConversationId) => conversationStub(env, id);

/** A large group of these and two more. */
async function grown<T extends TestPerson>(people: readonly T[], policy = {}): Promise<ConversationId> {
  const [owner, ...others] = people;
  if (owner === undefined) throw new Error("nobody");
  const id = await foundGroup(owner, others.slice(0, 2), policy);
  const more = [...others.slice(2), somebody("x"), somebody("y")];
  valueOf(
    await stubOf(id).addMembers(
      owner.userId,
      more.map(({ person }) => person),
      [],
    ),
  );
  return id;
}

const six = (): TestPerson[] => ["ana", "bo", "cy", "di", "eve", "fay"].map((name) => somebody(name));

/** Resolves when all sockets have a rev. */
async function reach(sockets: readonly TestSocket[], rev: number): Promise<void> {
  await Promise.all(
    sockets.map((socket) => socket.next((frame) => revsOf({ frames: [frame] } as TestSocket)[0] === rev)),
  );
}

/** Two sockets at the conversation, three at its first relay and one at the second. */
async function crowd(): Promise<{
  id: ConversationId;
  people: TestPerson[];
  sockets: (TestSocket & { relay: number })[];
}> {
  const people = six();
  const id = await grown(people);
  const sockets: (TestSocket & { relay: number })[] = [];
  for (const by of people) sockets.push(await liveOf(id, by));
  return { id, people, sockets };
}

test("[L8] the conversation fills its own share, then one relay after the other; all sockets receive every change once and in order, and asks are answered", async () => {
  const { id, people, sockets } = await crowd();
  expect(sockets.map(({ relay }) => relay)).toEqual([0, 0, 1, 1, 1, 2]);
  expect(await relaysOf(id)).toEqual([1, 2]);
  const { rev } = valueOf(await stubOf(id).view(people[0]?.userId as never)).head;
  const [c, f] = [sockets[2] as TestSocket, sockets[5] as TestSocket];
  c.say({ type: "send", ref: "r1", clientId: "k1", text: "by a relay" });
  expect(await c.next((frame) => frame["ref"] === "r1")).toMatchObject({ type: "ok", seq: 1, rev: rev + 1 });
  f.say([
    { type: "react", ref: "r2", seq: 1, emoji: "👍", on: true },
    { type: "edit", ref: "r3", seq: 1, text: "not mine" },
    { type: "typing" },
    { type: "receipt", ref: "r4", read: 1 },
    { type: "watch", ref: "r5", userIds: [] },
    { type: "nonsense", ref: "r6" },
  ]);
  expect(await f.next((frame) => frame["ref"] === "r2")).toMatchObject({ type: "ok" });
  expect(await f.next((frame) => frame["ref"] === "r3")).toMatchObject({ code: "forbidden" });
  expect(await f.next((frame) => frame["ref"] === "r4")).toMatchObject({ type: "ok" });
  expect(await f.next((frame) => frame["ref"] === "r5")).toMatchObject({ code: "unsupported" });
  expect(await f.next((frame) => frame["ref"] === "r6")).toMatchObject({ type: "error" });
  await send(id, people[1] as TestPerson, "by a call");
  await reach(sockets, rev + 3);
  for (const socket of sockets) {
    expect(revsOf(socket)).toEqual([rev + 1, rev + 2, rev + 3]);
    expect(await socket.pong()).toBe(`pong:${rev + 3}`);
  }
});

test("[L8] sockets at relays receive no gap and nothing twice, whoever sleeps meanwhile; their pong is right while the relay sleeps", async () => {
  const { id, people, sockets } = await crowd();
  const { rev } = valueOf(await stubOf(id).view(people[0]?.userId as never)).head;
  for (let n = 1; n <= 4; n++) {
    if (n % 2 === 0) await Promise.all([sleepRelay(id, 1), sleepRelay(id, 2)]);
    if (n > 2) await sleepConversation(id);
    await send(id, people[n] as TestPerson, `message ${n}`);
    await reach(sockets, rev + n);
  }
  await Promise.all([sleepRelay(id, 1), sleepRelay(id, 2)]);
  for (const socket of sockets) {
    expect(await socket.pong()).toBe(`pong:${rev + 4}`);
    expect(revsOf(socket)).toEqual([1, 2, 3, 4].map((n) => rev + n));
  }
  // A socket that comes back after that is told what it missed, at a relay too.
  const late = await liveOf(id, people[5] as TestPerson, `?rev=${rev + 2}`);
  expect(late.relay).toBe(2);
  await reach([late], rev + 4);
  expect(revsOf(late)).toEqual([rev + 3, rev + 4]);
  const refused = await upgradeLive(id, (people[5] as TestPerson).actor, "?rev=999");
  expect((refused.answer as Response).status).toBe(409);
  const stranger = await upgradeLive(id, somebody("stranger").actor);
  expect((stranger.answer as Response).status).toBe(404);
});

test("[L9] a turn is one call to each relay that has sockets; where the conversation holds all sockets, there is none", async () => {
  const people = six();
  const id = await grown(people);
  const spent = async (): Promise<number> => {
    const before = cost.objectCalls;
    await submit(id, people[0] as TestPerson, { do: "receipt", delivered: null, read: null });
    await send(id, people[0] as TestPerson, "a message");
    await vi.waitFor(() => expect(turns.mock.calls.length).toBe(turns.mock.results.length));
    return cost.objectCalls - before;
  };
  const turns = vi.spyOn(RelayObject.prototype, "turn");
  onTestFinished(() => turns.mockRestore());
  const sockets = [await liveOf(id, people[0] as TestPerson), await liveOf(id, people[1] as TestPerson)];
  const alone = await spent();
  expect(turns).not.toHaveBeenCalled();
  sockets.push(await liveOf(id, people[2] as TestPerson), await liveOf(id, people[3] as TestPerson));
  turns.mockClear();
  const { rev } = valueOf(await stubOf(id).view(people[0]?.userId as never)).head;
  const withRelay = await spent();
  await reach(sockets, rev + 1);
  expect(turns).toHaveBeenCalledTimes(1);
  expect(withRelay - alone).toBeLessThanOrEqual(1);
  // Of many messages of one turn a relay hears in few calls.
  turns.mockClear();
  await Promise.all(Array.from({ length: 50 }, (_, n) => send(id, people[n % 6] as TestPerson, `m${n}`)));
  await reach(sockets, rev + 51);
  expect(turns.mock.calls.length).toBeLessThan(30);
});

test("[L8] relays that are needed no more go: an empty one at once, one with sockets asks them to come back elsewhere", async () => {
  const { id, people, sockets } = await crowd();
  sockets[5]?.close();
  for (const n of [2, 3]) sockets[n]?.close();
  await expect.poll(() => relaysOf(id)).toEqual([1]);
  // Two at the conversation and one at the relay are more than the conversation would like to hold.
  expect(sockets[4]?.frames.some(({ type }) => type === "drain")).toBe(false);
  sockets[0]?.close();
  sockets[1]?.close();
  await sleepConversation(id);
  const back = await liveOf(id, people[0] as TestPerson);
  expect(back.relay).toBe(0);
  back.close();
  await sockets[4]?.next(({ type }) => type === "drain", "a drain");
  // Who does not go is closed when the time is over.
  windClock(timeouts.drainAfterMs + 5_000);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  expect(await sockets[4]?.closes()).toBe(1012);
  await expect.poll(() => relaysOf(id)).toEqual([]);
});

test("[L8] relays that became empty before the others had room go together, as soon as they have", async () => {
  const { id, people, sockets } = await crowd();
  const left = vi.spyOn(ConversationObject.prototype, "relayLeft");
  onTestFinished(() => left.mockRestore());
  const more: (TestSocket & { relay: number })[] = [];
  const signedOut = { actor: { ...(people[2] as TestPerson).actor, deviceId: "d_out" as DeviceId } };
  for (const n of [0, 0, 1, 1, 1]) more.push(await liveOf(id, people[n] as TestPerson));
  for (let n = 0; n < 3; n++) more.push(await liveOf(id, signedOut));
  expect(more.map(({ relay }) => relay)).toEqual([2, 2, 3, 3, 3, 4, 4, 4]);
  const leave = async (gone: readonly TestSocket[], all: number): Promise<void> => {
    for (const socket of gone) socket.close();
    await expect.poll(() => left.mock.calls.flatMap(([, reported]) => reported)).toHaveLength(all);
  };
  await leave(more.slice(0, 2), 2);
  await leave(more.slice(2, 5), 5);
  expect(await relaysOf(id)).toEqual([1, 2, 3, 4]);
  // These leave in one call: before it there was too little room for the second relay that is empty, after it nobody else leaves.
  await stubOf(id).deviceRevoked(signedOut.actor.userId, signedOut.actor.deviceId);
  await leave([], 8);
  await expect.poll(() => relaysOf(id)).toEqual([1, 2]);
  expect(sockets.some(({ closed }) => closed !== undefined)).toBe(false);
});

test("[L8] a relay is filled first that was made near the user", async () => {
  const people = six();
  const id = await grown(people);
  const open = async (n: number, place: string): Promise<number> =>
    (await upgradeLive(id, (people[n] as TestPerson).actor, "", place)).relay;
  const relays: number[] = [];
  for (const [n, place] of ["weur", "weur", "weur", "weur", "weur", "oc"].entries()) relays.push(await open(n, place));
  expect(relays).toEqual([0, 0, 1, 1, 1, 2]);
  const more = await open(0, "oc");
  expect(more).toBe(2);
});

test("[L5] [L11] a sixth socket of a device closes its first, over all who hold them; also where the conversation has just woken", async () => {
  const people = six();
  const id = await grown(people);
  const [ana] = people as [TestPerson];
  const sockets: TestSocket[] = [];
  for (let n = 0; n < 5; n++) {
    sockets.push(await liveOf(id, ana));
    windClock(10);
  }
  await sleepConversation(id);
  sockets.push(await liveOf(id, ana));
  expect(await sockets[0]?.closes()).toBe(4409);
  windClock(10);
  const other = { actor: { ...ana.actor, deviceId: "d_other" as DeviceId } };
  sockets.push(await liveOf(id, other), await liveOf(id, ana));
  expect(await sockets[1]?.closes()).toBe(4409);
  await sleepConversation(id);
  windClock(10);
  await liveOf(id, ana);
  expect(await sockets[2]?.closes()).toBe(4409);
  expect(sockets.slice(3).map(({ closed }) => closed)).toEqual(Array.from({ length: 5 }, () => undefined));
});

test("[L11] sockets that open and close in a loop leave nothing behind, and a flood of frames through a relay ends its socket alone", async () => {
  const { id, people, sockets } = await crowd();
  const fay = people[5] as TestPerson;
  const before = { ...cost };
  const loop = { actor: { ...fay.actor, deviceId: "d_loop" as DeviceId } };
  for (let n = 0; n < 20; n++) (await liveOf(id, loop)).close();
  expect(cost.rowsWritten - before.rowsWritten).toBeLessThan(20);
  // Some were opened before the one before had closed.
  await expect.poll(() => relaysOf(id)).toEqual([1, 2]);
  limitRatesForTest(true);
  onTestFinished(() => limitRatesForTest(undefined));
  const flood = sockets[5] as TestSocket;
  for (let n = 0; n < 1.5 * rates.framesPerSocket.burst; n++) flood.say({ type: "typing" });
  expect(await flood.closes()).toBe(4429);
  const { rev } = await send(id, people[0] as TestPerson, "goes on");
  await reach(sockets.slice(0, 5), rev);
});

test("[M32] typing goes to sockets at relays while there are few, and across no block; [M30] reactions come gathered there", async () => {
  const people = [await member("ana"), await member("bo"), await member("cy"), await member("di")];
  const [ana, bo, cy, di] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0], (typeof people)[0]];
  const id = await grown(people);
  valueOf(await di.calls.putBlock(ana.user));
  const sockets: TestSocket[] = [];
  for (const by of people) sockets.push(await liveOf(id, by));
  const [c, d] = [sockets[2] as TestSocket, sockets[3] as TestSocket];
  const typists = (socket: TestSocket): unknown[] =>
    socket.frames.flatMap((frame) => (frame.type === "typing" ? [frame["userId"]] : []));
  const types = async (by: TestPerson, told: TestSocket): Promise<void> => {
    await expect
      .poll(async () => {
        windClock(10_000);
        await submit(id, by, { do: "typing" });
        return typists(told);
      })
      .toContain(by.userId);
    windClock(10_000);
  };
  await types(bo, d);
  await sleepConversation(id);
  await types(ana, c);
  await types(cy, d);
  expect(typists(d)).not.toContain(ana.id);
  expect(typists(c)).not.toContain(cy.id);
  const { rev } = await send(id, ana, "popular");
  for (const by of people) await submit(id, by, { do: "react", seq: 1, emoji: "👍", isOn: true });
  await reach(sockets, rev + 4);
  for (const socket of sockets) expect(revsOf(socket).length).toBeLessThan(5);
});

test("[L6] where history begins at joining, a relay does not send changes of older messages to those who came later", async () => {
  const people = six();
  const id = await grown(people, { history: "joined" });
  await send(id, people[0] as TestPerson, "old");
  const late = somebody("late");
  valueOf(await stubOf(id).addMembers(people[0]?.userId as never, [late.person], []));
  await liveOf(id, people[0] as TestPerson);
  await liveOf(id, people[1] as TestPerson);
  const [theirs, ours] = [await liveOf(id, people[2] as TestPerson), await liveOf(id, late)];
  expect([theirs.relay, ours.relay]).toEqual([1, 1]);
  await submit(id, people[0] as TestPerson, { do: "edit", seq: 1, text: "edited", mentions: null });
  const { rev } = await send(id, people[0] as TestPerson, "new");
  await reach([theirs, ours], rev);
  expect(revsOf(theirs)).toEqual([rev - 1, rev]);
  expect(revsOf(ours)).toEqual([rev]);
});

test("[O2] a device at a relay counts as heard there, and its user's object learns when its last socket is gone", async () => {
  const { id, people, sockets } = await crowd();
  const cy = people[2] as TestPerson;
  const { userId, deviceId } = cy.actor;
  await sleepConversation(id);
  expect(await stubOf(id).heardLive(userId, deviceId)).toBeGreaterThan(0);
  const closed = vi.spyOn(UserObject.prototype, "liveClosed");
  onTestFinished(() => closed.mockRestore());
  const second = await liveOf(id, cy);
  sockets[2]?.close();
  await expect.poll(() => relaysOf(id)).toEqual([1, 2]);
  second.close();
  await expect.poll(() => closed.mock.calls.map(([device]) => device)).toEqual([deviceId]);
  expect(await stubOf(id).heardLive(userId, deviceId)).toBeNull();
});

test("[L8] a device that looks by a relay receives the row of its inbox, and not the message a second time, on its sync socket", async () => {
  const people = [await member("ana"), await member("bo"), await member("cy")];
  const [ana, , cy] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
  const id = await grown(people);
  const sync = await syncOf(cy);
  const sockets: (TestSocket & { relay: number })[] = [];
  for (const by of people) sockets.push(await liveOf(id, by));
  expect(sockets[2]?.relay).toBe(1);
  const { rev } = await send(id, ana, "@cy", undefined, { mentions: [cy.id] });
  await reach(sockets, rev);
  await consumeFanOut({ conversationId: id }, env);
  await sync.next((frame) => {
    const rows = (frame["conversations"] ?? []) as { conversationId: string; mentionsUnread: number }[];
    return rows.some((row) => row.conversationId === id && row.mentionsUnread === 1);
  }, "the row");
  expect(sync.frames.some(({ type }) => type === "message")).toBe(false);
});

test("a relay's bounds are those of the contract", () => {
  expect(largeGroups.relaySocketsMax * largeGroups.relaysMax).toBeGreaterThanOrEqual(100_000);
});
