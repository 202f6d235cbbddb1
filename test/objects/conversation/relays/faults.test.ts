/** Relays that are lost, are called in vain, or answer in vain: nobody misses anything, and whoever is out receives nothing more. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { RelayState, RelayTurn } from "../../../../objects/contract/delivery/relay-calls.ts";
import { ConversationObject } from "../../../../objects/conversation/object.ts";
import { RelayObject } from "../../../../objects/relay/object.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import {
  foundGroup,
  send,
  sendCommand,
  settleFanOut,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";
import {
  crashRelay,
  liveOf,
  openRelays,
  relaysOf,
  revsOf,
  sleepConversation,
  sleepRelay,
  upgradeLive,
} from "../../../rig/objects/live/relays.ts";
import { heldUpSince } from "../../../rig/held-up.ts";
import { TestSocket } from "../../../rig/objects/socket.ts";

openRelays({ ownSocketsMax: 1, relaySocketsMax: 5 });
afterEach(() => void vi.restoreAllMocks());

const stubOf = (id: ConversationId) => conversationStub(env, id);
// oxlint-disable-next-line typescript/unbound-method -- it is called with its object
const { turn: turnOf } = RelayObject.prototype;

type Group = {
  id: ConversationId;
  ana: TestPerson;
  bo: TestPerson;
  cy: TestPerson;
  b: TestSocket;
  c: TestSocket;
  rev: number;
};

/** Ana is at the conversation, Bo and Cy at its relay. */
async function group(): Promise<Group> {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, [bo, cy]);
  valueOf(await stubOf(id).addMembers(ana.userId, [di.person], []));
  await liveOf(id, ana);
  const [b, c] = [await liveOf(id, bo), await liveOf(id, cy)];
  const { rev } = valueOf(await stubOf(id).view(ana.userId)).head;
  return { id, ana, bo, cy, b, c, rev };
}

/** What the calls of this conversation to its relays do from now on: the next ones in this order, and then what they should. Those of other tests' groups go on. */
function turns(id: ConversationId, ...ways: ("lost" | "unanswered")[]): { seen: RelayTurn[] } {
  const seen: RelayTurn[] = [];
  vi.spyOn(RelayObject.prototype, "turn").mockImplementation(async function (
    this: RelayObject,
    turn,
  ): Promise<RelayState> {
    if (turn.relay.conversationId !== id) return await turnOf.call(this, turn);
    const way = ways.shift();
    if (way === "lost") throw new Error("lost");
    seen.push(turn);
    const state = await turnOf.call(this, turn);
    if (way === "unanswered") throw new Error("the answer is lost");
    return state;
  });
  return { seen };
}

const reach = (socket: TestSocket, rev: number) =>
  socket.next((frame) => revsOf({ frames: [frame] } as TestSocket)[0] === rev, `rev ${rev}`);

test("[L10] calls that are lost, or whose answers are, leave no gap and nothing twice", async () => {
  const { id, ana, b, c, rev } = await group();
  turns(id, "lost", "unanswered", "unanswered", "lost");
  for (let n = 1; n <= 3; n++) await send(id, ana, `message ${n}`);
  await Promise.all([reach(b, rev + 3), reach(c, rev + 3)]);
  await sleepRelay(id, 1);
  await send(id, ana, "four");
  await Promise.all([reach(b, rev + 4), reach(c, rev + 4)]);
  for (const socket of [b, c]) expect(revsOf(socket)).toEqual([rev + 1, rev + 2, rev + 3, rev + 4]);
});

test("[L10] a conversation that dies before it has called its relays calls them when it wakes, and sends each change once", async () => {
  const { id, ana, b, c, rev } = await group();
  turns(id, "lost", "lost", "unanswered");
  await send(id, ana, "one");
  await sleepConversation(id);
  await send(id, ana, "two").catch(() => undefined);
  await sleepConversation(id);
  windClock(60_000);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  await Promise.all([reach(b, rev + 2), reach(c, rev + 2)]);
  for (const socket of [b, c]) expect(revsOf(socket)).toEqual([rev + 1, rev + 2]);
});

test("[L10] a relay that lacks more than can be told one by one closes its sockets, whose clients come back", async () => {
  const { id, ana, b, rev } = await group();
  turns(id, "lost", "lost");
  await stubOf(id).submit(
    ana.actor,
    Array.from({ length: 600 }, (_, n) => sendCommand(`m${n}`, `k${n}`)),
  );
  expect(await b.closes()).toBe(1012);
  const back = await liveOf(id, ana, `?rev=${rev + 590}`);
  await reach(back, rev + 600);
});

test("[L4] [L10] a removal closes the member's sockets with 4403 within two seconds, though calls fail and the relay sleeps, and shows them nothing more", async () => {
  const { id, ana, bo, b, c, rev } = await group();
  await sleepRelay(id, 1);
  const { seen } = turns(id, "lost");
  const heldUpMs = heldUpSince();
  const from = Date.now();
  valueOf(await stubOf(id).removeMember(ana.userId, bo.userId));
  await send(id, ana, "without Bo");
  expect(await b.closes()).toBe(4403);
  expect(Date.now() - from - heldUpMs()).toBeLessThan(2_000);
  await reach(c, rev + 2);
  expect(revsOf(b)).toEqual([]);
  expect(seen.flatMap(({ ends }) => ends).length).toBeGreaterThan(0);
});

