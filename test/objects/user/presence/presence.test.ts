/** Who is online, who receives it and when. The test winds the clock. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { timeouts } from "../../../../schema/limits.ts";
import { type ConversationId, deviceId } from "../../../../schema/ids.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { signIn, valueOf } from "../../../rig/objects/accounts.ts";
import { hibernate, type Member, member, poll, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { foundDm, foundGroup } from "../../../rig/objects/people.ts";
import { keptBy, look, loneLive, pass, runAlarm, runDueAlarm, watching } from "../../../rig/objects/presences.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

test("[O1] online from the first frame to 30 s after the last, ping or not, asleep or not; then offline since that frame", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  expect(await look(ana, bo)).toEqual({ userId: bo.id, status: "offline", lastActiveAt: null });
  const socket = await syncOf(bo);
  expect((await look(ana, bo)).status).toBe("online");
  await pass(25_000);
  await socket.pong();
  await hibernate(bo);
  await pass(29_000);
  const before = await look(ana, bo);
  expect(before.status).toBe("online");
  // A frame that the runtime does not answer counts as well, and is remembered through sleep.
  socket.say({ type: "seen", ref: "s" });
  await socket.next((frame) => frame["ref"] === "s");
  await hibernate(bo);
  await pass(29_000);
  expect((await look(ana, bo)).status).toBe("online");
  await pass(2_000);
  const after = await look(ana, bo);
  expect(after.status).toBe("offline");
  expect(after.lastActiveAt).toBeGreaterThan(before.lastActiveAt ?? Infinity);
  expect(now() - (after.lastActiveAt ?? 0)).toBeGreaterThan(30_000);
  // Who is that silent comes back by a new socket only, so that coming back is noticed.
  expect(await socket.closes()).toBe(4408);
});

test("[O1] a closed socket is a silent one: online for 30 s more, also after an eviction", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const socket = await syncOf(bo);
  socket.close();
  await expect.poll(async () => (await keptBy(bo)).alarms).toEqual([]);
  await pass(20_000);
  await evictDurableObject(env.USERS.getByName(bo.id));
  expect((await look(ana, bo)).status).toBe("online");
  await pass(11_000);
  expect((await look(ana, bo)).status).toBe("offline");
});

test("[O1] any device counts, and any socket of it", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const phone = valueOf(await signIn(bo)).device.id;
  const laptop = await syncOf(bo);
  const other = await syncOf(bo, "", deviceId.parse(phone));
  await pass(20_000);
  await other.pong();
  await pass(15_000);
  expect((await look(ana, bo)).status).toBe("online");
  expect(await laptop.closes()).toBe(4408);
  await pass(20_000);
  expect((await look(ana, bo)).status).toBe("offline");
});

test("[O1] a poll counts while it waits and when it ends, also after an eviction", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const { version, epoch } = await (await poll(bo, "")).json<{ version: number; epoch: string }>();
  await pass(29_000);
  await evictDurableObject(env.USERS.getByName(bo.id));
  expect((await look(ana, bo)).status).toBe("online");
  await pass(2_000);
  expect((await look(ana, bo)).status).toBe("offline");
  const waiting = poll(bo, `?since=${version}&epoch=${epoch}&wait=1`);
  await expect.poll(async () => (await look(ana, bo)).status).toBe("online");
  await pass(60_000);
  expect((await look(ana, bo)).status).toBe("online");
  await waiting;
  expect((await look(ana, bo)).status).toBe("online");
  await pass(31_000);
  expect((await look(ana, bo)).status).toBe("offline");
});

/** Opens a live socket as the gateway does. */
async function liveOf(by: Member, id: ConversationId): Promise<TestSocket> {
  expect(await by.calls.admit(by.device, id)).toBe(true);
  return socketOf(conversationStub(env, id), "/live", by.actor);
}

