/** The frames of one user are metered over all their sync sockets together: elements, frames, bytes, watches. Limits are on here. */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import { rates } from "../../../../schema/rates.ts";
import { member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { codeOf, foundDm, sendCommand } from "../../../rig/objects/people.ts";
import type { TestSocket } from "../../../rig/objects/socket.ts";

beforeAll(() => limitRatesForTest(true));
afterAll(() => limitRatesForTest(undefined));

const codesOf = (socket: TestSocket) => new Set(socket.frames.flatMap((frame) => frame["code"] ?? []));
async function told(socket: TestSocket): Promise<void> {
  const ref = crypto.randomUUID();
  socket.say({ type: "seen", ref });
  await socket.next((frame) => frame["ref"] === ref);
}

test("[Q1] elements are metered over all sockets of a user; receipts beyond it keep their watermark", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const sends = Array.from({ length: 50 }, (_, i) => sendCommand("x", `k${i}`));
  await conversationStub(env, id).submit(bo.actor, sends);
  const sockets = [await syncOf(ana), await syncOf(ana), await syncOf(ana)];
  const callsBefore = cost.objectCalls;
  const react = (i: number) => ({
    type: "react",
    ref: `r${i}`,
    conversationId: id,
    seq: 1,
    emoji: "👍",
    on: i % 2 === 0,
  });
  const frame = Array.from({ length: 100 }, (_, i) => react(i));
  for (let n = 0; n < 15; n++) for (const socket of sockets) socket.say(frame);
  const [first] = sockets;
  if (first === undefined) throw new Error("no socket");
  first.say({ type: "receipt", ref: "read", conversationId: id, read: 50 });
  expect(await first.next((answer) => answer["ref"] === "read")).toMatchObject({ type: "ok" });
  for (const socket of sockets) await told(socket);
  expect(new Set(sockets.flatMap((socket) => [...codesOf(socket)]))).toEqual(new Set(["rate_limited"]));
  expect(sockets.map((socket) => socket.closed)).toEqual([undefined, undefined, undefined]);
  expect(cost.objectCalls - callsBefore).toBeLessThan(400);
  expect(await conversationStub(env, id).view(ana.id)).toMatchObject({ ok: true, value: { me: { read: 50 } } });
});

test("[Q1] bytes are counted before they are parsed: beyond them the socket closes", async () => {
  const ana = await member("ana");
  const socket = await syncOf(ana);
  const frame = JSON.stringify({ type: "seen", nothing: "x".repeat(1_000_000) });
  const most = Math.ceil(rates.frameBytesPerUser.burst / frame.length);
  for (let n = 0; n < most + 60; n++) socket.say(frame);
  expect(await socket.closes()).toBe(4429);
});

test("[Q6] watches are metered by user: each writes a row", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const sockets = [await syncOf(ana), await syncOf(ana)];
  const rowsBefore = cost.rowsWritten;
  for (let n = 0; n < 100; n++)
    for (const socket of sockets) socket.say({ type: "watch", ref: `w${n}`, userIds: [bo.id] });
  for (const socket of sockets) await socket.next((frame) => frame["ref"] === "w99");
  for (const socket of sockets) expect(codesOf(socket)).toEqual(new Set(["rate_limited"]));
  expect(cost.rowsWritten - rowsBefore).toBeLessThan(rates.watchesPerUser.burst * 3);
  windClock(2_000);
  sockets[0]?.say({ type: "watch", ref: "later", userIds: [] });
  expect(await sockets[0]?.next((frame) => frame["ref"] === "later")).toMatchObject({ type: "ok" });
});

test("[Q6] changes of inbox rows are metered by user: each writes a row and goes to all devices", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const socket = await syncOf(ana);
  const codes: string[] = [];
  for (let n = 0; n < 200; n++)
    codes.push(codeOf(await userStub(env, ana.id).patchSummary(id, { draft: `draft ${n}` })));
  expect(codes[0]).toBe("ok");
  expect(codes.filter((code) => code === "rate_limited").length).toBeGreaterThan(50);
  expect(new Set(codes)).toEqual(new Set(["ok", "rate_limited"]));
  windClock(1_000);
  expect(codeOf(await userStub(env, ana.id).patchSummary(id, { draft: "the last" }))).toBe("ok");
  expect(socket.closed).toBeUndefined();
});

test("[Q1] elements weigh: a socket that asks for nothing, a hundred times a frame, closes; at a usual pace it does not", async () => {
  const ana = await member("ana");
  const frame = Array.from({ length: 100 }, () => ({ type: "seen", ref: "s" }));
  const usual = await syncOf(ana);
  for (let n = 0; n < 20; n++) usual.say(frame);
  await told(usual);
  expect(usual.closed).toBeUndefined();
  const flood = await syncOf(ana);
  for (let n = 0; n < 400; n++) flood.say(frame);
  expect(await flood.closes()).toBe(4429);
  expect(flood.frames.length).toBeLessThan(30_000);
});
