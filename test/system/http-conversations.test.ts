import { beforeAll, describe, expect, inject, test } from "vitest";
import { conversation as conversationShape } from "../../schema/wire/conversation.ts";
import { summary as summaryShape, syncAnswer } from "../../schema/wire/inbox.ts";
import { ack as ackShape, message as messageShape } from "../../schema/wire/message.ts";
import { changesPage, chainRange, messagesPage } from "../../schema/http/conversation/messages.ts";
import { type HttpPerson, signUp } from "../rig/server/http.ts";
import { HttpSocket, open, upgrade } from "../rig/server/http-socket.ts";

const url = inject("systemUrl");
let [ana, bo, cy]: HttpPerson[] = [];

beforeAll(async () => {
  [ana, bo, cy] = await Promise.all(["ana", "bo", "cy"].map((name) => signUp(url, name)));
}, 120_000);

/** Three people who never block each other, and strangers for all other cases. */
function cast(): [HttpPerson, HttpPerson, HttpPerson] {
  if (ana === undefined || bo === undefined || cy === undefined) throw new Error("nobody signed up");
  return [ana, bo, cy];
}

describe("direct chats", () => {
  test("there is one per pair, whoever asks, also at the same moment", async () => {
    const [one, two] = [await signUp(url), await signUp(url)];
    const asked = await Promise.all([
      one.ask("PUT", `/v1/dms/${two.id}`),
      two.ask("PUT", `/v1/dms/${one.id}`),
      one.ask("PUT", `/v1/dms/${two.id}`),
    ]);
    expect(asked.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 201]);
    expect(new Set(asked.map(({ body }) => body["id"])).size).toBe(1);
    const shown = conversationShape.parse(asked[0]?.body);
    expect(shown).toMatchObject({ kind: "dm", title: null, peer: { id: two.id }, memberCount: 2, me: { read: 0 } });
  });

  test("with oneself is notes to oneself; with nobody is not_found", async () => {
    const [me] = cast();
    const notes = conversationShape.parse(await me.must(201, "PUT", `/v1/dms/${me.id}`));
    expect(notes.memberCount).toBe(1);
    await me.must(404, "PUT", "/v1/dms/u_aaaaaaaaaaaaaaaaaaaaaabbbbbbbb");
    await me.must(404, "PUT", "/v1/dms/somebody");
  });

  test("[G9] a block forbids to open it, to write in it and to add to a group; reading stays", async () => {
    const [one, two] = [await signUp(url), await signUp(url)];
    const id = await one.dm(two);
    await one.send(id, "before");
    await one.must(200, "PUT", `/v1/blocks/${two.id}`);
    for (const person of [one, two]) {
      const other = person === one ? two : one;
      await person.must(403, "PUT", `/v1/dms/${other.id}`);
      await person.must(403, "POST", `/v1/conversations/${id}/messages`, { clientId: "x", text: "after" });
      await person.must(403, "POST", "/v1/conversations", { title: "No", memberIds: [other.id] });
      expect(
        messagesPage.parse(await person.must(200, "GET", `/v1/conversations/${id}/messages`)).messages,
      ).toHaveLength(1);
      const { conversations } = await person.must<{ conversations: unknown[] }>(200, "GET", "/v1/conversations");
      expect(conversations).toHaveLength(1);
    }
    await one.must(204, "DELETE", `/v1/blocks/${two.id}`);
    await two.send(id, "again");
  });

  test("members, title, invites and leaving are forbidden", async () => {
    const [me, peer, third] = cast();
    const { body } = await me.ask<{ id: string }>("PUT", `/v1/dms/${peer.id}`);
    const path = `/v1/conversations/${body.id}`;
    for (const id of [third.id, peer.id, me.id]) await me.must(403, "PUT", `${path}/members/${id}`, {});
    await me.must(403, "DELETE", `${path}/members/${me.id}`);
    await me.must(403, "PATCH", path, { title: "x" });
    await me.must(403, "POST", `${path}/invites`);
  });
});