test("[O1] a device with nothing but a live socket is online as long as that is heard, and 30 s after", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const live = await liveOf(bo, id);
  const watch = await watching(ana);
  expect((await watch.say(bo))[0]?.status).toBe("online");
  for (let round = 0; round < 3; round++) {
    await pass(29_000);
    await Promise.all([live.pong(), watch.socket.pong()]);
    await pass(10_000);
    await runDueAlarm(bo);
    await hibernate(bo);
    expect((await look(ana, bo)).status).toBe("online");
  }
  await live.pong();
  live.close();
  await expect.poll(() => loneLive(bo)).toBe(0);
  await Promise.all([hibernate(bo), evictDurableObject(env.CONVERSATIONS.getByName(id))]);
  await pass(29_000);
  await watch.socket.pong();
  await runDueAlarm(bo);
  expect((await look(ana, bo)).status).toBe("online");
  await pass(2_000);
  await runDueAlarm(bo);
  await watch.hears(bo, "offline");
  expect(watch.frames.flat()).toHaveLength(1);
});

test("[O1] a live socket goes on counting when the sync socket beside it is gone, however that went", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const sync = await syncOf(bo);
  const live = await liveOf(bo, id);
  await hibernate(bo);
  const silent = await liveOf(bo, await foundGroup(bo, [ana]));
  sync.close();
  await expect.poll(() => loneLive(bo)).toBe(2);
  for (let round = 0; round < 3; round++) {
    await pass(25_000);
    await live.pong();
    expect((await look(ana, bo)).status).toBe("online");
  }
  // The other one spoke no more, and was closed when it was asked for.
  expect(await silent.closes()).toBe(4408);
  expect(await loneLive(bo)).toBe(1);
  // With a sync socket beside it, nobody asks for it.
  await syncOf(bo);
  expect(await loneLive(bo)).toBe(0);
});

test("[O2] signing out the last device is reported at once, and when the user was last active stays", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const phone = deviceId.parse(valueOf(await signIn(bo)).device.id);
  const [first, second] = [await syncOf(bo), await syncOf(bo, "", phone)];
  const watch = await watching(ana);
  expect(await watch.say(bo)).toMatchObject([{ status: "online" }]);
  valueOf(await bo.calls.signOut(bo.device));
  expect(await first.closes()).toBe(4401);
  expect((await look(ana, bo)).status).toBe("online");
  valueOf(await bo.calls.signOut(phone));
  const told = await watch.hears(bo, "offline");
  expect(now() - (told.lastActiveAt ?? 0)).toBeLessThan(10_000);
  expect(await second.closes()).toBe(4401);
  expect(watch.frames).toHaveLength(1);
  expect(await look(ana, bo)).toEqual(told);
});

test("[O4] a viewer who may not know sees what they would see of nobody, and receives the change at once when that changes", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  await syncOf(bo);
  const watch = await watching(ana);
  await watch.say(bo);
  const isHidden = { userId: bo.id, status: "offline", lastActiveAt: null };
  valueOf(await bo.calls.patchMe({ settings: { presence: "nobody" } }));
  expect(await watch.hears(bo, "offline")).toEqual(isHidden);
  expect(await look(ana, bo)).toEqual(isHidden);
  expect(await look(bo, bo)).toMatchObject({ status: "online" });
  // Nobody may know: then nobody is waited for.
  await expect.poll(async () => (await keptBy(bo)).alarms).toEqual(["watchers"]);

  valueOf(await bo.calls.patchMe({ settings: { presence: "contacts" } }));
  // That Ana has put Bo opens nothing; that Bo has put Ana does.
  valueOf(await ana.calls.putContact(bo.user));
  expect(await look(ana, bo)).toEqual(isHidden);
  valueOf(await bo.calls.putContact(ana.user));
  await watch.hears(bo, "online");
  await bo.calls.deleteContact(ana.id);
  await watch.hears(bo, "offline");
  valueOf(await bo.calls.patchMe({ settings: { presence: "everyone" } }));
  await watch.hears(bo, "online");

  valueOf(await bo.calls.putBlock(ana.user));
  expect(await watch.hears(bo, "offline")).toEqual(isHidden);
  await bo.calls.deleteBlock(ana.id);
  await watch.hears(bo, "online");
  // And the other way round: neither of the two sees the other.
  valueOf(await ana.calls.putBlock(bo.user));
  expect(await watch.hears(bo, "offline")).toEqual(isHidden);
  expect(await look(ana, bo)).toEqual(isHidden);
  await ana.calls.deleteBlock(bo.id);
  await watch.hears(bo, "online");
});

