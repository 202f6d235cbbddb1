/** Whom the sockets of a user watch: the answers and frames that they receive, and the leases behind them. The test winds the clock. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { limits, timeouts } from "../../../../schema/limits.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { mintUserId } from "../../../../objects/shared/identity/mint.ts";
import { hibernate, member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { keptBy, pass, runAlarm, runDueAlarm, userObjects, watching } from "../../../rig/objects/presences.ts";

test("[O3] a watch answers what is so now, in its order; unknown ids look like strangers and make no object", async () => {
  const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
  await syncOf(cy);
  const watch = await watching(ana);
  const objects = await userObjects();
  const nobody = { id: "u_made-up" as typeof ana.id };
  expect(await watch.say(cy, nobody, bo, ana, cy)).toEqual([
    { userId: cy.id, status: "online", lastActiveAt: expect.any(Number) },
    { userId: nobody.id, status: "offline", lastActiveAt: null },
    { userId: bo.id, status: "offline", lastActiveAt: null },
    { userId: ana.id, status: "online", lastActiveAt: expect.any(Number) },
  ]);
  expect(await userObjects()).toBe(objects);
  expect(await watch.say()).toEqual([]);
  expect(await watch.say({ id: mintUserId(env.ID_SECRET) })).toMatchObject([{ status: "offline", lastActiveAt: null }]);
});

test("[O3] changes come to each watching socket once; the next set replaces the one before", async () => {
  const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
  const watch = await watching(ana);
  await watch.say(bo);
  await syncOf(bo);
  await watch.hears(bo, "online");
  await watch.say(cy);
  await pass(31_000);
  // Bo falls silent, which nobody looks for any more; Cy comes.
  await runAlarm(bo);
  await syncOf(cy);
  await watch.hears(cy, "online");
  expect(watch.frames.flat().map(({ userId, status }) => [userId, status])).toEqual([
    [bo.id, "online"],
    [cy.id, "online"],
  ]);
});

test("[O3] a silence is reported when the alarm looks, 30 to 45 s after the last frame", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const socket = await syncOf(bo);
  const watch = await watching(ana);
  await watch.say(bo);
  for (let round = 0; round < 3; round++) {
    await pass(timeouts.presenceReviewMs);
    // A last ping comes a moment before the alarm.
    await socket.pong();
    await hibernate(bo);
    expect(await runAlarm(bo)).toBe(true);
  }
  expect(watch.frames).toEqual([]);
  await pass(timeouts.presenceReviewMs);
  expect(await runAlarm(bo)).toBe(true);
  await watch.hears(bo, "offline");
  expect((await keptBy(bo)).alarms).toEqual(["watchers"]);
  expect(timeouts.presenceReviewMs).toBeGreaterThanOrEqual(30_000);
  expect(timeouts.presenceReviewMs).toBeLessThanOrEqual(40_000);
});

test("[O3] a user whose object cannot be reached shows as offline, and is reported when it can", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const theirs = await syncOf(bo);
  const sql = (statement: string) =>
    runInDurableObject(env.USERS.getByName(bo.id), (_, { storage }) => void storage.sql.exec(statement));
  await sql("CREATE TRIGGER away BEFORE INSERT ON watchers BEGIN SELECT RAISE(ABORT, 'away'); END");
  const watch = await watching(ana);
  expect(await watch.say(bo)).toEqual([{ userId: bo.id, status: "offline", lastActiveAt: null }]);
  await pass(timeouts.presenceRetryMs);
  await runDueAlarm(ana);
  await sql("DROP TRIGGER away");
  await pass(timeouts.presenceRetryMaxMs - timeouts.presenceRetryMs);
  await Promise.all([watch.socket.pong(), theirs.pong()]);
  await runDueAlarm(ana);
  await watch.hears(bo, "online");
  expect(watch.frames.flat()).toHaveLength(1);
});

test("[O3] too many are refused, and so is asking for too many in a short time; a live socket watches nobody", async () => {
  const ana = await member("ana");
  const watch = await watching(ana);
  const refused = async (ref: string, userIds: unknown): Promise<unknown> => {
    watch.socket.say({ type: "watch", ref, userIds });
    return watch.socket.next((frame) => frame["ref"] === ref);
  };
  const many = Array.from({ length: limits.watchedUsersMax + 1 }, (_, n) => `u_${n}`);
  expect(await refused("a", many)).toMatchObject({ type: "error", code: "too_large", retry: "never" });
  expect(await refused("b", "u_1")).toMatchObject({ type: "error", code: "bad_request" });
  expect(await refused("c", [""])).toMatchObject({ type: "error", code: "bad_request" });
  expect(await refused("d", many.slice(1))).toMatchObject({ type: "ok" });
});

test("[O5] leases last as long as a socket wants them, renewed before they lapse, and are given back a while after", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const theirs = await syncOf(bo);
  const watch = await watching(ana);
  await watch.say(bo);
  expect((await keptBy(bo)).watchers).toEqual([ana.id]);
  for (let round = 0; round < 3; round++) {
    await pass(timeouts.presenceLeaseMs - timeouts.presenceRenewMs + 1);
    await Promise.all([watch.socket.pong(), theirs.pong()]);
    await hibernate(ana);
    expect(await runAlarm(ana)).toBe(true);
    await runAlarm(bo);
    expect((await keptBy(bo)).watchers).toEqual([ana.id]);
  }
  // Nothing has changed, so nothing was told.
  expect(watch.frames).toEqual([]);
  watch.socket.close();
  await expect.poll(async () => (await keptBy(ana)).watchSets).toBe(0);
  // Who reconnects takes it up again.
  const again = await watching(ana);
  await again.say(bo);
  await pass(timeouts.presenceDropMs + 1);
  await again.socket.pong();
  await runAlarm(ana);
  expect((await keptBy(bo)).watchers).toEqual([ana.id]);
  again.socket.close();
  await expect.poll(async () => (await keptBy(ana)).watchSets).toBe(0);
  await pass(timeouts.presenceDropMs + 1);
  await runAlarm(ana);
  await expect.poll(async () => (await keptBy(bo)).watchers).toEqual([]);
  expect(await keptBy(ana)).toEqual({ watchers: [], watchSets: 0, leases: [], alarms: [] });
});

test("[O5] a watcher that died without a word leaves nothing: its lease lapses, and the one who is watched stops looking", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const theirs = await syncOf(bo);
  const watch = await watching(ana);
  await watch.say(bo);
  await evictDurableObject(env.USERS.getByName(ana.id), { webSockets: "close" });
  await pass(timeouts.presenceLeaseMs + 1);
  await theirs.pong();
  await runAlarm(bo);
  expect(await keptBy(bo)).toMatchObject({ watchers: [], alarms: [] });
  // And on the other side, when it comes to itself.
  await runAlarm(ana);
  await pass(timeouts.presenceDropMs + 1);
  await runAlarm(ana);
  expect(await keptBy(ana)).toMatchObject({ watchSets: 0, leases: [], alarms: [] });
});

test("[O5] an object that receives a report of somebody whom its user does not watch says so, and receives no other", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  await bo.calls.showPresence(ana.id, now() + 60_000);
  expect((await keptBy(bo)).watchers).toEqual([ana.id]);
  await syncOf(bo);
  await expect.poll(async () => await keptBy(bo)).toMatchObject({ watchers: [] });
});
