/** The queue's consumer brings members of a large group what is due to them: repeated, dropped and cut-off hints, inboxes that fail, accounts that are gone. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { evict, valueOf } from "../../../rig/objects/accounts.ts";
import { type Member, member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundGroup, send, settleFanOut } from "../../../rig/objects/people.ts";

openLargeGroups();

async function grown(): Promise<{ id: ConversationId; owner: Member; ana: Member; bo: Member }> {
  const [owner, ana, bo, cy] = [await member("owner"), await member("ana"), await member("bo"), await member("cy")];
  const id = await foundGroup(owner, [ana, bo]);
  await settleFanOut(id);
  valueOf(await conversationStub(env, id).addMembers(owner.id, [cy.person], []));
  return { id, owner, ana, bo };
}

const hint = (id: ConversationId) => consumeFanOut({ conversationId: id }, env);
const dueNow = async (id: ConversationId) => (await conversationStub(env, id).fanOutPage(null, [])).due;
const listed = async (of: Member): Promise<Summary | undefined> =>
  valueOf(await of.calls.summaries(undefined, 10)).conversations[0];

test("[M25] hints that are repeated, at once or later, bring everybody their row, and a message that mentions them once", async () => {
  const { id, owner, ana, bo } = await grown();
  const socket = await syncOf(ana);
  await Promise.all([hint(id), hint(id)]);
  await hint(id);
  expect(await dueNow(id)).toEqual([]);
  await socket.next(
    ({ type, ...frame }) => type === "inbox" && (frame["conversations"] as Summary[])[0]?.mode === "large",
  );
  expect(await listed(bo)).toMatchObject({ mode: "large", notify: "all" });
  await send(id, owner, "to ana", undefined, { mentions: [ana.id] });
  await Promise.all([hint(id), hint(id)]);
  const row = (frame: Record<string, unknown>): Summary | undefined =>
    (frame["conversations"] as Summary[] | undefined)?.[0];
  await socket.next((frame) => row(frame)?.mentionsUnread === 1);
  expect(socket.frames.filter(({ type }) => type === "message")).toHaveLength(1);
  expect(await dueNow(id)).toEqual([]);
});

test("[M25] an inbox that fails is left to the next round, and does not hold up the others", async () => {
  const { id, owner, ana, bo } = await grown();
  await hint(id);
  await send(id, owner, "to both", undefined, { mentions: [ana.id, bo.id] });
  await runInDurableObject(env.USERS.getByName(ana.id), (_object, { storage }) => {
    storage.sql.exec("CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  });
  await hint(id);
  expect((await dueNow(id)).map(({ userId }) => userId)).toEqual([ana.id]);
  await runInDurableObject(env.USERS.getByName(ana.id), (_object, { storage }) => {
    storage.sql.exec("DROP TRIGGER broken");
  });
  await evict(ana.id).catch(() => undefined);
  await hint(id);
  expect(await dueNow(id)).toEqual([]);
  expect(await ana.calls.mentions(null, 5)).toMatchObject([{ id }]);
});

test("[M25] a round that is longer than one hint goes on behind the members it has called, however many of them fail", async () => {
  const { id, owner, ana, bo } = await grown();
  await hint(id);
  const { duePageMembers, duePagesPerHintMax } = largeGroups;
  Object.assign(largeGroups, { duePageMembers: 1, duePagesPerHintMax: 1 });
  onTestFinished(() => void Object.assign(largeGroups, { duePageMembers, duePagesPerHintMax }));
  const [failing = ana, healthy = bo] = [ana, bo].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await runInDurableObject(env.USERS.getByName(failing.id), (_object, { storage }) => {
    storage.sql.exec("CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  });
  await send(id, owner, "to both", undefined, { mentions: [ana.id, bo.id] });
  const sent: unknown[] = [];
  const queued = { ...env, FANOUT_QUEUE: { send: (body: unknown) => Promise.resolve(sent.push(body)) } };
  let next: unknown = { conversationId: id };
  let hints = 0;
  for (; next !== undefined && hints < 10; hints++) {
    await consumeFanOut(next, queued as unknown as typeof env);
    next = sent.shift();
  }
  expect(await healthy.calls.mentions(null, 5)).toMatchObject([{ id }]);
  Object.assign(largeGroups, { duePageMembers, duePagesPerHintMax });
  expect((await dueNow(id)).map(({ userId }) => userId)).toEqual([failing.id]);
  // What failed is left to the alarm.
  expect(hints).toBeLessThanOrEqual(4);
});

test("[M25] what is no hint of this queue is dropped", async () => {
  for (const body of [null, "x", {}, { conversationId: 7 }, { conversationId: "g_of_nobody" }])
    expect(await consumeFanOut(body, env)).toBe(false);
});