test("[O4] a viewer who may not know receives nothing when something changes, not even that it did", async () => {
  const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
  const watch = await watching(ana);
  await watch.say(bo, cy);
  valueOf(await bo.calls.putBlock(ana.user));
  valueOf(await ana.calls.putBlock(cy.user));
  // Somebody else may know.
  const other = await watching(await member("di"));
  await other.say(bo, cy);
  const [bos, cys] = [await syncOf(bo), await syncOf(cy)];
  await Promise.all([bo, cy].map((one) => other.hears(one, "online")));
  await Promise.all([ana, bo, cy].map((one) => hibernate(one)));
  for (const [of, socket] of [
    [bo, bos],
    [cy, cys],
  ] as const) {
    socket.close();
    await expect.poll(() => keptBy(of)).toMatchObject({ alarms: ["presence", "watchers"] });
  }
  await pass(30_500);
  await Promise.all([watch.socket.pong(), other.socket.pong()]);
  await Promise.all([bo, cy].map((one) => runAlarm(one)));
  await Promise.all([bo, cy].map((one) => runAlarm(one)));
  await pass(7_000);
  await Promise.all([bo, cy].map((one) => runAlarm(one)));
  await Promise.all([bo, cy].map((one) => other.hears(one, "offline")));
  await scheduler.wait(2 * timeouts.presencePaceMs);
  expect(watch.frames).toEqual([]);
});

test("[O4] a user who is silent for a while, and changes what one viewer may know, is offline to the others", async () => {
  const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
  await syncOf(bo);
  const watches = [await watching(ana), await watching(cy)];
  for (const watch of watches) await watch.say(bo);
  await pass(32_000);
  await Promise.all(watches.map((watch) => watch.socket.pong()));
  valueOf(await bo.calls.putBlock(cy.user));
  const [told, hidden] = await Promise.all(watches.map((watch) => watch.hears(bo, "offline")));
  expect(told?.lastActiveAt).toBeGreaterThan(0);
  expect(hidden?.lastActiveAt).toBe(null);
  expect((await keptBy(bo)).alarms).not.toContain("presence");
});

test("[O7] sockets lost in a restart are waited for: a user who comes back in time was never gone, another is reported as offline", async () => {
  const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
  await Promise.all([syncOf(bo), syncOf(cy)]);
  const watch = await watching(ana);
  await watch.say(bo, cy);
  await pass(15_000);
  for (const lost of [bo, cy]) await evictDurableObject(env.USERS.getByName(lost.id), { webSockets: "close" });
  await pass(8_000);
  const back = await syncOf(bo);
  for (const lost of [bo, cy]) expect((await look(ana, lost)).status).toBe("online");
  await pass(14_100);
  await back.pong();
  for (const lost of [bo, cy]) await runDueAlarm(lost);
  await pass(8_000);
  await back.pong();
  for (const lost of [bo, cy]) await runDueAlarm(lost);
  // 30 s after the loss at the latest.
  await watch.hears(cy, "offline");
  expect(watch.frames.flat().map(({ userId }) => userId)).toEqual([cy.id]);
});

test("[O7] a burst of people who drop and come back shows as nothing; all who really go come in few frames", async () => {
  const ana = await member("ana");
  const crowd = await Promise.all(Array.from({ length: 60 }, (_, n) => member(`crowd.${n}`)));
  const sockets = await Promise.all(crowd.map((one) => syncOf(one)));
  const watch = await watching(ana);
  await watch.say(...crowd);
  for (const socket of sockets) socket.close();
  await pass(20_000);
  const again = await Promise.all(crowd.map((one) => syncOf(one)));
  for (const one of crowd) await runDueAlarm(one);
  await scheduler.wait(2 * timeouts.presencePaceMs);
  expect(watch.frames).toEqual([]);
  for (const socket of again) socket.close();
  await pass(30_100);
  const startedAt = Date.now();
  await Promise.all(crowd.map((one) => runAlarm(one)));
  await Promise.all(crowd.map((one) => watch.hears(one, "offline")));
  expect(watch.frames.length).toBeLessThanOrEqual(2 + (Date.now() - startedAt) / timeouts.presencePaceMs);
});