describe("groups", () => {
  test("fold repeated members, repeat by clientId, and refuse another body under it", async () => {
    const [me, two, three] = cast();
    const draft = {
      title: "Trip",
      memberIds: [two.id, two.id, me.id, three.id],
      clientId: "trip",
      policy: { add: "admin" },
    };
    const made = conversationShape.parse(await me.must(201, "POST", "/v1/conversations", draft));
    expect(made).toMatchObject({
      kind: "group",
      mode: "small",
      memberCount: 3,
      policy: { add: "admin", edit: "member", write: "member", history: "all" },
    });
    const again = { ...draft, memberIds: [three.id, two.id] };
    expect(await me.must(200, "POST", "/v1/conversations", again)).toMatchObject({ id: made.id });
    const other = await me.ask("POST", "/v1/conversations", { ...draft, title: "Other" });
    expect([other.status, other.body["code"]]).toEqual([409, "client_id_reused"]);
    expect(await two.must(200, "GET", `/v1/conversations/${made.id}`)).toMatchObject({ me: { role: "member" } });
  });

  test("a repeat finds the first group, even if it could not be made today", async () => {
    const [one, two] = [await signUp(url), await signUp(url)];
    const draft = { title: "Once", memberIds: [two.id], clientId: "once" };
    const { id } = await one.must(201, "POST", "/v1/conversations", draft);
    await two.must(200, "PUT", `/v1/blocks/${one.id}`);
    expect(await one.must(200, "POST", "/v1/conversations", draft)).toMatchObject({ id });
    await one.must(403, "POST", "/v1/conversations", { ...draft, clientId: "twice" });
  });

  test("[M8] an unknown member makes nothing; more than 100 are too_large for a small group, and more than 1,000 for a call", async () => {
    const [me, two] = cast();
    const before = await me.must<{ conversations: unknown[] }>(200, "GET", "/v1/conversations");
    await me.must(404, "POST", "/v1/conversations", { title: "x", memberIds: [two.id, "u_nobody"] });
    const many = Array.from({ length: 100 }, (_, n) => `u_${n}`);
    await me.must(413, "POST", "/v1/conversations", { title: "x", memberIds: many, mode: "small" });
    await me.must(404, "POST", "/v1/conversations", { title: "x", memberIds: many });
    const tooMany = Array.from({ length: 1_001 }, (_, n) => `u_${n}`);
    await me.must(413, "POST", "/v1/conversations", { title: "x", memberIds: tooMany, mode: "large" });
    const after = await me.must<{ conversations: unknown[] }>(200, "GET", "/v1/conversations");
    expect(after.conversations).toHaveLength(before.conversations.length);
  });

  test("[M18] many are added by one call, all of them or none, with one notice", async () => {
    const [me, two] = cast();
    const late = await Promise.all(Array.from({ length: 3 }, () => signUp(url)));
    const path = `/v1/conversations/${await me.group([two])}`;
    const head = async () => (await me.must<{ head: { rev: number } }>(200, "GET", path)).head.rev;
    const before = await head();
    const ids = late.map(({ id }) => id);
    await me.must(404, "POST", `${path}/members`, { userIds: [...ids, "u_nobody"] });
    await me.must(413, "POST", `${path}/members`, { userIds: Array.from({ length: 1_001 }, (_, n) => `u_${n}`) });
    // More than a small group holds: it would grow.
    await me.must(404, "POST", `${path}/members`, { userIds: Array.from({ length: 99 }, (_, n) => `u_${n}`) });
    expect(await head()).toBe(before);
    const added = await two.must<{ added: string[] }>(200, "POST", `${path}/members`, { userIds: [me.id, ...ids] });
    expect(added.added.toSorted()).toEqual(ids.toSorted());
    expect(await two.must(200, "POST", `${path}/members`, { userIds: ids })).toEqual({ added: [] });
    const changes = changesPage.parse(await me.must(200, "GET", `${path}/changes?rev=${before}`));
    expect(changes.notices).toMatchObject([{ kind: "member_added", by: two.id, count: 3, role: "member" }]);
    expect(changes.rev).toBe(before + 1);
    for (const person of late) {
      const rows = await person.must<{ conversations: { role: string }[] }>(200, "GET", "/v1/conversations");
      expect(rows.conversations).toMatchObject([{ role: "member", left: false }]);
    }
  });

  test("members are added, given roles, listed in pages and removed; a removed one reads nothing", async () => {
    const [me, two] = cast();
    const late = await signUp(url, "late");
    const path = `/v1/conversations/${await me.group([two])}`;
    await me.send(path.split("/")[3] ?? "", "one");
    expect(await two.must(200, "PUT", `${path}/members/${late.id}`)).toMatchObject({ role: "member", read: 1 });
    expect(await me.must(200, "PUT", `${path}/members/${late.id}`, { role: "admin" })).toMatchObject({ role: "admin" });
    const first = await late.must<{ members: unknown[]; cursor: string }>(200, "GET", `${path}/members?limit=2`);
    const rest = await late.must<{ members: unknown[] }>(200, "GET", `${path}/members?limit=2&cursor=${first.cursor}`);
    expect([first.members.length, rest]).toEqual([2, { members: [expect.anything()], cursor: null }]);
    const live = await open(url, `${path}/live`, late.token);
    await live.next((frame) => frame.type === "hello");
    await live.pong();
    await me.must(204, "DELETE", `${path}/members/${late.id}`);
    expect(await live.closes(2_000)).toBe(4403);
    for (const gone of ["", "/messages", "/members", "/changes?rev=0"]) await late.must(404, "GET", path + gone);
    await late.must(404, "POST", `${path}/messages`, { clientId: "x", text: "still here?" });
    expect(await upgrade(url, `${path}/live`, { token: late.token })).toMatchObject({ status: 404 });
    const rows = await late.must<{ conversations: unknown[] }>(200, "GET", "/v1/conversations");
    expect(rows.conversations.map((row) => summaryShape.parse(row))).toMatchObject([{ left: true, unread: 0 }]);
  });

  test("a page of members neither skips nor repeats anybody when somebody leaves between two", async () => {
    const [me, two, three] = cast();
    const gone = await signUp(url, "gone");
    const path = `/v1/conversations/${await me.group([two, three, gone])}/members`;
    type Page = { members: { user: { id: string } }[]; cursor: string | null };
    const first = await me.must<Page>(200, "GET", `${path}?limit=2`);
    const [leaver] = [two, three, gone].filter(({ id }) => first.members.some(({ user }) => user.id === id));
    await leaver?.must(204, "DELETE", `${path}/${leaver.id}`);
    const rest = await me.must<Page>(200, "GET", `${path}?limit=2&cursor=${first.cursor}`);
    const ids = [...first.members, ...rest.members].map(({ user }) => user.id);
    expect(ids.toSorted()).toEqual([me.id, two.id, three.id, gone.id].toSorted());
    expect(rest.cursor).toBeNull();
    for (const cursor of ["1", "x", "1~", "~u", btoa("[1,2]")]) await me.must(400, "GET", `${path}?cursor=${cursor}`);
  });
});

