/** The meters of a conversation, whoever floods it: rates of writes and changes, of typing and of receipts. Limits are on here. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CommandAnswer } from "../../../../objects/contract/command.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { Rate } from "../../../../core/meters/token-bucket.ts";
import { now, windClock } from "../../../../objects/shared/platform/clock.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import type { ConversationId, DeviceId } from "../../../../schema/ids.ts";
import { limits, timeouts } from "../../../../schema/limits.ts";
import { rates } from "../../../../schema/rates.ts";
import { member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
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
import { type Frame, socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

beforeAll(() => limitRatesForTest(true));
afterAll(() => limitRatesForTest(undefined));

const live = (id: ConversationId, by: TestPerson, query = "") =>
  socketOf(conversationStub(env, id), `/live${query}`, by.actor);
const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));
const calls = conversationStub;

/** Sends so many at once, from a device of the person. */
function burst(
  id: ConversationId,
  by: TestPerson,
  count: number,
  text = "x",
  device = "one",
): Promise<CommandAnswer[]> {
  const commands = Array.from({ length: count }, (_, i) => sendCommand(text, `${device}-${i}`));
  return calls(env, id).submit({ ...by.actor, deviceId: device as DeviceId }, commands);
}
const okCount = (answers: readonly CommandAnswer[]) => answers.filter((answer) => answer.ok).length;
const codes = (answers: readonly CommandAnswer[]) => [...new Set(answers.map(codeOf))];
/** What a bucket gives at the most since a moment: machines are slow at times. */
const most = ({ perSecond, burst }: Rate, since: number) => burst + (perSecond * (now() - since)) / 1000 + 2;
const of = (socket: TestSocket, type: string): Frame[] => socket.frames.filter((frame) => frame.type === type);
/** Everything said before is answered, and what it caused is told. */
async function told(socket: TestSocket): Promise<void> {
  const ref = crypto.randomUUID();
  socket.say({ type: "seen", ref });
  await socket.next((frame) => frame["ref"] === ref);
}

test("[Q1] devices do not add up beyond what their user may write; elements are answered each, in order", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const since = now();
  const one = await burst(id, ana, rates.writesPerDevice.burst + 50);
  expect(one.map(codeOf).slice(0, rates.writesPerDevice.burst)).toEqual(one.slice(0, -50).map(() => "ok"));
  expect(codes(one.slice(-20))).toEqual(["rate_limited"]);
  let written = okCount(one);
  for (let device = 0; device < 5; device++) written += okCount(await burst(id, ana, 150, "x", `d${device}`));
  expect(written).toBeLessThanOrEqual(most(rates.writesPerUser, since));
  expect(written).toBeGreaterThanOrEqual(rates.writesPerUser.burst);
  const refused = (await burst(id, ana, 300, "x", "last")).at(-1);
  expect(refused).toMatchObject({ ok: false, refusal: { code: "rate_limited" } });
  if (refused?.ok === false) expect(refused.refusal.retryAfterMs).toBeGreaterThan(0);
  // What was acked is answered, whatever the buckets say; so is what is in nobody's way.
  expect(okCount((await burst(id, ana, 1)).slice(0, 1))).toBe(1);
  expect(codeOf(await submit(id, bo, sendCommand("hello", "k")))).toBe("ok");
  windClock(10_000);
  expect(codeOf(await submit(id, ana, sendCommand("one more", "more")))).toBe("ok");
});

test("[S5] [Q1] where one command fails and each is tried alone, the others are charged once", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (_, { storage }) => {
    storage.sql.exec(
      "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.text = 'poison' BEGIN SELECT RAISE(ABORT, 'on purpose'); END",
    );
  });
  const [before, after] = [rates.writesPerDevice.burst - 30, 20];
  const commands = [
    ...Array.from({ length: before }, (_, i) => sendCommand("x", `before-${i}`)),
    sendCommand("poison", "poison"),
    ...Array.from({ length: after }, (_, i) => sendCommand("x", `after-${i}`)),
  ];
  const answers = await calls(env, id).submit(ana.actor, commands);
  expect(answers.map(codeOf)).toEqual(commands.map((_, i) => (i === before ? "internal" : "ok")));
});

