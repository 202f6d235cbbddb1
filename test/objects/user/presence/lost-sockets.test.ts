/** Sockets that were lost without a close, or look as if they were: the presence that is shown when the object wakes. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { listening } from "../../../../objects/shared/sockets/listening.ts";
import { hibernate, member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { foundDm } from "../../../rig/objects/people.ts";
import { look, pass, runDueAlarm, watching } from "../../../rig/objects/presences.ts";
import { socketOf } from "../../../rig/objects/socket.ts";

test("[O9] hours after they were lost nobody is online, nor was active since", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const socket = await syncOf(bo);
  await hibernate(bo);
  for (let n = 0; n < 4; n++) {
    await pass(20_000);
    await socket.pong();
  }
  await look(ana, bo);
  const lostAt = now();
  await evictDurableObject(env.USERS.getByName(bo.id), { webSockets: "close" });
  await pass(3 * 3_600_000);
  const seen = await look(ana, bo);
  expect(seen.status).toBe("offline");
  expect(seen.lastActiveAt).toBeLessThanOrEqual(lostAt + 45_000);
  // And by a device that comes then they are online at once, and stay as long as it is there.
  await syncOf(bo);
  expect((await look(ana, bo)).status).toBe("online");
});

test("[O9] a watched user whose socket was lost hours ago, while the object slept through its alarm, is reported as offline since then", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  await syncOf(bo);
  const watch = await watching(ana);
  expect(await watch.say(bo)).toMatchObject([{ status: "online" }]);
  const lostAt = now();
  await evictDurableObject(env.USERS.getByName(bo.id), { webSockets: "close" });
  await pass(10 * 60_000);
  await watch.socket.pong();
  await runDueAlarm(bo);
  const told = await watch.hears(bo, "offline");
  expect(told.lastActiveAt).toBeLessThanOrEqual(lostAt + 45_000);
});

/** Silent sockets are listened to as long as it takes a test to speak on them. */
function listenLonger(): void {
  const { ms } = listening;
  listening.ms = 1_000;
  onTestFinished(() => void (listening.ms = ms));
}

test("[O11] a socket that only looks silent, by an old note of the runtime, is not closed, and its user is online as soon as it is heard", async () => {
  listenLonger();
  const [ana, bo] = [await member("ana"), await member("bo")];
  const socket = await syncOf(bo);
  const watch = await watching(ana);
  expect(await watch.say(bo)).toMatchObject([{ status: "online" }]);
  await hibernate(bo);
  await pass(38_000);
  await watch.socket.pong();
  await runDueAlarm(bo);
  await watch.hears(bo, "offline");
  await socket.pong();
  await watch.hears(bo, "online");
  await scheduler.wait(1_500);
  // Not closed, and answered in its sleep again.
  await hibernate(bo);
  await socket.pong();
  await expect(hibernate(bo)).rejects.toThrow();
  expect((await look(ana, bo)).status).toBe("online");
  // One that says nothing then is closed.
  await pass(31_000);
  expect((await look(ana, bo)).status).toBe("offline");
  expect(await socket.closes()).toBe(4408);
});

test("[O11] the same with a live socket, where the device has no other", async () => {
  listenLonger();
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  expect(await bo.calls.admit(bo.device, id)).toBe(true);
  const live = await socketOf(conversationStub(env, id), "/live", bo.actor);
  const watch = await watching(ana);
  expect(await watch.say(bo)).toMatchObject([{ status: "online" }]);
  await pass(38_000);
  await watch.socket.pong();
  await runDueAlarm(bo);
  await watch.hears(bo, "offline");
  await live.pong();
  await watch.hears(bo, "online");
  await pass(31_000);
  expect((await look(ana, bo)).status).toBe("offline");
  expect(await live.closes()).toBe(4408);
});
