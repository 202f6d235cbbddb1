/** What a user's object promises on its sync sockets, with real conversations behind it. */
import { env } from "cloudflare:workers";
import { listDurableObjectIds } from "cloudflare:test";
import { expect, test } from "vitest";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { limits } from "../../../../schema/limits.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import {
  delivery,
  hibernate,
  member,
  newConversation,
  rowOf,
  syncOf,
  versionsOf,
} from "../../../rig/objects/inbox/inboxes.ts";
import { foundDm, foundGroup, send, submit } from "../../../rig/objects/people.ts";
import { openSocket, TestSocket } from "../../../rig/objects/socket.ts";

test("[I7] a first socket gets hello and a reset; a message sent on it is acked and comes to all devices with their numbers", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const ours = await syncOf(ana);
  const theirs = await syncOf(bo);
  expect(ours.frames[0]).toMatchObject({
    type: "hello",
    userId: ana.id,
    deviceId: ana.device,
    heartbeat: { intervalMs: 5_000, timeoutMs: 30_000 },
  });
  expect(ours.frames[1]).toMatchObject({
    type: "inbox",
    reset: true,
    more: false,
    conversations: [{ conversationId: id, peer: { id: bo.id }, unread: 0 }],
  });

  ours.say({ type: "send", ref: "r", conversationId: id, clientId: "k1", text: "hello" });
  expect(await ours.next((frame) => frame.type === "ok")).toMatchObject({
    ref: "r",
    conversationId: id,
    seq: 1,
    duplicate: false,
  });
  expect(await ours.next((frame) => frame.type === "message")).toMatchObject({
    message: { seq: 1, text: "hello" },
    inbox: { unread: 0 },
  });
  expect(await theirs.next((frame) => frame.type === "message")).toMatchObject({
    inbox: { unread: 1, mentionsUnread: 0 },
  });

  const second = await syncOf(bo);
  theirs.say({ type: "receipt", conversationId: id, read: 1 });
  expect(
    rowOf(
      await second.next((frame) => frame.type === "inbox" && rowOf(frame).unread === 0 && frame["more"] === undefined),
    ),
  ).toMatchObject({ read: 1, unread: 0 });
  expect(await ours.next((frame) => frame.type === "receipt")).toMatchObject({ userId: bo.id, read: 1 });
  const versions = versionsOf(theirs.frames);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  expect(await theirs.pong()).toBe(`pong:${versions.at(-1)}`);
});

test("[I7] a resumed socket gets what changed since and nothing else; from another epoch or from the future it starts anew", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const quiet = await foundGroup(ana, [bo]);
  const busy = await foundDm(ana, bo);
  const first = await syncOf(bo);
  const { version, epoch } = await first.next((frame) => frame.type === "hello");
  first.close();
  await send(busy, ana, "while you were away");
  await submit(busy, ana, { do: "react", seq: 1, emoji: "👍", isOn: true });
  await expect.poll(async () => (await bo.calls.summaries(undefined, 1)).ok).toBe(true);
  const rows = (socket: TestSocket) =>
    socket.frames.filter((frame) => frame.type === "inbox").flatMap((frame) => frame["conversations"]);

  const resumed = await syncOf(bo, `?since=${String(version)}&epoch=${String(epoch)}`);
  expect(resumed.frames[1]).toMatchObject({ reset: false, more: false });
  await resumed.next(() => rows(resumed).some((row) => (row as { head: { rev: number } }).head.rev === 3));
  expect(rows(resumed).map((row) => (row as { conversationId: string }).conversationId)).not.toContain(quiet);

  for (const query of [`?since=${String(version)}&epoch=other`, `?since=9999&epoch=${String(epoch)}`, ""]) {
    const anew = await syncOf(bo, query);
    expect(anew.frames[1]).toMatchObject({ reset: true });
    expect(rows(anew)).toHaveLength(2);
  }
});

test("[I7] a long inbox comes in pages; one that is cut off goes on from any of them", async () => {
  const ana = await member("ana");
  for (let n = 0; n < 230; n++) await ana.calls.deliver(delivery(newConversation(), 1));
  const socket = await syncOf(ana);
  const pages = socket.frames.filter((frame) => frame.type === "inbox");
  expect(pages.map((page) => (page["conversations"] as unknown[]).length)).toEqual([100, 100, 30]);
  expect(pages.map((page) => [page["reset"], page["more"]])).toEqual([
    [true, true],
    [false, true],
    [false, false],
  ]);
  expect(pages[2]?.["version"]).toBe(socket.frames[0]?.["version"]);
  const again = await syncOf(ana, `?since=${String(pages[0]?.["version"])}`);
  expect(again.frames[1]?.["conversations"]).toHaveLength(100);
  expect(again.frames[1]).toMatchObject({ reset: false, more: true });
});