test("[L4] [L10] a removal closes the member's sockets also where the conversation has just woken, and shows them nothing of after it", async () => {
  const { id, ana, bo, cy, b, c, rev } = await group();
  // It wakes without an alarm, and so believes that its relay has everything.
  const wakes = async () => {
    await consumeFanOut({ conversationId: id }, env);
    await settleFanOut(id);
    const alarm = await runInDurableObject(env.CONVERSATIONS.getByName(id), (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeNull();
    await Promise.all([sleepConversation(id), sleepRelay(id, 1)]);
  };
  await wakes();
  valueOf(await stubOf(id).removeMember(ana.userId, bo.userId));
  await send(id, ana, "without Bo");
  expect(await b.closes()).toBe(4403);
  await reach(c, rev + 2);
  expect(revsOf(b)).toEqual([]);
  // Who leaves by themselves takes no rev, so that no turn comes behind it.
  await wakes();
  valueOf(await stubOf(id).removeMember(cy.userId, cy.userId));
  expect(await c.closes()).toBe(4403);
});

test("[L4] [L10] a removal is told while another call hangs", async () => {
  const { id, ana, bo, b } = await group();
  let isHeld = false;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  vi.spyOn(RelayObject.prototype, "turn").mockImplementation(async function (
    this: RelayObject,
    turn,
  ): Promise<RelayState> {
    if (!isHeld && turn.relay.conversationId === id) {
      isHeld = true;
      await held;
    }
    return await turnOf.call(this, turn);
  });
  await send(id, ana, "it hangs");
  await expect.poll(() => isHeld).toBe(true);
  valueOf(await stubOf(id).removeMember(ana.userId, bo.userId));
  expect(await b.closes()).toBe(4403);
  expect(revsOf(b)).toEqual([]);
  release();
});

test("[L4] [L10] a member who leaves while the conversation dies receives nothing more when it wakes", async () => {
  const { id, ana, bo, b, c, rev } = await group();
  turns(id, "lost", "lost");
  valueOf(await stubOf(id).removeMember(bo.userId, bo.userId));
  await evictDurableObject(env.CONVERSATIONS.getByName(id), { webSockets: "hibernate" });
  await send(id, ana, "without Bo");
  expect(await b.closes()).toBe(4403);
  await reach(c, rev + 1);
  expect(revsOf(b)).toEqual([]);
});

test("[L4] [L10] a sign-out closes the device's sockets at relays with 4401; a relay that could not be told is told again", async () => {
  const { id, bo, b, cy, c } = await group();
  const other = await liveOf(id, bo);
  turns(id, "lost");
  const heldUpMs = heldUpSince();
  const from = Date.now();
  await stubOf(id).deviceRevoked(bo.userId, bo.actor.deviceId);
  expect(Date.now() - from - heldUpMs()).toBeLessThan(2_000);
  expect(await b.closes()).toBe(4401);
  expect(await other.closes()).toBe(4401);
  // After both have slept the conversation does not know who is at the relay until it asks.
  await Promise.all([sleepConversation(id), sleepRelay(id, 1)]);
  await stubOf(id).deviceRevoked(cy.userId, cy.actor.deviceId);
  expect(await c.closes()).toBe(4401);
  // A frame that the relay had already is not done any more.
  const { seq } = valueOf(await stubOf(id).view(bo.userId)).head;
  await stubOf(id).relayAsks(1, [{ actor: cy.actor, command: sendCommand("late", "late"), ask: 1 }]);
  await settleFanOut(id);
  expect(valueOf(await stubOf(id).view(bo.userId)).head.seq).toBe(seq);
  const opened = liveOf(id, cy);
  await expect(opened).rejects.toThrow("401");
});

test("[L4] [L10] a sign-out holds also if the conversation dies before it has told the relay: the device is shown nothing more", async () => {
  const { id, ana, b, cy, c, rev } = await group();
  await consumeFanOut({ conversationId: id }, env);
  await settleFanOut(id);
  let isHung = true;
  const { promise: wasAsked, resolve: asked } = Promise.withResolvers<void>();
  vi.spyOn(RelayObject.prototype, "turn").mockImplementation(function (this: RelayObject, turn): Promise<RelayState> {
    if (!isHung || turn.relay.conversationId !== id) return turnOf.call(this, turn);
    asked();
    return new Promise(() => undefined);
  });
  await runInDurableObject(env.CONVERSATIONS.getByName(id), async (object, state) => {
    object.deviceRevoked(cy.userId, cy.actor.deviceId).catch(() => undefined);
    await wasAsked;
    state.abort("crash on purpose");
  }).catch(() => undefined);
  isHung = false;
  await send(id, ana, "after it");
  expect(await c.closes()).toBe(4401);
  await reach(b, rev + 1);
  expect(revsOf(c)).toEqual([]);
});

test("[M30] [L10] reactions that are gathered when the alarm goes off, and the conversation dies, reach relays when it wakes", async () => {
  const { id, ana, b, c } = await group();
  // Its sender has left, so that nobody's inbox is called.
  const eve = somebody("eve");
  valueOf(await stubOf(id).addMembers(ana.userId, [eve.person], []));
  const { rev } = await send(id, eve, "popular");
  valueOf(await stubOf(id).removeMember(eve.userId, eve.userId));
  await Promise.all([reach(b, rev), reach(c, rev)]);
  await consumeFanOut({ conversationId: id }, env);
  await settleFanOut(id);
  const react = (emoji: string) => submit(id, ana, { do: "react", seq: 1, emoji, isOn: true });
  await react("👍");
  await Promise.all([reach(b, rev + 1), reach(c, rev + 1)]);
  await react("🎉");
  // The alarm of the first one goes off while the second one waits.
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (_, state) => state.abort("crash on purpose")).catch(
    () => undefined,
  );
  expect(revsOf(b).at(-1)).toBe(rev + 1);
  windClock(60_000);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  await Promise.all([reach(b, rev + 2), reach(c, rev + 2)]);
  for (const socket of [b, c]) expect(revsOf(socket).slice(-3)).toEqual([rev, rev + 1, rev + 2]);
});

test("[L8] [L10] an upgrade whose answer is lost leaves no socket that the conversation counts", async () => {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, [bo, cy]);
  valueOf(await stubOf(id).addMembers(ana.userId, [di.person], []));
  await liveOf(id, ana);
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its object
  const { relayJoin } = ConversationObject.prototype;
  vi.spyOn(ConversationObject.prototype, "relayJoin").mockImplementationOnce(async function (
    this: ConversationObject,
    ...asked
  ) {
    const joined = await relayJoin.apply(this, asked);
    expect(joined.ok).toBe(true);
    throw new Error("the answer is lost");
  });
  const left = vi.spyOn(ConversationObject.prototype, "relayLeft");
  const { answer, relay } = await upgradeLive(id, bo.actor);
  expect([relay, (answer as Response).status]).toEqual([1, 503]);
  const refused = await upgradeLive(id, somebody("stranger").actor);
  expect((refused.answer as Response).status).toBe(404);
  await expect.poll(() => left.mock.settledResults.length).toBe(1);
  // A relay without sockets is not called.
  const { seen } = turns(id);
  await send(id, ana, "to nobody else");
  await settleFanOut(id);
  expect(seen).toEqual([]);
  const back = await liveOf(id, bo);
  expect(back.relay).toBe(1);
  const { rev } = await send(id, ana, "to Bo");
  await reach(back, rev);
});