test("[Q1] bytes are metered beside elements: large texts stop long before the number of messages does", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const large = "\u{1f600}".repeat(90_000);
  const answers: CommandAnswer[] = [];
  for (let i = 0; i < 20; i++) answers.push(await submit(id, ana, sendCommand(large, `k${i}`)));
  expect(codes(answers)).toEqual(["ok", "rate_limited"]);
  // One may go into debt.
  expect(okCount(answers)).toBeLessThanOrEqual(Math.ceil(rates.bytesPerUser.burst / 360_000) + 4);
  expect(codeOf(await submit(id, ana, sendCommand("small", "small")))).toBe("rate_limited");
  expect(codeOf(await submit(id, bo, sendCommand("small", "small")))).toBe("ok");
});

test("[Q1] a reaction to a long text costs what it makes others get", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "y".repeat(100_000));
  const since = now();
  const rounds = 12;
  for (let i = 0; i < rounds * 2; i++) {
    if (i % 2 === 0) windClock(5_000);
    const react = (n: number) => ({ do: "react" as const, seq: 1, emoji: "👍", isOn: n % 2 === 0 });
    const toggles = Array.from({ length: 100 }, (_, n) => react(n));
    await calls(env, id).submit({ ...bo.actor, deviceId: `d${i % 2}` as DeviceId }, toggles);
  }
  // By their number alone, 40 a second, all of them may.
  const seen = await calls(env, id).view(bo.userId);
  const done = seen.ok ? seen.value.head.rev - 2 : 0;
  const sentBytes = done * limits.textPreviewBytesMax;
  expect(done).toBeGreaterThan(100);
  expect(sentBytes).toBeLessThan(most(rates.bytesPerUser, since) + 10 * rates.bytesPerUser.perSecond);
});

test("[Q2] one member's flood, and several members', leave the others room", async () => {
  const [owner, ...flooders] = ["owner", "a", "b", "c", "d", "e", "f"].map((name) => somebody(name));
  if (owner === undefined) throw new Error("nobody");
  const quiet = somebody("quiet");
  const id = await foundGroup(owner, [...flooders, quiet]);
  const since = now();
  let written = 0;
  for (const flooder of flooders) {
    for (const device of ["1", "2", "3"]) written += okCount(await burst(id, flooder, 140, "x", device));
  }
  expect(written).toBeLessThanOrEqual(most(rates.writesPerConversation, since));
  expect((await burst(id, flooders[5] ?? owner, 300, "x", "9")).at(-1)).toMatchObject({ ok: false });
  expect(okCount(await burst(id, quiet, 50))).toBe(50);
});

test("[Q3] a plain member who flips the title is stopped early, also by one who waits for evictions", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const titles = async (count: number, tag: string): Promise<string[]> => {
    const given: string[] = [];
    for (let i = 0; i < count; i++) given.push(codeOf(await calls(env, id).patch(bo.userId, { title: `${tag} ${i}` })));
    return given;
  };
  const since = now();
  const first = await titles(rates.detailChangesPerUser.burst + 40, "first");
  const changed = first.filter((code) => code === "ok").length;
  expect(changed).toBeGreaterThanOrEqual(rates.detailChangesPerUser.burst);
  expect(changed).toBeLessThanOrEqual(most(rates.detailChangesPerUser, since));
  expect(first.at(-1)).toBe("rate_limited");
  await evict(id);
  const after = (await titles(40, "second")).filter((code) => code === "ok").length;
  expect(changed + after).toBeLessThanOrEqual(most(rates.detailChangesPerUser, since));
  const refused = await calls(env, id).patch(bo.userId, { title: "more" });
  if (refused.ok) throw new Error("not refused");
  expect(refused.refusal.retryAfterMs).toBeGreaterThan(0);
  // What changes nothing costs nothing; others are not shut out; and time heals.
  expect(codeOf(await calls(env, id).patch(bo.userId, {}))).toBe("ok");
  expect(codeOf(await calls(env, id).patch(ana.userId, { title: "ana's", policy: { add: "admin" } }))).toBe("ok");
  windClock(60_000);
  expect(codeOf(await calls(env, id).patch(bo.userId, { title: "later" }))).toBe("ok");
});

