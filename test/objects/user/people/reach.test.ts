/** Who may bring whom into a conversation: what a person's `reach` lets strangers do, and what a request is until it is accepted. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { settingsDefault } from "../../../../schema/http/account/me.ts";
import type { Conversation, Member } from "../../../../schema/wire/conversation.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { evict, tasksOf, valueOf } from "../../../rig/objects/accounts.ts";
import { ask, type Caller, caller, must } from "../../../rig/objects/door.ts";
import { sendCommand, submit } from "../../../rig/objects/people.ts";
import { type Frame, socketOf } from "../../../rig/objects/socket.ts";

type Reach = "everyone" | "requests" | "contacts";

const setReach = (by: Caller, reach: Reach | null) => must(200, by, "PATCH", "/me", { settings: { reach } });
const openDm = (by: Caller, other: Caller) => ask<Conversation>(by, "PUT", `/dms/${other.id}`);
const foundGroup = (by: Caller, others: Caller[], more = {}) =>
  ask<Conversation>(by, "POST", "/conversations", { title: "G", memberIds: others.map(({ id }) => id), ...more });
const add = (by: Caller, id: string, other: Caller) =>
  ask<Member>(by, "PUT", `/conversations/${id}/members/${other.id}`, {});

async function rowOf(by: Caller, id: string): Promise<Summary | undefined> {
  const list = await must<{ conversations: Summary[] }>(200, by, "GET", "/conversations?limit=100");
  return list.conversations.find((row) => row.conversationId === id);
}

/** What others are told of somebody's watermarks, asked by everybody else in the conversation. */
async function shownOf(subject: Caller, by: Caller, id: string): Promise<[number, number]> {
  const { members } = await must<{ members: Member[] }>(200, by, "GET", `/conversations/${id}/members`);
  const member = members.find(({ user }) => user.id === subject.id);
  return [member?.delivered ?? -1, member?.read ?? -1];
}

/** A chat that a stranger opened with somebody who takes strangers as requests, with one message in it. */
async function aRequest(): Promise<{ ana: Caller; eve: Caller; id: ConversationId }> {
  const [ana, eve] = [await caller("ana"), await caller("eve")];
  await setReach(ana, "requests");
  const { body } = await openDm(eve, ana);
  await submit(body.id, eve, sendCommand("hello", "k1"));
  await until(async () => (await rowOf(ana, body.id))?.unread === 1);
  return { ana, eve, id: body.id };
}

function liveOf(id: string, by: Caller) {
  return socketOf(conversationStub(env, id as ConversationId), "/live", by.actor);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it never held");
}

