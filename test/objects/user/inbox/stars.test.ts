/** What the user keeps of single messages for themself: stars. */
import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { Marks, StarsPage } from "../../../../schema/http/conversation/marks.ts";
import { inboxHolds } from "../../../../schema/search-limits.ts";
import type { Conversation } from "../../../../schema/wire/conversation.ts";
import type { Summary, SyncAnswer } from "../../../../schema/wire/inbox.ts";
import { evict as evictUser } from "../../../rig/objects/accounts.ts";
import { ask, type Caller, caller, must } from "../../../rig/objects/door.ts";
import { send, settleFanOut, submit } from "../../../rig/objects/people.ts";

async function foundGroup(by: Caller, others: Caller[], more = {}): Promise<Conversation["id"]> {
  const memberIds = others.map(({ id }) => id);
  return (await must<Conversation>(201, by, "POST", "/conversations", { title: "G", memberIds, ...more })).id;
}
const star = (by: Caller, id: string, seq: number) => must(204, by, "PUT", `/conversations/${id}/stars/${seq}`);
const unstar = (by: Caller, id: string, seq: number) => must(204, by, "DELETE", `/conversations/${id}/stars/${seq}`);
const marksOf = (by: Caller, id: string) => must<Marks>(200, by, "GET", `/conversations/${id}/marks`);

async function rowOf(by: Caller, id: string): Promise<Summary | undefined> {
  const { conversations } = await must<SyncAnswer>(200, by, "GET", "/sync");
  return conversations.find(({ conversationId }) => conversationId === id);
}

async function starsOf(by: Caller, limit = 50): Promise<string[]> {
  const texts: string[] = [];
  for (let cursor: string | null = "", pages = 0; cursor !== null; pages++) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: StarsPage = await must(200, by, "GET", `/stars?limit=${limit}${query}`);
    texts.push(...page.hits.map(({ message }) => message.text));
    cursor = page.cursor;
    if (pages > 20) throw new Error("the list does not end");
  }
  return texts;
}

test("[I32] stars are listed newest star first, survive eviction, and change the row's marksVersion once each", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const [one, two] = [await foundGroup(ana, [bo]), await foundGroup(bo, [ana])];
  for (const text of ["a", "b", "c"]) await send(one, bo, text);
  await send(two, ana, "d");
  for (const id of [one, two]) await settleFanOut(id);
  expect((await rowOf(ana, one))?.marksVersion).toBe(undefined);
  expect(await marksOf(ana, one)).toEqual({ starred: [], hidden: [], marksVersion: 0 });
  for (const [id, seq] of [
    [one, 3],
    [two, 1],
    [one, 1],
  ] as const) {
    windClock(1_000);
    await star(ana, id, seq);
  }
  await evictUser(ana.id);
  for (const limit of [1, 2, 3, 50]) expect(await starsOf(ana, limit)).toEqual(["a", "d", "c"]);
  const row = await rowOf(ana, one);
  const marks = await marksOf(ana, one);
  expect(marks.starred).toEqual([1, 3]);
  expect(row?.marksVersion).toBe(marks.marksVersion);
  expect(row?.version).toBe(marks.marksVersion);
  await star(ana, one, 1);
  expect((await rowOf(ana, one))?.version).toBe(row?.version);
  await unstar(ana, one, 3);
  await unstar(ana, one, 3);
  const after = await marksOf(ana, one);
  expect(after.starred).toEqual([1]);
  expect(after.marksVersion).toBeGreaterThan(row?.version ?? 0);
  await send(one, bo, "later");
  await settleFanOut(one);
  expect((await rowOf(ana, one))?.marksVersion).toBe(after.marksVersion);
  expect(await starsOf(bo)).toEqual([]);
  expect((await rowOf(bo, one))?.marksVersion).toBe(undefined);
});

test("[I32] what is unsent, not there, or not the user's to see, cannot be starred, and leaves the list of stars", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const id = await foundGroup(ana, [bo]);
  for (const text of ["a", "b", "c"]) await send(id, ana, text);
  await settleFanOut(id);
  const put = async (by: Caller, seq: number) => (await ask(by, "PUT", `/conversations/${id}/stars/${seq}`)).status;
  expect(await put(cy, 1)).toBe(404);
  expect(await put(bo, 9)).toBe(404);
  await submit(id, ana, { do: "unsend", seq: 2 });
  expect(await put(bo, 2)).toBe(409);
  expect(await put(bo, 1)).toBe(204);
  expect(await put(bo, 3)).toBe(204);
  await submit(id, ana, { do: "unsend", seq: 3 });
  expect(await starsOf(bo)).toEqual(["a"]);
  await must(204, ana, "DELETE", `/conversations/${id}/members/${bo.id}`);
  expect(await starsOf(bo)).toEqual([]);
  expect((await ask(bo, "DELETE", `/conversations/${id}/stars/1`)).status).toBe(204);
  expect((await ask(cy, "GET", `/conversations/${id}/marks`)).status).toBe(404);
  await evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
});

test("[I32] a user has a bounded number of stars", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  for (const text of ["a", "b", "c"]) await send(id, ana, text);
  await settleFanOut(id);
  const before = inboxHolds.starsMax;
  Object.assign(inboxHolds, { starsMax: 2 });
  try {
    await star(bo, id, 1);
    await star(bo, id, 2);
    expect((await ask(bo, "PUT", `/conversations/${id}/stars/3`)).status).toBe(409);
    expect((await ask(bo, "PUT", `/conversations/${id}/stars/2`)).status).toBe(204);
    await unstar(bo, id, 1);
    expect((await ask(bo, "PUT", `/conversations/${id}/stars/3`)).status).toBe(204);
  } finally {
    Object.assign(inboxHolds, { starsMax: before });
  }
});
