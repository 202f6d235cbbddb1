/** What floods of members do to a large group: joining and leaving in a loop, and thousands who accept an invite at once. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { rates } from "../../../../schema/rates.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { codeOf, foundGroup, somebody, type TestPerson } from "../../../rig/objects/people.ts";

openLargeGroups();
beforeEach(() => limitRatesForTest(true));
afterEach(() => limitRatesForTest(undefined));

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const stubOf = (id: ConversationId) => conversationStub(env, id);

async function open(): Promise<{ id: ConversationId; owner: TestPerson; secret: string }> {
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
  const { burst } = rate;
  // Each new member is an object of their own, so a smaller bucket shows the same.
  Object.assign(rate, { burst: 40 });
  onTestFinished(() => void Object.assign(rate, { burst }));
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