describe("reach", () => {
  test("[M11] is everyone at first and by null; what was stored before it came to be reads as everyone", async () => {
    const ana = await caller("ana");
    const reach = async () => (await must<{ settings: { reach: string } }>(200, ana, "GET", "/me")).settings.reach;
    expect(await reach()).toBe("everyone");
    await setReach(ana, "contacts");
    await evict(ana.id);
    expect(await reach()).toBe("contacts");
    await setReach(ana, null);
    expect(await reach()).toBe("everyone");
    await must(400, ana, "PATCH", "/me", { settings: { reach: "friends" } });
    await must(200, ana, "PATCH", "/me", { settings: { typing: false, notifications: { preview: false } } });
    const nulls = { settings: { typing: null, notifications: null, locale: null, presence: null, readReceipts: null } };
    expect((await must<{ settings: unknown }>(200, ana, "PATCH", "/me", nulls)).settings).toEqual(settingsDefault);
    await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) => {
      storage.sql.exec("UPDATE account SET settings = json_remove(settings, '$.reach')");
    });
    expect(await reach()).toBe("everyone");
  });

  test("[M11] contacts: a stranger opens no chat, founds no group, adds nobody; nothing is made of what was asked", async () => {
    const [ana, bo, eve] = [await caller("ana"), await caller("bo"), await caller("eve")];
    await setReach(ana, "contacts");
    expect((await openDm(eve, ana)).status).toBe(403);
    expect((await foundGroup(eve, [bo, ana])).status).toBe(403);
    expect(await must(200, bo, "GET", "/conversations")).toEqual({ conversations: [], cursor: null });
    const group = await foundGroup(eve, [bo]);
    expect((await add(eve, group.body.id, ana)).status).toBe(403);
    expect(await must(200, ana, "GET", "/conversations")).toEqual({ conversations: [], cursor: null });
    expect((await must<Conversation>(200, eve, "GET", `/conversations/${group.body.id}`)).memberCount).toBe(2);

    // Notes to oneself, and what one does oneself, are nobody else's reach.
    expect((await openDm(ana, ana)).status).toBe(201);
    expect((await openDm(ana, bo)).status).toBe(201);
    const invite = await must<{ code: string }>(201, eve, "POST", `/conversations/${group.body.id}/invites`, {});
    await must(200, ana, "POST", `/invites/${invite.code}/accept`);
    expect((await rowOf(ana, group.body.id))?.request).toBe(false);
  });

  test("[M11] a person whom the user has put into the contacts is no stranger; one whom they have taken out is", async () => {
    const [ana, bo] = [await caller("ana"), await caller("bo")];
    await setReach(ana, "contacts");
    await must(200, bo, "PUT", `/contacts/${ana.id}`);
    expect((await openDm(bo, ana)).status).toBe(403);
    await must(200, ana, "PUT", `/contacts/${bo.id}`);
    expect((await foundGroup(bo, [ana])).status).toBe(201);
    await must(204, ana, "DELETE", `/contacts/${bo.id}`);
    // They have a group in common now.
    expect((await foundGroup(bo, [ana])).status).toBe(201);
  });

  test("[M11] a present conversation in common makes two known; one that either left, or that is a request, does not", async () => {
    const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
    const { body: group } = await foundGroup(cy, [ana, bo]);
    await setReach(ana, "contacts");
    expect((await openDm(bo, ana)).status).toBe(201);

    const di = await caller("di");
    await must(200, cy, "PUT", `/conversations/${group.id}/members/${di.id}`, {});
    await must(204, di, "DELETE", `/conversations/${group.id}/members/${di.id}`);
    expect((await openDm(di, ana)).status).toBe(403);

    await must(200, cy, "PUT", `/conversations/${group.id}/members/${di.id}`, {});
    expect((await foundGroup(di, [ana])).status).toBe(201);
    const [ed, flo] = [await caller("ed"), await caller("flo")];
    await setReach(ed, "requests");
    const first = await foundGroup(flo, [ed]);
    expect((await rowOf(ed, first.body.id))?.request).toBe(true);
    const second = await openDm(flo, ed);
    expect((await rowOf(ed, second.body.id))?.request).toBe(true);
    await setReach(ed, "contacts");
    expect((await foundGroup(flo, [ed])).status).toBe(403);
    // Nor is it known the other way round: a request is no acquaintance on either side.
    await setReach(flo, "contacts");
    expect((await foundGroup(ed, [flo])).status).toBe(403);
    await must(200, ed, "PATCH", `/conversations/${first.body.id}/me`, { request: false });
    expect((await foundGroup(flo, [ed])).status).toBe(201);
    expect((await foundGroup(ed, [flo])).status).toBe(201);
  });

  test("[M11] a conversation in common is found on every page of a long list", async () => {
    const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
    await foundGroup(cy, [ana, bo]);
    await setReach(ana, "contacts");
    // So many rows that the one in common is behind the first two pages, wherever its id falls among the others.
    await runInDurableObject(env.USERS.getByName(bo.id), (_, { storage }) => {
      storage.sql.exec(`
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO inbox (conversation_id, version, epoch, rev, head_seq, at, read, unsent_unread, mentions_unread, kind, mode, role,
          has_left, is_pinned, is_archived, is_marked_unread, draft)
        SELECT '0_' || printf('%06d', i), 0, 'e', 1, 0, 0, 0, 0, 0, 'group', 'small', 'member', 0, 0, 0, 0, '' FROM n`);
    });
    expect((await foundGroup(bo, [ana])).status).toBe(201);
    const eve = await caller("eve");
    expect((await foundGroup(eve, [ana])).status).toBe(403);
  });

  test("[M11] an existing direct chat stays as it is, whoever asks; a repeated founding finds its group", async () => {
    const [ana, eve] = [await caller("ana"), await caller("eve")];
    const { body: dm } = await openDm(eve, ana);
    const { body: group } = await foundGroup(eve, [ana], { clientId: "once" });
    await setReach(ana, "contacts");
    await must(204, ana, "DELETE", `/conversations/${group.id}/members/${ana.id}`);
    expect(await openDm(eve, ana)).toMatchObject({ status: 200, body: { id: dm.id } });
    expect(await openDm(ana, eve)).toMatchObject({ status: 200, body: { id: dm.id } });
    expect((await rowOf(ana, dm.id))?.request).toBe(false);
    expect(await foundGroup(eve, [ana], { clientId: "once" })).toMatchObject({ status: 200, body: { id: group.id } });
  });
});

