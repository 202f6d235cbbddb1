/** What a group of a hundred thousand costs of whom nobody looks: the same as a small one when it wakes, and for a message less than a direct chat. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { member } from "../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundDm, foundGroup, send, settleFanOut, type TestPerson } from "../../../rig/objects/people.ts";

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

/** What an act costs, the calls and rows behind it included. */
async function spent(work: () => Promise<unknown>): Promise<typeof cost> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = { ...cost };
  await work();
  await new Promise((resolve) => setTimeout(resolve, 500));
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
});