test("[I8] frames go on through hibernation, in order, and the pong speaks for a sleeping object", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const socket = await syncOf(bo);
  await send(id, ana, "one");
  await socket.next((frame) => frame.type === "message");
  await hibernate(bo);
  expect(await socket.pong()).toBe(`pong:${versionsOf(socket.frames).at(-1)}`);
  await send(id, ana, "two");
  await socket.next((frame) => frame.type === "message" && (frame["message"] as { seq: number }).seq === 2);
  await hibernate(bo);
  socket.say({ type: "send", ref: "r", conversationId: id, clientId: "k", text: "three" });
  await socket.next((frame) => frame.type === "ok");
  await socket.next((frame) => frame.type === "message" && (frame["message"] as { seq: number }).seq === 3);
  const versions = versionsOf(socket.frames);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
});

test("[A7] a device that is not signed in gets 401 before the upgrade; when it is signed out its sockets close with 4401", async () => {
  const ana = await member("ana");
  const refused = await openSocket(userStub(env, ana.id), "/sync", {
    ...ana.actor,
    deviceId: "d_unknown" as typeof ana.device,
  });
  if (refused instanceof TestSocket) throw new Error("was let in");
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ code: "unauthenticated", retry: "reauth" });
  const socket = await syncOf(ana);
  await hibernate(ana);
  await ana.calls.signOut(ana.device);
  expect(await socket.closes()).toBe(4401);
});

test("[I12] a device holds five sockets: with the sixth the oldest goes, through hibernation too", async () => {
  const ana = await member("ana");
  const sockets: TestSocket[] = [];
  for (let n = 0; n < limits.syncSocketsPerDeviceMax; n++) {
    wind(1);
    sockets.push(await syncOf(ana));
  }
  await hibernate(ana);
  wind(1);
  const sixth = await syncOf(ana);
  expect(await sockets[0]?.closes()).toBe(4409);
  await ana.calls.deliver(delivery(newConversation(), 1));
  for (const socket of [...sockets.slice(1), sixth]) await socket.next((frame) => frame.type === "message");
});

test("[I13] bad frames are answered and counted over the socket's life; the 21st closes it; good ones among them are obeyed", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const socket = await syncOf(ana);
  const errors = () => socket.frames.filter((frame) => frame.type === "error");
  const bad = [
    "{",
    "[]",
    "[[]]",
    "1",
    '{"type":7}',
    '{"type":"send","ref":"x"}',
    '{"type":"attend","on":"yes"}',
    `{"type":"send","conversationId":"${id}","clientId":"k","text":"\\ud800"}`,
  ];
  for (const text of bad) socket.say(text);
  socket.sayBytes(new Uint8Array([1, 2, 3]));
  await socket.next(() => errors().length === 9);
  expect(errors().every((frame) => frame["code"] === "bad_request")).toBe(true);
  await hibernate(ana);

  // An unknown type may be a newer client's: it is no bad frame.
  for (let n = 0; n < 30; n++) socket.say({ type: "wave", ref: `w${n}` });
  await socket.next((frame) => frame["ref"] === "w29" && frame["code"] === "unsupported");
  socket.say([
    { type: "nonsense", ref: "n" },
    5,
    { type: "send", ref: "good", conversationId: id, clientId: "k1", text: "hi" },
  ]);
  await socket.next((frame) => frame["ref"] === "good" && frame.type === "ok");
  for (let n = 0; n < 10; n++) socket.say("{");
  await socket.next(() => errors().length === 9 + 30 + 2 + 10);
  expect(socket.closed).toBeUndefined();
  socket.say("{");
  expect(await socket.closes()).toBe(4400);
});

test("[I13] a frame that is too large closes the socket; an array of too many is refused", async () => {
  const ana = await member("ana");
  const socket = await syncOf(ana);
  socket.say(Array.from({ length: 101 }, () => ({ type: "seen" })));
  expect(await socket.next((frame) => frame.type === "error")).toMatchObject({ code: "too_large", retry: "never" });
  socket.say("x".repeat(limits.bodyBytesMax + 1));
  expect(await socket.closes()).toBe(4413);
});

