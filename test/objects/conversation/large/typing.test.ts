/** Who is typing in a large group: told to live sockets while they are few, as settings and blocks say, which the group asks for and does not keep. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { UserObject } from "../../../../objects/user/object.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { rates } from "../../../../schema/rates.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { type Member, member } from "../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundGroup, settleFanOut, somebody, submit } from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

openLargeGroups();

const stubOf = (id: ConversationId) => conversationStub(env, id);
const liveOf = async (id: ConversationId, by: Pick<Member, "actor">): Promise<TestSocket> => {
  const socket = await socketOf(stubOf(id), "/live", by.actor);
  await socket.next(({ type }) => type === "hello");
  return socket;
};
/** Forgets what the group has learned of persons; sockets stay open. */
const hibernate = (id: ConversationId) =>
  evictDurableObject(env.CONVERSATIONS.getByName(id), { webSockets: "hibernate" });
const typists = (socket: TestSocket): unknown[] =>
  socket.frames.flatMap((frame) => (frame.type === "typing" ? [frame["userId"]] : []));

/** Resolves when all calls of a spy have ended. */
async function settled(spy: { mock: { calls: unknown[]; settledResults: { type: string }[] } }): Promise<void> {
  await expect
    .poll(() => spy.mock.settledResults.filter(({ type }) => type !== "incomplete").length)
    .toBe(spy.mock.calls.length);
}

/** Types, waits until these sockets are told, and then long enough for the next time. */
async function types(id: ConversationId, by: Member, ...told: TestSocket[]): Promise<void> {
  const before = told.map((socket) => typists(socket).length);
  await submit(id, by, { do: "typing" });
  await expect.poll(() => told.map((socket) => typists(socket).length)).toEqual(before.map((count) => count + 1));
  windClock(10_000);
}

/** Types until the socket is told: reports of somebody who has just become a member may hold back the first signs. */
async function seen(id: ConversationId, by: Member, socket: TestSocket): Promise<void> {
  await expect
    .poll(
      async () => {
        windClock(10_000);
        await submit(id, by, { do: "typing" });
        return typists(socket);
      },
      { timeout: 15_000 },
    )
    .toContain(by.id);
  windClock(10_000);
}

async function grown(): Promise<{ id: ConversationId; ana: Member; bo: Member; cy: Member; di: Member }> {
  const [ana, bo, cy, di] = [await member("ana"), await member("bo"), await member("cy"), await member("di")];
  const id = await foundGroup(ana, [bo, cy]);
  valueOf(await stubOf(id).addMembers(ana.id, [di.person], []));
  return { id, ana, bo, cy, di };
}

test("[M32] live sockets receive who types, but for the typist, never across a block, and as the settings of both say", async () => {
  const { id, ana, bo, cy, di } = await grown();
  valueOf(await cy.calls.putBlock(ana.user));
  const [a, b, c] = [await liveOf(id, ana), await liveOf(id, bo), await liveOf(id, cy)];
  await types(id, ana, b);
  await types(id, cy, b);
  // Somebody types without a live socket.
  await types(id, di, a, b, c);
  expect(typists(a)).toEqual([di.id]);
  expect(typists(b)).toEqual([ana.id, cy.id, di.id]);
  expect(typists(c)).toEqual([di.id]);
  // A block and a setting made while sockets are open count at once, before and after an eviction.
  valueOf(await bo.calls.putBlock(di.user));
  valueOf(await ana.calls.patchMe({ settings: { typing: false } }));
  for (const again of [false, true]) {
    if (again) await hibernate(id);
    await types(id, di, c);
    await types(id, ana);
    await types(id, cy, b);
  }
  expect(typists(a)).toEqual([di.id]);
  expect(typists(b)).toEqual([ana.id, cy.id, di.id, cy.id, cy.id]);
  expect(typists(c)).toEqual([di.id, di.id, di.id]);
});

test("[M32] a block made between two memberships counts in the second one, although the group stayed awake", async () => {
  const { id, ana, bo, cy, di } = await grown();
  const [a, b, d] = [await liveOf(id, ana), await liveOf(id, bo), await liveOf(id, di)];
  await seen(id, bo, d);
  valueOf(await stubOf(id).removeMember(di.id, di.id));
  d.close();
  await settleFanOut(id);
  valueOf(await di.calls.putBlock(bo.user));
  valueOf(await stubOf(id).putMember(ana.id, di.id, "member", di.person));
  const again = await liveOf(id, di);
  await types(id, bo, a);
  await types(id, di, a);
  await seen(id, cy, again);
  expect(typists(again)).not.toContain(bo.id);
  expect(typists(b)).not.toContain(di.id);
});

test("[M32] while somebody's settings are asked for, more signs of typing do not ask again", async () => {
  const { id, ana, bo, cy, di } = await grown();
  const b = await liveOf(id, bo);
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its object
  const { relation } = UserObject.prototype;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const asked: UserId[] = [];
  const spy = vi.spyOn(UserObject.prototype, "relation");
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(async function (this: UserObject, userId) {
    asked.push(userId);
    await held;
    return await relation.call(this, userId);
  });
  for (const by of [ana, cy, di]) await submit(id, by, { do: "typing" });
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(4);
  release();
  await expect.poll(() => new Set(typists(b)), { timeout: 5_000 }).toEqual(new Set([ana.id, cy.id, di.id]));
  expect(asked.toSorted()).toEqual([ana.id, bo.id, cy.id, di.id].toSorted());
});

test("[M32] of very many who type at once a few are asked a second, and those on screen", async () => {
  const { id, ana, bo, cy } = await grown();
  const crowd = Array.from({ length: 3 * rates.typistsAskedPerConversation.burst }, (_, n) => somebody(`t${n}`));
  const people = crowd.map(({ person }) => person);
  valueOf(await stubOf(id).addMembers(ana.id, people, []));
  const b = await liveOf(id, bo);
  const asked = vi.spyOn(UserObject.prototype, "relation");
  onTestFinished(() => asked.mockRestore());
  const since = Date.now();
  await Promise.all(crowd.map((by) => submit(id, by, { do: "typing" })));
  const { burst, perSecond } = rates.typistsAskedPerConversation;
  await expect.poll(() => asked.mock.calls.length).toBeGreaterThan(burst / 2);
  await settled(asked);
  const seconds = Math.ceil((Date.now() - since) / 1_000);
  expect(asked.mock.calls.length).toBeLessThanOrEqual(1 + burst + perSecond * seconds);
  windClock(60_000);
  // Who types later is shown again.
  await seen(id, cy, b);
});

test("[M32] beyond a number of live sockets nobody receives typing, and nobody is asked", async () => {
  const { id, ana, bo } = await grown();
  const crowd = Array.from({ length: largeGroups.typingSocketsMax }, (_, n) => somebody(`c${n}`));
  valueOf(
    await stubOf(id).addMembers(
      ana.id,
      crowd.map(({ person }) => person),
      [],
    ),
  );
  const socket = await liveOf(id, bo);
  const others = await Promise.all(crowd.map((by) => liveOf(id, by)));
  await types(id, ana);
  expect(typists(socket)).toEqual([]);
  for (const other of others) other.close();
  await expect
    .poll(
      async () => {
        await types(id, ana);
        return typists(socket).length;
      },
      { timeout: 15_000 },
    )
    .toBeGreaterThan(0);
});
