/** Sockets that were lost without a word, as a deploy or a move of the object loses them: what is shown when the object wakes, and what was true. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { now } from "../../objects/shared/clock.ts";
import { hibernate, member, syncOf } from "../rig/inboxes.ts";
import { look, pass, runDueAlarm, watching } from "../rig/presences.ts";

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

test("[O9] who was watched, and lost hours ago while the object slept through its alarm, is told of as offline since then", async () => {
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