describe("messages", () => {
  test("are sent once, paged, changed, verified and caught up with", async () => {
    const [me, peer] = cast();
    const id = await me.group([peer]);
    const path = `/v1/conversations/${id}`;
    const draft = { clientId: "first", text: "hello 🌍", mentions: [peer.id], unknown: true, __proto__: { x: 1 } };
    const first = ackShape.parse(await me.must(201, "POST", `${path}/messages`, draft));
    expect(first).toMatchObject({ seq: 1, duplicate: false });
    expect(await me.must(200, "POST", `${path}/messages`, draft)).toEqual({ ...first, duplicate: true });
    expect(await me.must(409, "POST", `${path}/messages`, { ...draft, text: "else" })).toMatchObject({
      code: "client_id_reused",
    });
    await peer.send(id, "answer", { replyTo: 1 });
    await me.must(400, "POST", `${path}/messages`, { clientId: "far", text: "x", replyTo: 99 });
    const page = messagesPage.parse(await peer.must(200, "GET", `${path}/messages?after=0&limit=1`));
    expect(page).toMatchObject({
      messages: [{ seq: 1, text: "hello 🌍", mentions: [peer.id] }],
      hasBefore: false,
      hasAfter: true,
    });
    await me.must(400, "GET", `${path}/messages?before=2&after=1`);

    const edited = messageShape.parse(await me.must(200, "PATCH", `${path}/messages/1`, { text: "hi" }));
    expect(edited).toMatchObject({ text: "hi", editedAt: expect.any(Number) });
    await peer.must(403, "PATCH", `${path}/messages/1`, { text: "mine" });
    const reacted = await peer.must(200, "PUT", `${path}/messages/1/reactions/${encodeURIComponent("👍🏽")}`);
    expect(reacted).toMatchObject({ reactions: [{ emoji: "👍🏽", count: 1, userIds: [peer.id] }] });
    for (const emoji of ["#️⃣", "👨‍👩‍👧‍👦", "🇪🇺"]) {
      await me.must(200, "PUT", `${path}/messages/1/reactions/${encodeURIComponent(emoji)}`);
      await me.must(200, "DELETE", `${path}/messages/1/reactions/${encodeURIComponent(emoji)}`);
    }
    await me.must(400, "PUT", `${path}/messages/1/reactions/no`);
    const unsent = await me.must(200, "DELETE", `${path}/messages/1`);
    expect(unsent).toMatchObject({ text: "", mentions: [], reactions: [], unsentAt: expect.any(Number) });
    expect(await me.must(200, "DELETE", `${path}/messages/1`)).toEqual(unsent);
    await me.must(409, "PATCH", `${path}/messages/1`, { text: "back" });
    await me.must(404, "GET", `${path}/messages/99`);

    const changes = changesPage.parse(await peer.must(200, "GET", `${path}/changes?rev=0`));
    expect(changes).toMatchObject({ more: false, rev: changes.head.rev });
    expect(changes.messages.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual([1, 2]);
    await peer.must(409, "GET", `${path}/changes?rev=0&epoch=other`);
    await peer.must(409, "GET", `${path}/changes?rev=999`);
    const chain = chainRange.parse(await peer.must(200, "GET", `${path}/verify?from=1&to=2`));
    expect(chain).toMatchObject({ startHash: "0".repeat(64), items: [{ salt: null }, { salt: expect.any(String) }] });
    await peer.must(400, "GET", `${path}/verify?from=1&to=2000`);
  });

  test("receipts and the inbox: unread is the same by every call, and a receipt clears it", async () => {
    const [me, peer] = [await signUp(url), await signUp(url)];
    const id = await me.dm(peer);
    await me.send(id, "one");
    await me.send(id, "two", { mentions: [peer.id] });
    const row = async () => {
      const { conversations } = await peer.must<{ conversations: unknown[] }>(200, "GET", "/v1/conversations");
      return summaryShape.parse(conversations[0]);
    };
    await expect.poll(async () => (await row()).unread).toBe(2);
    const synced = syncAnswer.parse(await peer.must(200, "GET", "/v1/sync"));
    expect(synced).toMatchObject({
      reset: true,
      more: false,
      conversations: [{ unread: 2, mentionsUnread: 1, lastMessage: { preview: "two" } }],
    });
    const poll = peer.ask<{ conversations: unknown[] }>(
      "GET",
      `/v1/sync?since=${synced.version}&epoch=${synced.epoch}&wait=5`,
    );
    await peer.must(204, "POST", `/v1/conversations/${id}/receipts`, { read: 2 });
    expect((await poll).body.conversations).toMatchObject([{ unread: 0, read: 2 }]);
    await me.must(204, "POST", `/v1/conversations/${id}/typing`);
    await peer.must(400, "POST", `/v1/conversations/${id}/receipts`, {});
    const patched = await peer.must(200, "PATCH", `/v1/conversations/${id}/me`, {
      pinned: true,
      draft: "so",
      mutedUntil: 8_640_000_000_000_000,
    });
    expect(summaryShape.parse(patched)).toMatchObject({ pinned: true, draft: "so", mutedUntil: 8_640_000_000_000_000 });
  });

  test("any receipt, also of delivery alone, clears the mark of unread", async () => {
    const [me, , peer] = cast();
    const { body } = await me.ask<{ id: string }>("PUT", `/v1/dms/${peer.id}`);
    const mark = () => peer.must(200, "PATCH", `/v1/conversations/${body.id}/me`, { markedUnread: true });
    const isMarked = async () =>
      (await peer.must<{ conversations: { markedUnread: boolean }[] }>(200, "GET", "/v1/conversations?limit=1"))
        .conversations[0]?.markedUnread;
    await me.send(body.id, "newest activity, so this row is the first");
    const socket = await open(url, "/v1/sync", peer.token);
    await socket.next((frame) => frame.type === "inbox" && frame["more"] === false);
    for (const say of [
      () => peer.must(204, "POST", `/v1/conversations/${body.id}/receipts`, { delivered: 1 }),
      async () => socket.say({ type: "receipt", conversationId: body.id, delivered: 1 }),
    ]) {
      await mark();
      expect(await isMarked()).toBe(true);
      await say();
      await expect.poll(isMarked).toBe(false);
    }
    socket.close();
  });
});

describe("sockets", () => {
  test("open with the token in the subprotocols or in the header, and answer parley.v1", async () => {
    const [me] = cast();
    const withProtocol = await open(url, "/v1/sync", me.token);
    expect(withProtocol.protocol).toBe("parley.v1");
    const headers = { authorization: `Bearer ${me.token}` };
    const withHeader = await upgrade(url, "/v1/sync", { headers });
    expect(withHeader).toBeInstanceOf(HttpSocket);
    if (withHeader instanceof HttpSocket)
      expect((await withHeader.next((f) => f.type === "hello"))["userId"]).toBe(me.id);
  });

  test("a message reaches sync and live sockets; sends go by either", async () => {
    const [me, peer] = cast();
    const id = await me.group([peer]);
    const sync = await open(url, "/v1/sync", peer.token);
    await sync.next((frame) => frame.type === "inbox" && frame["more"] === false);
    const live = await open(url, `/v1/conversations/${id}/live`, me.token);
    expect(await live.next((frame) => frame.type === "hello")).toMatchObject({ conversationId: id, behind: false });
    live.say({ type: "send", ref: "1", clientId: "by-live", text: "by live" });
    expect(await live.next((frame) => frame["ref"] === "1")).toMatchObject({ type: "ok", seq: 1, duplicate: false });
    const got = await sync.next((frame) => frame.type === "message");
    expect(got["message"]).toMatchObject({ conversationId: id, text: "by live", senderId: me.id });
    sync.say({ type: "send", ref: "2", conversationId: id, clientId: "by-sync", text: "by sync" });
    expect(await sync.next((frame) => frame["ref"] === "2")).toMatchObject({ type: "ok", seq: 2 });
    await live.next((frame) => frame.type === "message" && JSON.stringify(frame).includes("by sync"));
    expect(await sync.pong()).toMatch(/^pong:\d+$/);
    expect(await live.pong()).toMatch(/^pong:\d+$/);
  });

  test("[G10] refusals come before the upgrade", async () => {
    const [me, peer, third] = cast();
    const id = await me.group([peer]);
    const { token } = third;
    const refused = (path: string, how: Parameters<typeof upgrade>[2]) => upgrade(url, path, how);
    expect(await refused("/v1/sync", {})).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    expect(await refused("/v1/sync", { token: "nonsense" })).toMatchObject({ status: 401 });
    expect(await refused("/v1/sync", { protocols: ["parley.v9", `bearer.${token}`] })).toMatchObject({
      status: 400,
      body: { code: "unsupported", status: 400 },
    });
    expect(await refused("/v1/sync?since=-1", { token })).toMatchObject({ status: 400, body: { code: "bad_request" } });
    expect(await refused(`/v1/conversations/${id}/live`, { token })).toMatchObject({
      status: 404,
      body: { code: "not_found" },
    });
    expect(await refused(`/v1/conversations/${id}/live?rev=999`, { token: me.token })).toMatchObject({
      status: 409,
      body: { code: "resync_required", retry: "resync" },
    });
    expect(await refused(`/v1/conversations/${id}/live?epoch=other&rev=0`, { token: me.token })).toMatchObject({
      status: 409,
    });
    expect(await refused("/v1/nothing", { token })).toMatchObject({ status: 404 });
    expect((await me.ask("GET", `/v1/conversations/${id}/live`)).status).toBe(400);
  });
});