test("[L10] a relay that dies takes its sockets with it, and others come in their place", async () => {
  const { id, ana, bo, b, c } = await group();
  await crashRelay(id, 1);
  await Promise.all([b.closes(), c.closes()]);
  const back = await liveOf(id, bo);
  const { rev } = await send(id, ana, "after it");
  await reach(back, rev);
  expect(revsOf(back)).toEqual([rev]);
  expect(await back.pong()).toBe(`pong:${rev}`);
  expect(await relaysOf(id)).toEqual([1]);
});

test("[L10] a relay that does not answer holds up nobody's upgrade for long", async () => {
  const { id, ana } = await group();
  vi.spyOn(RelayObject.prototype, "turn").mockImplementation(() => new Promise(() => undefined));
  await sleepConversation(id);
  const heldUpMs = heldUpSince();
  const from = Date.now();
  const { answer } = await upgradeLive(id, ana.actor);
  expect(answer).toBeInstanceOf(TestSocket);
  expect(Date.now() - from - heldUpMs()).toBeLessThan(4_500);
});

test("[L11] a frame whose conversation does not answer is answered with `unavailable`: at once where it cannot be asked, or has died since", async () => {
  const { id, ana, b } = await group();
  const asks = vi.spyOn(ConversationObject.prototype, "relayAsks").mockRejectedValueOnce(new Error("lost"));
  b.say({ type: "send", ref: "r1", clientId: "k1", text: "lost" });
  expect(await b.next((frame) => frame["ref"] === "r1")).toMatchObject({ code: "unavailable", retry: "later" });
  asks.mockResolvedValueOnce({ life: "an earlier one" });
  b.say({ type: "send", ref: "r2", clientId: "k2", text: "lost, too" });
  await expect.poll(() => asks.mock.results.length).toBe(2);
  await send(id, ana, "by another life");
  expect(await b.next((frame) => frame["ref"] === "r2")).toMatchObject({ code: "unavailable", retry: "later" });
  b.say({ type: "send", ref: "r3", clientId: "k1", text: "lost" });
  expect(await b.next((frame) => frame["ref"] === "r3")).toMatchObject({ type: "ok", duplicate: false });
  expect(await submit(id, ana, { do: "react", seq: 2, emoji: "👍", isOn: true })).toMatchObject({ ok: true });
});