describe("a request", () => {
  test("[M12] shows nobody anything of its reader: no watermark by any path, and no typing, until it is accepted", async () => {
    const [cy, bo] = [await caller("cy"), await caller("bo")];
    const { ana, eve, id } = await aRequest();
    const { body: group } = await foundGroup(eve, [bo, ana, cy]);
    expect((await rowOf(ana, group.id))?.request).toBe(true);
    expect((await rowOf(bo, group.id))?.request).toBe(false);
    expect(await rowOf(ana, id)).toMatchObject({ request: true, unread: 1, mode: "small" });

    for (const conversation of [id, group.id]) {
      await submit(conversation, eve, sendCommand("more", "k2"));
      const live = await liveOf(conversation, eve);
      const sync = await socketOf(eve.calls, "/sync", eve.actor);
      await submit(conversation, ana, { do: "receipt", delivered: 2, read: 1 });
      await submit(conversation, ana, { do: "typing" });
      await live.pong();
      await evictDurableObject(env.CONVERSATIONS.getByName(conversation));
      expect(await shownOf(ana, eve, conversation)).toEqual([0, 0]);
      const { me } = await must<Conversation>(200, ana, "GET", `/conversations/${conversation}`);
      expect(me.read).toBe(1);
      // What was read in the chat that is accepted already may come only now.
      const told = [...live.frames, ...sync.frames].filter((frame) => frame["conversationId"] === conversation);
      expect(told.filter(isOf(ana))).toEqual([]);

      await must(200, ana, "PATCH", `/conversations/${conversation}/me`, { request: false });
      const later = await liveOf(conversation, eve);
      await submit(conversation, ana, { do: "typing" });
      await later.next((frame) => frame.type === "typing" && frame["userId"] === ana.id, "typing");
      expect((await shownOf(ana, eve, conversation))[1]).toBe(1);
    }
  });

  test("[M12] accepted by hand: the row says so on all devices, and others receive at once what was read", async () => {
    const { ana, eve, id } = await aRequest();
    await submit(id, ana, { do: "receipt", delivered: 1, read: 1 });
    const [live, sync] = [await liveOf(id, eve), await socketOf(ana.calls, "/sync", ana.actor)];
    await sync.next((frame) => frame.type === "inbox" && frame["more"] === false);
    const row = await must<Summary>(200, ana, "PATCH", `/conversations/${id}/me`, { request: false });
    expect(row.request).toBe(false);
    const told = await sync.next((frame) => frame.type === "inbox" && frame["more"] === undefined);
    expect((told["conversations"] as Summary[])[0]).toMatchObject({ conversationId: id, request: false });
    expect(await live.next(isReceiptOf(ana))).toMatchObject({ delivered: 1, read: 1 });
    expect(await tasksOf(ana)).toBe(0);
    expect((await must<Summary>(200, ana, "PATCH", `/conversations/${id}/me`, { request: false })).version).toBe(
      row.version,
    );
    await must(400, ana, "PATCH", `/conversations/${id}/me`, { request: true });
    await evict(ana.id);
    await evictDurableObject(env.CONVERSATIONS.getByName(id));
    expect(await rowOf(ana, id)).toMatchObject({ request: false });
    expect(await shownOf(ana, eve, id)).toEqual([1, 1]);
  });

  test.each([
    ["a send", { do: "send", clientId: "k9", text: "hi", replyTo: null, mentions: [] } as const],
    ["a reaction", { do: "react", seq: 1, emoji: "👍", isOn: true } as const],
  ])("[M12] taken up by %s of the user's, though not by reading, archiving or muting", async (_, command) => {
    const { ana, eve, id } = await aRequest();
    await submit(id, ana, { do: "receipt", delivered: 1, read: 1 });
    await submit(id, ana, { do: "react", seq: 1, emoji: "👍", isOn: false });
    await must(200, ana, "PATCH", `/conversations/${id}/me`, { archived: true, mutedUntil: 1, pinned: true });
    await evictDurableObject(env.CONVERSATIONS.getByName(id));
    expect((await rowOf(ana, id))?.request).toBe(true);
    const live = await liveOf(id, eve);
    expect((await submit(id, ana, command as Parameters<typeof submit>[2])).ok).toBe(true);
    expect(await live.next(isReceiptOf(ana))).toMatchObject({ delivered: expect.any(Number) });
    await until(async () => (await rowOf(ana, id))?.request === false);
    const marks = await shownOf(ana, eve, id);
    expect(Math.min(...marks)).toBeGreaterThanOrEqual(1);
    await evictDurableObject(env.CONVERSATIONS.getByName(id));
    expect(await shownOf(ana, eve, id)).toEqual(marks);
  });

  test("[M12] taken up by putting the stranger into the contacts: all that they brought, and nothing that another did", async () => {
    const { ana, eve, id } = await aRequest();
    const mallory = await caller("mallory");
    const { body: ofMallory } = await foundGroup(mallory, [ana]);
    const { body: ofEve } = await foundGroup(eve, [ana, mallory]);
    await evict(ana.id);
    await must(200, ana, "PUT", `/contacts/${eve.id}`);
    const requests = async () =>
      Promise.all([id, ofEve.id, ofMallory.id].map(async (each) => (await rowOf(ana, each))?.request));
    expect(await requests()).toEqual([false, false, true]);
    expect(await tasksOf(ana)).toBe(0);
    await evict(ana.id);
    expect(await requests()).toEqual([false, false, true]);
    await submit(id, ana, { do: "receipt", delivered: 1, read: 1 });
    expect(await shownOf(ana, eve, id)).toEqual([1, 1]);
    expect(valueOf(await ana.calls.putContact(eve.user)).state).toBe("outgoing");
  });

  test("[M12] of somebody who became a contact while it was on its way is none, and the conversation learns it", async () => {
    const [ana, eve] = [await caller("ana"), await caller("eve")];
    await must(200, ana, "PUT", `/contacts/${eve.id}`);
    const id = (await foundGroup(eve, [])).body.id;
    const added = await conversationStub(env, id).putMember(eve.id, ana.id, null, ana.person, true);
    expect(added.ok).toBe(true);
    expect((await rowOf(ana, id))?.request).toBe(false);
    await submit(id, eve, sendCommand("1", "k1"));
    await submit(id, ana, { do: "receipt", delivered: 1, read: 1 });
    await until(async () => (await shownOf(ana, eve, id))[1] === 1);
  });

  test("[M12] belongs to a membership: accepted in one, it is a request again in the next, and a late report changes nothing", async () => {
    const { ana, eve } = await aRequest();
    const { body: group } = await foundGroup(eve, [ana]);
    await must(200, ana, "PATCH", `/conversations/${group.id}/me`, { request: false });
    const accepted = (await rowOf(ana, group.id))?.head.rev ?? 0;
    await must(204, ana, "DELETE", `/conversations/${group.id}/members/${ana.id}`);
    expect(await rowOf(ana, group.id)).toMatchObject({ left: true, unread: 0 });
    expect((await add(eve, group.id, ana)).status).toBe(200);
    await conversationStub(env, group.id).requestEnded(ana.id, accepted);
    await submit(group.id, eve, sendCommand("1", "k1"));
    await submit(group.id, ana, { do: "receipt", delivered: 1, read: 1 });
    expect(await rowOf(ana, group.id)).toMatchObject({ left: false, request: true });
    expect(await shownOf(ana, eve, group.id)).toEqual([0, 0]);
  });
});

const isOf = (by: Caller) => (frame: Frame) => frame["userId"] === by.id;
const isReceiptOf = (by: Caller) => (frame: Frame) => frame.type === "receipt" && isOf(by)(frame);