test("[Q3] adding, removing, roles and joining are metered; leaving never is refused", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = calls(env, id);
  const given: string[] = [];
  for (let i = 0; i < rates.memberChangesPerUser.burst + 60; i++) {
    given.push(codeOf(await stub.putMember(ana.userId, bo.userId, i % 2 === 0 ? "admin" : "member", null)));
    if (i % 50 === 49) await evict(id);
  }
  given.push(codeOf(await stub.removeMember(ana.userId, bo.userId)));
  expect(given).toContain("rate_limited");
  expect(given.indexOf("rate_limited")).toBeGreaterThanOrEqual(rates.memberChangesPerUser.burst / 2);

  const invited = await stub.createInvite(ana.userId, {});
  if (!invited.ok) throw new Error(invited.refusal.detail);
  const secret = invited.value.code.split(".")[1] ?? "";
  const cy = somebody("cy");
  const joins: string[] = [];
  const sinceJoins = now();
  for (let i = 0; i < rates.joinsPerUser.burst * 2; i++) {
    const joined = codeOf(await stub.acceptInvite(cy.person, secret));
    joins.push(joined);
    if (joined === "ok") expect(codeOf(await stub.removeMember(cy.userId, cy.userId))).toBe("ok");
    if (i % 5 === 4) await evict(id);
  }
  expect(joins.filter((code) => code === "ok").length).toBeLessThanOrEqual(most(rates.joinsPerUser, sinceJoins));
  expect(joins.at(-1)).toBe("rate_limited");
  const invites = [];
  for (let i = 0; i < 90; i++) invites.push(codeOf(await stub.createInvite(ana.userId, {})));
  expect(invites.at(-1)).toBe("rate_limited");
});

test("[Q4] a stranger's thousand typing frames on four sockets reach the other one's sockets a few times, and close none", async () => {
  const [eve, victim] = [await member("eve"), await member("victim")];
  const id = await foundDm(eve, victim);
  const theirs = [await syncOf(victim), await live(id, victim)];
  const sockets = [await live(id, eve), await live(id, eve), await live(id, eve), await syncOf(eve)];
  const framesBefore = cost.socketFramesOut;
  const since = now();
  const tellings = () => 1 + Math.ceil((now() - since) / timeouts.typingPaceMs);
  for (let i = 0; i < 250; i++) {
    for (const socket of sockets) socket.say({ type: "typing", conversationId: id });
  }
  for (const socket of sockets) await told(socket);
  await send(id, eve, "here I am");
  for (const socket of theirs) await socket.next((frame) => JSON.stringify(frame).includes("here I am"));
  for (const socket of theirs) {
    expect(of(socket, "typing").length).toBeGreaterThan(0);
    expect(of(socket, "typing").length).toBeLessThanOrEqual(tellings());
    expect(socket.closed).toBeUndefined();
  }
  expect(cost.socketFramesOut - framesBefore).toBeLessThan(60);
  // By frames with many elements, and by HTTP, it is no more.
  windClock(3_000);
  for (let i = 0; i < 20; i++) sockets[0]?.say(Array.from({ length: 100 }, () => ({ type: "typing", ref: "t" })));
  for (let i = 0; i < 50; i++) expect(codeOf(await submit(id, eve, { do: "typing" }))).toBe("ok");
  await told(sockets[0] ?? theirs[0]!);
  for (const socket of theirs) {
    await told(socket);
    expect(of(socket, "typing").length).toBeLessThanOrEqual(tellings());
  }
  expect(sockets[0]?.frames.filter((frame) => frame["ref"] === "t" && frame.type !== "ok")).toEqual([]);
});