test("[I14] a conversation that we never made is not found, and no object comes to be for it", async () => {
  const ana = await member("ana");
  const socket = await syncOf(ana);
  const before = await listDurableObjectIds(env.CONVERSATIONS);
  socket.say({ type: "send", ref: "r", conversationId: "g_made-up", clientId: "k", text: "hi" });
  expect(await socket.next((frame) => frame.type === "error")).toMatchObject({
    ref: "r",
    code: "not_found",
    retry: "never",
  });
  expect(await listDurableObjectIds(env.CONVERSATIONS)).toHaveLength(before.length);
  socket.say({ type: "send", ref: "s", conversationId: newConversation(), clientId: "k", text: "hi" });
  expect(await socket.next((frame) => frame["ref"] === "s")).toMatchObject({ code: "not_found" });
});

test("what needs no conversation is answered here, and only where it has a ref", async () => {
  const ana = await member("ana");
  const socket = await syncOf(ana);
  socket.say([
    { type: "seen" },
    { type: "attend", on: true },
    { type: "seen", ref: "a" },
    { type: "attend", on: false, ref: "b" },
  ]);
  await socket.next((frame) => frame["ref"] === "b");
  expect(socket.frames.slice(2)).toEqual([
    { type: "ok", ref: "a" },
    { type: "ok", ref: "b" },
  ]);
});

test("a burst of many frames keeps its order, and every one is answered", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const [ours, theirs] = [await syncOf(ana), await syncOf(bo)];
  for (let n = 1; n <= 150; n++)
    ours.say({ type: "send", ref: `r${n}`, conversationId: id, clientId: `k${n}`, text: `m${n}` });
  await ours.next((frame) => frame["ref"] === "r150");
  const acks = ours.frames.filter((frame) => frame.type === "ok").map((frame) => [frame["ref"], frame["seq"]]);
  expect(acks).toEqual(Array.from({ length: 150 }, (_, i) => [`r${i + 1}`, i + 1]));
  await theirs.next((frame) => frame.type === "message" && (frame["message"] as { seq: number }).seq === 150);
  const seqs = theirs.frames
    .filter((frame) => frame.type === "message")
    .map((frame) => (frame["message"] as { seq: number }).seq);
  expect(seqs).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
});

test("[I6] an unsent message is not unread; being removed freezes the row, being added again revives it", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundGroup(ana, [bo]);
  const socket = await syncOf(bo);
  await send(id, ana, "one", "k1", { mentions: [bo.id] });
  await send(id, ana, "two", "k2");
  await socket.next((frame) => (frame["inbox"] as { unread: number } | undefined)?.unread === 2);
  await submit(id, ana, { do: "unsend", seq: 1 });
  const row = rowOf(await socket.next((frame) => frame.type === "inbox" && rowOf(frame).head.rev === 4));
  expect(row).toMatchObject({ unread: 1, mentionsUnread: 0, lastMessage: { seq: 2 } });

  await conversationStub(env, id).removeMember(ana.id, bo.id);
  expect(rowOf(await socket.next((frame) => frame.type === "inbox" && rowOf(frame).left))).toMatchObject({
    unread: 0,
    mentionsUnread: 0,
  });
  expect(await bo.calls.patchSummary(id, { pinned: true })).toMatchObject({
    ok: true,
    value: { left: true, pinned: true },
  });
  await send(id, ana, "not for who is away");
  expect(socket.texts.join()).not.toContain("not for who is away");
  await conversationStub(env, id).putMember(ana.id, bo.id, null, bo.person);
  const back = rowOf(await socket.next((frame) => frame.type === "inbox" && rowOf(frame).pinned && !rowOf(frame).left));
  // The group shows its history to whom it adds, so its last message, too.
  expect(back).toMatchObject({ unread: 0, pinned: true, head: { seq: 3 }, lastMessage: { seq: 3 } });
});

test("[I11] the mark of unread goes with a receipt that raises nothing, through any door", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "one");
  await submit(id, bo, { do: "receipt", delivered: null, read: 1 });
  const socket = await syncOf(bo);
  await bo.calls.patchSummary(id, { markedUnread: true });
  await socket.next((frame) => frame.type === "inbox" && rowOf(frame).markedUnread);
  const before = socket.frames.length;
  await submit(id, bo, { do: "receipt", delivered: null, read: 1 });
  await socket.next(
    (frame) => socket.frames.indexOf(frame) >= before && frame.type === "inbox" && !rowOf(frame).markedUnread,
  );
});
