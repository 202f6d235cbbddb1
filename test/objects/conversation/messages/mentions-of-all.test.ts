/** Messages that mention all members: who may, for whom they count, in small and large groups. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { MentionsPage } from "../../../../schema/http/search.ts";
import { rates } from "../../../../schema/rates.ts";
import type { Conversation } from "../../../../schema/wire/conversation.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import type { Ack, Message } from "../../../../schema/wire/message.ts";
import { evict as evictUser } from "../../../rig/objects/accounts.ts";
import { ask, type Caller, caller, must } from "../../../rig/objects/door.ts";
import { settleFanOut, submit } from "../../../rig/objects/people.ts";

async function foundGroup(by: Caller, others: Caller[], more = {}): Promise<Conversation["id"]> {
  const memberIds = others.map(({ id }) => id);
  return (await must<Conversation>(201, by, "POST", "/conversations", { title: "G", memberIds, ...more })).id;
}
let made = 0;
const body = (text: string, more = {}) => ({ clientId: `c${++made}`, text, mentionsAll: true, ...more });
const sendAs = (by: Caller, id: string, draft: object) => ask(by, "POST", `/conversations/${id}/messages`, draft);
const messageAt = (by: Caller, id: string, seq: number) =>
  must<Message>(200, by, "GET", `/conversations/${id}/messages/${seq}`);

async function rowOf(by: Caller, id: string): Promise<Summary | undefined> {
  const { conversations } = await must<{ conversations: Summary[] }>(200, by, "GET", "/conversations");
  return conversations.find(({ conversationId }) => conversationId === id);
}

test("[S33] an admin mentions all: it counts for everybody but the sender, is listed, and ends with an unsend", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  const draft = body("all of you", { mentions: [bo.id] });
  const first = await sendAs(ana, id, draft);
  expect(first.status).toBe(201);
  expect((await sendAs(ana, id, draft)).status).toBe(200);
  expect((await sendAs(ana, id, { ...draft, mentionsAll: false })).status).toBe(409);
  await settleFanOut(id);
  expect(await messageAt(cy, id, 1)).toMatchObject({ mentions: [bo.id], mentionsAll: true });
  for (const person of [bo, cy]) {
    await evictUser(person.id);
    expect(await rowOf(person, id)).toMatchObject({ unread: 1, mentionsUnread: 1 });
    const { hits } = await must<MentionsPage>(200, person, "GET", "/mentions");
    expect(hits.map(({ message }) => message.text)).toEqual(["all of you"]);
  }
  expect(await rowOf(ana, id)).toMatchObject({ unread: 0, mentionsUnread: 0 });
  expect((await must<MentionsPage>(200, ana, "GET", "/mentions")).hits).toEqual([]);
  await evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
  await must(200, ana, "PATCH", `/conversations/${id}/messages/1`, { text: "edited", mentions: [] });
  expect(await messageAt(cy, id, 1)).toMatchObject({ text: "edited", mentions: [], mentionsAll: true });
  await submit(id, ana, { do: "unsend", seq: 1 });
  await settleFanOut(id);
  expect((await messageAt(cy, id, 1)).mentionsAll).toBe(undefined);
  expect(await rowOf(cy, id)).toMatchObject({ unread: 0, mentionsUnread: 0 });
  expect((await must<MentionsPage>(200, cy, "GET", "/mentions")).hits).toEqual([]);
});

test("[S33] plain members may not, nobody may in a direct chat, and an edit does not begin it", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  expect((await sendAs(bo, id, body("hey"))).status).toBe(403);
  const dm = await must<Conversation>(201, ana, "PUT", `/dms/${bo.id}`);
  expect((await sendAs(ana, dm.id, body("hey"))).status).toBe(400);
  expect((await sendAs(ana, id, body("plain", { mentionsAll: false }))).status).toBe(201);
  expect((await messageAt(bo, id, 1)).mentionsAll).toBe(undefined);
  await must(200, ana, "PATCH", `/conversations/${id}/messages/1`, { text: "all of you", mentionsAll: true });
  expect(await messageAt(bo, id, 1)).toMatchObject({ text: "all of you", mentions: [] });
  expect((await messageAt(bo, id, 1)).mentionsAll).toBe(undefined);
  await settleFanOut(id);
  expect(await rowOf(bo, id)).toMatchObject({ unread: 1, mentionsUnread: 0 });
  expect((await sendAs(ana, id, body("named", { mentionsAll: false, mentions: ["@all"] }))).status).toBe(400);
});

test("[S33] in a large group it counts once for each member, also for whoever is named beside, until they have read it", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const id = await foundGroup(ana, [bo, cy], { mode: "large" });
  const workedOut = (of: Caller) => conversationStub(env, id).rowOf(of.id, null);
  const toAll = body("all", { mentions: [bo.id] });
  const { seq } = await must<Ack>(201, ana, "POST", `/conversations/${id}/messages`, toAll);
  await sendAs(ana, id, body("bo", { mentionsAll: false, mentions: [bo.id] }));
  await evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
  expect(await workedOut(bo)).toMatchObject({ unread: 2, mentionsUnread: 2 });
  expect(await workedOut(cy)).toMatchObject({ unread: 2, mentionsUnread: 1 });
  expect(await workedOut(ana)).toMatchObject({ unread: 0, mentionsUnread: 0 });
  await must(204, cy, "POST", `/conversations/${id}/receipts`, { read: seq });
  expect(await workedOut(cy)).toMatchObject({ unread: 1, mentionsUnread: 0 });
  await submit(id, ana, { do: "unsend", seq });
  expect(await workedOut(bo)).toMatchObject({ unread: 1, mentionsUnread: 1 });
});

test("[S33] a conversation takes only so many messages that mention everybody", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  limitRatesForTest(true);
  onTestFinished(() => limitRatesForTest(undefined));
  const { burst, perSecond } = rates.mentionsOfAllPerConversation;
  for (let n = 0; n < burst; n++) expect((await sendAs(ana, id, body("all"))).status).toBe(201);
  expect(await sendAs(ana, id, body("all"))).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  // What mentions nobody is not held up, and after a while all may be mentioned again.
  expect((await sendAs(ana, id, body("plain", { mentionsAll: false }))).status).toBe(201);
  windClock(1_000 / perSecond);
  expect((await sendAs(ana, id, body("all"))).status).toBe(201);
});
