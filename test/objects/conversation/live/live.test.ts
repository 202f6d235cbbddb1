/** What a conversation promises on its live sockets. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId, DeviceId } from "../../../../schema/ids.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  sendCommand,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";
import { openSocket, socketOf, TestSocket } from "../../../rig/objects/socket.ts";

const live = (id: ConversationId, by: TestPerson, query = "") =>
  socketOf(conversationStub(env, id), `/live${query}`, by.actor);
const hibernate = (id: ConversationId) =>
  evictDurableObject(env.CONVERSATIONS.getByName(id), { webSockets: "hibernate" });

test("[L1] a live socket says hello, acks, and brings every message in order of rev, through hibernation", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const [ours, theirs] = [await live(id, ana), await live(id, bo)];
  expect(await ours.next((frame) => frame.type === "hello")).toMatchObject({
    conversationId: id,
    head: { seq: 0, rev: 1 },
    behind: false,
  });
  expect(await ours.pong()).toBe("pong:1");
  ours.say({ type: "send", ref: "r1", clientId: "k1", text: "hello" });
  expect(await ours.next((frame) => frame.type === "ok")).toMatchObject({
    ref: "r1",
    seq: 1,
    rev: 2,
    duplicate: false,
  });
  await hibernate(id);
  expect(await theirs.pong()).toBe("pong:2");
  ours.say([
    { type: "send", ref: "r2", clientId: "k2", text: "two" },
    { type: "react", ref: "r3", seq: 1, emoji: "👍", on: true },
  ]);
  expect(await ours.next((frame) => frame["ref"] === "r3")).toMatchObject({ type: "ok", rev: 4 });
  await theirs.next((frame) => frame.type === "change");
  const revs = theirs.frames
    .filter((frame) => frame.type === "message" || frame.type === "change")
    .map((frame) => frame["rev"] ?? (frame["message"] as { rev: number }).rev);
  expect(revs).toEqual([2, 3, 4]);
});

test("[L2] from an older rev it is brought up to date; from too far back its hello says so; another life is refused", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "one");
  await send(id, ana, "two");
  await submit(id, ana, { do: "edit", seq: 1, text: "uno", mentions: null });
  const socket = await live(id, bo, "?rev=1");
  await socket.next((frame) => frame.type === "change" && frame["rev"] === 4);
  expect(socket.frames.map((frame) => frame.type)).toEqual(["hello", "message", "change"]);
  expect(socket.frames[2]).toMatchObject({ messages: [{ seq: 1, text: "uno" }] });
  // There was no socket when the messages came.
  expect(await socket.pong()).toBe("pong:4");
  await conversationStub(env, id).submit(
    ana.actor,
    Array.from({ length: 500 }, (_, i) => sendCommand(`m${i}`, `k${i}`)),
  );
  expect(await (await live(id, bo, "?rev=3")).next((frame) => frame.type === "hello")).toMatchObject({ behind: true });
  expect((await (await live(id, bo, "?rev=4")).next((frame) => frame.type === "hello"))["behind"]).toBe(false);
  const refusals = await Promise.all(
    ["?rev=505", "?rev=1&epoch=other", "?rev=x"].map((query) =>
      openSocket(conversationStub(env, id), `/live${query}`, bo.actor),
    ),
  );
  expect(refusals.map((refusal) => (refusal instanceof TestSocket ? 101 : refusal.status))).toEqual([409, 409, 400]);
  const stranger = await openSocket(conversationStub(env, id), "/live", somebody("eve").actor);
  expect(stranger instanceof TestSocket ? 101 : stranger.status).toBe(404);
});

test("[L3] bad frames get an error each and change nothing; the 21st closes with 4400", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const socket = await live(id, ana);
  const bad = [
    "",
    "{",
    "[]",
    "[[]]",
    "null",
    '"x"',
    "1",
    '{"type":1}',
    '{"type":"send"}',
    '{"type":"send","clientId":"k","text":""}',
    '{"type":"send","clientId":"!","text":"x"}',
    `${"[".repeat(20)}${"]".repeat(20)}`,
  ];
  for (const frame of bad) socket.say(frame);
  socket.sayBytes(new Uint8Array([1, 2, 3]));
  socket.say({ type: "send", ref: "r1", clientId: "k", text: "x", conversationId: "elsewhere" });
  await socket.next((frame) => frame["ref"] === "r1");
  expect(socket.frames.slice(1).map((frame) => frame["code"])).toEqual([...bad, 0, 0].map(() => "bad_request"));
  socket.say({ type: "unheard", ref: "r2" });
  expect(await socket.next((frame) => frame["ref"] === "r2")).toMatchObject({ code: "unsupported", retry: "never" });
  socket.say([
    { type: "send", ref: "r3", text: "x" },
    { type: "send", ref: "r4", clientId: "k", text: "good" },
  ]);
  expect(await socket.next((frame) => frame["ref"] === "r4")).toMatchObject({ type: "ok", seq: 1 });
  await hibernate(id);
  for (let i = 0; i < 6; i++) socket.say("{");
  expect(await socket.closes()).toBe(4400);
});

test("[L4] a removed member loses the socket at once with 4403; a revoked device with 4401, also while it is upgrading", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  const stub = conversationStub(env, id);
  const [first, second] = [await live(id, bo), await live(id, cy)];
  await hibernate(id);
  await stub.removeMember(ana.userId, bo.userId);
  expect(await first.closes()).toBe(4403);
  await send(id, ana, "after");
  expect(JSON.stringify(first.frames)).not.toContain("after");
  await stub.deviceRevoked(cy.userId, cy.actor.deviceId);
  expect(await second.closes()).toBe(4401);
  const late = await openSocket(stub, "/live", cy.actor);
  expect(late instanceof TestSocket ? 101 : late.status).toBe(401);
});

test("[L5] receipts and typing go to those who may see them, and a sixth socket of a device closes the first", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo", { showsTyping: false })];
  const id = await foundGroup(ana, [bo]);
  const sockets = [];
  for (let i = 0; i < 6; i++) sockets.push(await live(id, ana));
  expect(await sockets[0]?.closes()).toBe(4409);
  const theirs = await live(id, bo);
  await send(id, ana, "hi");
  theirs.say({ type: "receipt", read: 1 });
  expect(await sockets[5]?.next((frame) => frame.type === "receipt")).toMatchObject({
    userId: bo.userId,
    delivered: 1,
    read: 1,
  });
  theirs.say({ type: "typing", ref: "t" });
  await theirs.next((frame) => frame["ref"] === "t");
  sockets[5]?.say({ type: "typing", ref: "t" });
  await sockets[5]?.next((frame) => frame["ref"] === "t");
  expect([...theirs.frames, ...(sockets[5]?.frames ?? [])].filter((frame) => frame.type === "typing")).toEqual([]);
});

test("[L6] a change of a message from before somebody joined is not theirs where the policy says so", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [], { history: "joined" });
  await send(id, ana, "old");
  expect(codeOf(await conversationStub(env, id).putMember(ana.userId, bo.userId, null, bo.person))).toBe("ok");
  const [ours, theirs] = [await live(id, ana), await live(id, bo, "?rev=0")];
  await submit(id, ana, { do: "edit", seq: 1, text: "secret of old", mentions: null });
  await send(id, ana, "new");
  await Promise.all(
    [ours, theirs].map((socket) =>
      socket.next((frame) => frame.type === "message" && JSON.stringify(frame).includes("new")),
    ),
  );
  expect(JSON.stringify(ours.frames)).toContain("secret of old");
  expect(JSON.stringify(theirs.frames)).not.toContain("secret of old");
  expect(JSON.stringify((await live(id, bo, "?rev=0")).frames)).not.toContain("secret of old");
});

test("[L13] no socket is the last to receive a message each time, however sockets come and go", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const sockets = [await live(id, bo), await live(id, bo), await live(id, bo)];
  const last: number[] = [];
  const left = new Map<string, number>();
  for (const [at, socket] of sockets.entries()) {
    socket.onFrame = (frame) => {
      if (frame.type !== "message") return;
      const { clientId } = frame["message"] as { clientId: string };
      left.set(clientId, (left.get(clientId) ?? sockets.length) - 1);
      if (left.get(clientId) === 0) last.push(at);
    };
  }
  const sendSome = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const { clientId } = await sent(`m${n}`);
      await Promise.all(sockets.map((socket) => socket.next((frame) => JSON.stringify(frame).includes(clientId))));
    }
  };
  const sent = async (text: string) => {
    const clientId = crypto.randomUUID();
    await send(id, ana, text, clientId);
    return { clientId };
  };
  await sendSome(6);
  expect(new Set(last)).toEqual(new Set([0, 1, 2]));
  sockets.pop()?.close();
  const [first] = sockets;
  await first?.pong();
  last.length = 0;
  await sendSome(4);
  expect(new Set(last)).toEqual(new Set([0, 1]));
  expect([...left.values()].every((count) => count === 0)).toBe(true);
});

test("[L14] hundreds of sockets receive everything in order, the senders' acks first, and no answer to a ping is ahead of it", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const devices = Array.from({ length: 120 }, () => ({ ...bo.actor, deviceId: crypto.randomUUID() as DeviceId }));
  const sockets: TestSocket[] = [];
  for (const device of devices) {
    const opened = Array.from({ length: 5 }, () => socketOf(conversationStub(env, id), "/live", device));
    sockets.push(...(await Promise.all(opened)));
  }
  const ours = await live(id, ana);
  const received = () => sockets.filter(({ frames }) => frames.some(({ type }) => type === "message")).length;
  let atAck = 0;
  ours.onFrame = ({ type }) => {
    if (type !== "ok") return;
    atAck ||= received();
    // The answer says that a reader has everything up to a rev.
    for (const socket of sockets) socket.say("ping");
  };
  ours.say({ type: "send", ref: "r0", clientId: "k0", text: "0" });
  await ours.next((frame) => frame["ref"] === "r0");
  expect(atAck).toBeLessThan(sockets.length / 2);
  for (let n = 1; n < 6; n++) {
    const bys = n % 2 === 0 ? ours : sockets[n * 90];
    bys?.say({ type: "send", ref: `r${n}`, clientId: `k${n}`, text: `${n}` });
    if (n === 3) await ours.next((frame) => JSON.stringify(frame).includes('"k3"'));
  }
  await Promise.all(sockets.map((socket) => socket.next((frame) => JSON.stringify(frame).includes('"k5"'))));
  for (const { frames, texts } of [ours, ...sockets]) {
    const early = texts.findIndex((text, at) => {
      const rev = /^pong:(\d+)$/.exec(text)?.[1];
      return rev !== undefined && rev !== "1" && !texts.slice(0, at).some((before) => before.includes(`"rev":${rev},`));
    });
    expect(early).toBe(-1);
    const revs = frames
      .filter(({ type }) => type === "message" || type === "change")
      .map((frame) => frame["rev"] ?? (frame["message"] as { rev: number }).rev);
    expect(revs).toEqual(Array.from({ length: 6 }, (_, n) => n + 2));
  }
});