test("[Q4] in a group, however many type, a member who only reads gets few frames of it", async () => {
  const people = Array.from({ length: 30 }, (_, i) => somebody(`p${i}`));
  const [owner, ...others] = people;
  const reader = somebody("reader");
  if (owner === undefined) throw new Error("nobody");
  const id = await foundGroup(owner, [...others, reader]);
  const socket = await live(id, reader);
  const since = now();
  for (let round = 0; round < 20; round++) {
    for (const person of people) await submit(id, person, { do: "typing" });
    windClock(2_600);
  }
  await told(socket);
  const frames = socket.texts.filter((text) => text.includes('"typing"')).length;
  expect(frames).toBeGreaterThan(20);
  expect(frames).toBeLessThanOrEqual(most(rates.signFramesPerConversation, since));
});

test("[Q5] a flood of receipts costs few rows and few frames, loses no watermark, and each is answered", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await calls(env, id).submit(
    ana.actor,
    Array.from({ length: 200 }, (_, i) => sendCommand("m", `k${i}`)),
  );
  windClock(10_000);
  await calls(env, id).submit(
    ana.actor,
    Array.from({ length: 200 }, (_, i) => sendCommand("m", `l${i}`)),
  );
  const [ours, theirs] = [await live(id, ana), await live(id, bo)];
  const rowsBefore = cost.rowsWritten;
  const since = now();
  for (let seq = 1; seq <= 400; seq++) theirs.say({ type: "receipt", ref: `r${seq}`, read: seq });
  for (let seq = 1; seq <= 400; seq++) await theirs.next((frame) => frame["ref"] === `r${seq}` && frame.type === "ok");
  await ours.next((frame) => frame.type === "receipt" && frame["read"] === 400);
  expect(of(ours, "receipt").length).toBeLessThanOrEqual(most(rates.receiptsPerUser, since));
  expect(cost.rowsWritten - rowsBefore).toBeLessThan(100);
  await evict(id);
  const seen = await calls(env, id).view(bo.userId);
  expect(seen).toMatchObject({ ok: true, value: { me: { read: 400 } } });
});

test("[Q5] receipts of many members at once reach who only reads in few frames", async () => {
  const people = Array.from({ length: 20 }, (_, i) => somebody(`p${i}`));
  const [owner, ...others] = people;
  const reader = somebody("reader");
  if (owner === undefined) throw new Error("nobody");
  const id = await foundGroup(owner, [...others, reader]);
  for (let i = 0; i < 5; i++) await send(id, owner, `m${i}`);
  const socket = await live(id, reader);
  const since = now();
  for (let seq = 1; seq <= 5; seq++)
    for (const person of others) await submit(id, person, { do: "receipt", delivered: null, read: seq });
  for (const person of others)
    await socket.next((frame) => frame.type === "receipt" && frame["userId"] === person.userId && frame["read"] === 5);
  const frames = socket.texts.filter((text) => text.includes('"receipt"')).length;
  expect(frames).toBeLessThanOrEqual(most(rates.signFramesPerConversation, since));
});

test("[Q6] what meters refuse never counts as bad frames, and a repeat is answered while the bucket is empty", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const socket = await live(id, ana);
  for (let from = 0; from < 600; from += 100) {
    const ref = (i: number) => `k${from + i}`;
    socket.say(Array.from({ length: 100 }, (_, i) => ({ type: "send", ref: ref(i), clientId: ref(i), text: "x" })));
  }
  socket.say({ type: "send", ref: "again", clientId: "k0", text: "x" });
  expect(await socket.next((frame) => frame["ref"] === "again")).toMatchObject({ type: "ok", seq: 1, duplicate: true });
  const refused = of(socket, "error");
  expect(refused.length).toBeGreaterThan(100);
  expect(new Set(refused.map((frame) => frame["code"]))).toEqual(new Set(["rate_limited"]));
  const answered = socket.frames.filter((frame) => frame["ref"] !== undefined).map((frame) => frame["ref"]);
  expect(answered).toEqual([...Array.from({ length: 600 }, (_, i) => `k${i}`), "again"]);
  expect(socket.closed).toBeUndefined();
});
