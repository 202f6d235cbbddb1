/** Pictures of people and groups: made of uploads, seen by whoever knows the address, gone when they are replaced. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Me } from "../../../schema/http/account/me.ts";
import type { MessagesPage } from "../../../schema/http/conversation/messages.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { makeApi } from "../../../workers/api/api.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import { ask, type Caller, caller, must } from "../../rig/objects/door.ts";
import { foundDm, foundGroup, settleFanOut } from "../../rig/objects/people.ts";
import {
  evict,
  failAt,
  png,
  received,
  ring,
  rows,
  someBytes,
  stored,
  toldPng as told,
  upload,
} from "../../rig/objects/media/uploads.ts";

const api = makeApi();
const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;
const fetched = async (url: string | null, headers: Record<string, string> = {}): Promise<Response> =>
  await api.fetch(new Request(url ?? "https://parley.test/v1/avatars/none", { headers }), env, context);

test("[U10] a user's picture: seen without a token, its metadata is gone, and it is 404 when it is replaced or the account is erased", async () => {
  const ana = await caller("ana");
  const first = await upload(ana, told, { to: "me", name: "me.png" });
  const me = await must<Me>(200, ana, "PATCH", "/me", { avatar: first.id });
  expect(me.avatarUrl).toMatch(/^https:\/\/parley\.test\/v1\/avatars\/p_[A-Za-z0-9_-]{30}$/);
  await evict(ana.id);
  expect(await must(200, ana, "GET", "/me")).toMatchObject({ avatarUrl: me.avatarUrl });
  expect(await must(200, ana, "GET", `/users/${ana.id}`)).toMatchObject({ avatarUrl: me.avatarUrl });
  // The same again makes nothing new, and changing something else leaves it alone.
  expect(await must(200, ana, "PATCH", "/me", { avatar: first.id, bio: "hello" })).toMatchObject({
    avatarUrl: me.avatarUrl,
  });
  const picture = await fetched(me.avatarUrl);
  expect(picture.status).toBe(200);
  expect(new Uint8Array(await picture.arrayBuffer())).toEqual(png);
  expect(Object.fromEntries(picture.headers)).toMatchObject({
    "content-type": "image/png",
    "content-security-policy": expect.stringContaining("sandbox"),
    "cache-control": expect.stringMatching(/max-age=(?:[1-5]?\d)$/),
  });
  const etag = picture.headers.get("etag") ?? "";
  expect((await fetched(me.avatarUrl, { "if-none-match": etag })).status).toBe(304);

  const second = await upload(ana, png, { to: "me", name: "new.png" });
  const after = await must<Me>(200, ana, "PATCH", "/me", { avatar: second.id });
  expect(after.avatarUrl).not.toBe(me.avatarUrl);
  await ring(ana.id);
  expect((await fetched(me.avatarUrl)).status).toBe(404);
  expect((await fetched(after.avatarUrl)).status).toBe(200);
  expect(await must(200, ana, "PATCH", "/me", { avatar: null })).toMatchObject({ avatarUrl: null });
  await ring(ana.id);
  expect((await fetched(after.avatarUrl)).status).toBe(404);

  const third = await must<Me>(200, ana, "PATCH", "/me", { avatar: second.id });
  const challenge = await ana.calls.challenge(undefined, { deviceId: ana.device });
  if (!challenge.ok) throw new Error("no challenge");
  const erased = await ana.calls.erase(ana.device, {
    attemptId: challenge.value.attemptId,
    hash: Buffer.from("correct horse").toString("hex").padStart(64, "0"),
  });
  expect(erased.ok).toBe(true);
  await ring(ana.id);
  expect((await fetched(third.avatarUrl)).status).toBe(404);
  expect(await stored(`media/${ana.id}/`)).toEqual([]);
});

test("[U10] what is no raster picture of one's own is refused", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const own = async (bytes: Uint8Array<ArrayBuffer>): Promise<number> => {
    const uploadId = await received(ana, bytes, { to: "me" });
    return (await ask(ana, "POST", `/uploads/${uploadId}/complete`, {})).status;
  };
  expect(await own(Uint8Array.from(Buffer.from("<svg/>")))).toBe(400);
  expect(await own(someBytes(100))).toBe(400);
  expect((await ask(ana, "POST", "/me/uploads", { name: "a", type: "", bytes: 5_242_881 })).status).toBe(413);
  const inChat = await upload(ana, png, { to: id });
  const bos = await upload(bo, png, { to: "me" });
  const open = await received(ana, png, { to: "me" });
  const huge = new Uint8Array(png);
  huge.set([0, 1, 0, 0], 16);
  const cut = await upload(ana, png.slice(0, 40), { to: "me" });
  const wide = await upload(ana, huge, { to: "me" });
  for (const avatar of [inChat.id, bos.id, open, cut.id, wide.id, "none", `${ana.id}.${"a".repeat(22)}`])
    expect(await ask(ana, "PATCH", "/me", { avatar }), avatar).toMatchObject({
      status: 400,
      body: { code: "bad_request" },
    });
  expect(await must(200, ana, "GET", "/me")).toMatchObject({ avatarUrl: null });
  for (const path of ["none", "p_" + "a".repeat(30), ana.id])
    expect((await fetched(`https://parley.test/v1/avatars/${path}`)).status).toBe(404);
});

test("[U10] a group's picture needs the right to edit, and is noticed; a direct chat has none", async () => {
  const [ana, bo, eve] = [await caller("ana"), await caller("bo"), await caller("eve")];
  const id = await foundGroup(ana, [bo], { edit: "admin" });
  const [anas, bos] = [await upload(ana, png, { to: "me" }), await upload(bo, png, { to: "me" })];
  expect((await ask(bo, "PATCH", `/conversations/${id}`, { avatar: bos.id })).status).toBe(403);
  expect((await ask(eve, "PATCH", `/conversations/${id}`, { avatar: null })).status).toBe(404);
  const dm = await foundDm(ana, bo);
  expect((await ask(ana, "PATCH", `/conversations/${dm}`, { avatar: anas.id })).status).toBe(403);
  expect(await stored(`pictures/`)).toEqual([]);
  const before = await must<Conversation>(200, ana, "GET", `/conversations/${id}`);
  expect(before.avatarUrl).toBeNull();
  const patched = await must<Conversation>(200, ana, "PATCH", `/conversations/${id}`, {
    avatar: anas.id,
    title: "New",
  });
  expect(patched.avatarUrl).toMatch(/\/v1\/avatars\//);
  expect(patched.head.rev).toBe(before.head.rev + 2);
  await evict(id);
  expect(await must<Conversation>(200, bo, "GET", `/conversations/${id}`)).toMatchObject({
    avatarUrl: patched.avatarUrl,
  });
  const { notices } = await must<MessagesPage>(200, bo, "GET", `/conversations/${id}/messages`);
  expect(notices.at(-1)).toMatchObject({ kind: "avatar_changed", by: ana.id, avatarUrl: patched.avatarUrl });
  expect((await fetched(patched.avatarUrl ?? null)).status).toBe(200);
  await settleFanOut(id);
  const row = async (by: Caller): Promise<unknown> => {
    const { conversations } = await must<{ conversations: Summary[] }>(200, by, "GET", "/conversations");
    return conversations.find(({ conversationId }) => conversationId === id)?.avatarUrl;
  };
  expect(await row(bo)).toBe(patched.avatarUrl);
  await evict(bo.id);
  expect(await row(bo)).toBe(patched.avatarUrl);
  // Who is removed keeps the picture of that time, and does not receive later ones.
  await must(204, ana, "DELETE", `/conversations/${id}/members/${bo.id}`);
  const next = await upload(ana, told, { to: "me" });
  const after = await must<Conversation>(200, ana, "PATCH", `/conversations/${id}`, { avatar: next.id });
  await settleFanOut(id);
  expect(await row(bo)).toBe(patched.avatarUrl);
  expect(await row(ana)).toBe(after.avatarUrl);
  await must(200, ana, "PATCH", `/conversations/${id}`, { avatar: anas.id });
  const before2 = await must<Conversation>(200, ana, "GET", `/conversations/${id}`);
  const same = await must<Conversation>(200, ana, "PATCH", `/conversations/${id}`, { avatar: anas.id });
  expect(same.head.rev).toBe(before2.head.rev);
  await must(200, ana, "PATCH", `/conversations/${id}`, { avatar: null });
  await ring(id);
  expect((await fetched(patched.avatarUrl ?? null)).status).toBe(404);
});

test("[U10] pictures are not counted by where they are asked from, and guesses are", async () => {
  const ana = await caller("ana");
  const { id } = await upload(ana, png, { to: "me" });
  const { avatarUrl } = await must<Me>(200, ana, "PATCH", "/me", { avatar: id });
  const flooded = { PARLEY_RATE_LIMITS: "on", RATE_LIMIT_ADDRESS: { limit: async () => ({ success: false }) } };
  const statusOf = async (url: string): Promise<number> => {
    const request = new Request(url, { headers: { "cf-connecting-ip": "203.0.113.9" } });
    return (await api.fetch(request, { ...env, ...flooded }, context)).status;
  };
  expect(await statusOf(avatarUrl ?? "")).toBe(200);
  expect(await statusOf(`https://parley.test/v1/avatars/p_${"a".repeat(30)}`)).toBe(429);
});

test("[U7] [U10] a picture that was put and that no patch named is deleted", async () => {
  const ana = await caller("ana");
  const { id } = await upload(ana, png, { to: "me" });
  failAt((name) => {
    if (name === "uploads: a picture is put") throw new Error("dies");
  });
  expect((await ask(ana, "PATCH", "/me", { avatar: id })).status).toBe(500);
  const before = await stored("pictures/");
  expect(before.length).toBeGreaterThan(0);
  windClock(uploadBounds.incompleteMs);
  await ring(ana.id);
  windClock(-uploadBounds.incompleteMs);
  expect(await rows(ana.id, "SELECT key FROM media_gone")).toEqual([]);
  expect(await stored("pictures/")).toHaveLength(before.length - 1);
});
