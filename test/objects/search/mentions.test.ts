/** The list of messages that mention the user: over all conversations, in their present state. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import type { MentionsPage } from "../../../schema/http/search.ts";
import type { ConversationId } from "../../../schema/ids.ts";
import { inboxHolds } from "../../../schema/search-limits.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import { evict as evictUser } from "../../rig/objects/accounts.ts";
import { ask, type Caller, caller, must } from "../../rig/objects/door.ts";
import { send, settleFanOut } from "../../rig/objects/people.ts";

const foundGroup = async (by: Caller, others: Caller[], more = {}) =>
  (
    await must<Conversation>(201, by, "POST", "/conversations", {
      title: "G",
      memberIds: others.map(({ id }) => id),
      ...more,
    })
  ).id;
const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));
const mention = (id: ConversationId, by: Caller, whom: Caller, text: string) =>
  send(id, by, text, undefined, { mentions: [whom.id] });

async function all(by: Caller, limit = 50): Promise<string[]> {
  const texts: string[] = [];
  let cursor = "";
  for (let pages = 0; ; pages++) {
    const page: MentionsPage = await must(200, by, "GET", `/mentions?limit=${limit}${cursor}`);
    expect(page.hits.length).toBeLessThanOrEqual(limit);
    texts.push(...page.hits.map(({ message }) => message.text));
    if (page.cursor === null) return texts;
    cursor = `&cursor=${page.cursor}`;
    if (pages > 100) throw new Error("the list does not end");
  }
}

const rowsOf = (by: Caller) =>
  runInDurableObject(env.USERS.getByName(by.id), (_, { storage }) =>
    Number(storage.sql.exec("SELECT COUNT(*) AS count FROM mentions").one()["count"]),
  );

test("[E12] mentions by others are listed over all conversations, newest first, as they now stand", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const ids = [await foundGroup(ana, [bo, cy]), await foundGroup(bo, [ana])];
  const [one, two] = ids;
  if (one === undefined || two === undefined) throw new Error("no group");
  for (let n = 0; n < 6; n++) {
    windClock(1_000);
    await mention(n % 2 === 0 ? one : two, bo, ana, `m${n}`);
    await send(one, cy, "nobody");
  }
  await mention(one, ana, ana, "myself");
  await mention(one, ana, cy, "cy");
  for (const id of ids) await settleFanOut(id);
  const expected = ["m5", "m4", "m3", "m2", "m1", "m0"];
  for (const limit of [1, 4, 6, 50]) {
    expect(await all(ana, limit)).toEqual(expected);
    await evictUser(ana.id);
    for (const id of ids) await evict(id);
  }
  expect(await all(cy)).toEqual(["cy"]);
  expect(await rowsOf(ana)).toBe(6);

  // A reaction brings the message again; an edit takes a mention away or makes one; what is unsent mentions nobody.
  await must(200, cy, "PUT", `/conversations/${one}/messages/1/reactions/${encodeURIComponent("👍")}`);
  await must(200, bo, "PATCH", `/conversations/${one}/messages/1`, { text: "m0 edited" });
  await must(200, bo, "PATCH", `/conversations/${one}/messages/4`, { text: "m2", mentions: [] });
  await must(200, bo, "DELETE", `/conversations/${two}/messages/1`);
  await must(200, cy, "PATCH", `/conversations/${one}/messages/2`, { text: "late", mentions: [ana.id] });
  for (const id of ids) await settleFanOut(id);
  expect(await all(ana, 2)).toEqual(["m5", "m4", "m3", "late", "m0 edited"]);
  expect(await rowsOf(ana)).toBe(7);
});

test("[E12] what somebody may not read is not listed: after removal, and before their joining where the policy says so", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const kept = await foundGroup(bo, [ana]);
  const left = await foundGroup(bo, [ana], { policy: { history: "joined" } });
  await mention(kept, bo, ana, "kept");
  await mention(left, bo, ana, "gone");
  for (const id of [kept, left]) await settleFanOut(id);
  expect(await all(ana)).toEqual(["gone", "kept"]);
  await must(204, bo, "DELETE", `/conversations/${left}/members/${ana.id}`);
  expect(await all(ana, 1)).toEqual(["kept"]);
  await must(200, bo, "PUT", `/conversations/${left}/members/${ana.id}`, {});
  expect(await all(ana)).toEqual(["kept"]);
  expect((await ask(ana, "GET", "/mentions?cursor=abc")).status).toBe(400);
  expect((await ask(ana, "GET", "/mentions?limit=0")).status).toBe(400);
});

test("[E12] mentions that were delivered and not yet written are listed, and a crash before they are written loses none", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(bo, [ana]);
  await settleFanOut(id);
  const expected: string[] = [];
  for (let n = 0; n < 30; n++) {
    await mention(id, bo, ana, `m${n}`);
    expected.unshift(`m${n}`);
    if (n % 10 === 9) await evictUser(ana.id);
  }
  await settleFanOut(id);
  expect(await all(ana, 7)).toEqual(expected);
  await evictUser(ana.id);
  expect(await all(ana)).toEqual(expected);
});

test("[E13] the oldest mentions go when there are too many; a message without one writes no row", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(bo, [ana]);
  await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
       INSERT INTO mentions (at, conversation_id, seq) SELECT n, ?, n FROM n`,
      inboxHolds.mentionsMax + 100,
      id,
    );
  });
  await send(id, bo, "nobody");
  await settleFanOut(id);
  expect(await rowsOf(ana)).toBe(inboxHolds.mentionsMax + 100);
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  try {
    await mention(id, bo, ana, "you");
    await settleFanOut(id);
  } finally {
    random.mockRestore();
  }
  expect(await rowsOf(ana)).toBe(inboxHolds.mentionsMax);
  const page = await must<MentionsPage>(200, ana, "GET", "/mentions?limit=1");
  expect(page.hits.map(({ message }) => message.text)).toEqual(["you"]);
});
