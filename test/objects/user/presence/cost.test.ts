/** What presence costs: nothing while nobody looks, and little however many do. It is in a file of its own, because the meter counts everything that runs in the isolate. */
import { expect, test } from "vitest";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { heartbeat, limits } from "../../../../schema/limits.ts";
import { valueOf, wind } from "../../../rig/objects/accounts.ts";
import { hibernate, member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { foundDm, send } from "../../../rig/objects/people.ts";
import { keptBy, look, pass, runDueAlarm, watching } from "../../../rig/objects/presences.ts";

test("[O6] ten minutes online with nobody watching: no alarm, no row, no call, and the object is not even woken", async () => {
  const bo = await member("bo");
  const socket = await syncOf(bo);
  await hibernate(bo);
  const before = { ...cost };
  for (let n = 0; n < 600_000 / heartbeat.intervalMs; n++) {
    wind(heartbeat.intervalMs);
    await socket.pong();
  }
  expect(cost).toEqual(before);
  // It does not run, so there is nothing to evict.
  await expect(hibernate(bo)).rejects.toThrow();
  expect((await look(bo, bo)).status).toBe("online");
});

test("[O6] ten minutes online, watched by many: an alarm every 30 s at the most, however many they are", async () => {
  const [bo, ...watchers] = await Promise.all(["bo", "ana", "cy", "di", "ed"].map((name) => member(name)));
  if (bo === undefined) throw new Error("nobody");
  const socket = await syncOf(bo);
  for (const one of watchers) await (await watching(one)).say(bo);
  const before = { ...cost };
  for (let n = 0; n < 600_000 / heartbeat.intervalMs; n++) {
    await pass(heartbeat.intervalMs);
    await socket.pong();
    await runDueAlarm(bo);
  }
  const runs = cost.alarmsRun - before.alarmsRun;
  expect(runs).toBeGreaterThanOrEqual(10);
  expect(runs).toBeLessThanOrEqual(600 / 30);
  expect(cost.objectCalls - before.objectCalls).toBe(0);
  expect(cost.rowsWritten - before.rowsWritten).toBeLessThanOrEqual(3 * runs);
});

test("[R3] typing is sent with its end, costs calls but no row, and stops where one of the two does not want it", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const [ours, theirs] = [await syncOf(ana), await syncOf(bo)];
  // What founding a chat sets in motion is over.
  await expect.poll(async () => (await keptBy(ana)).alarms.concat((await keptBy(bo)).alarms)).toEqual([]);
  const type = async (): Promise<void> => {
    ours.say({ type: "typing", ref: crypto.randomUUID(), conversationId: id });
    await ours.next(() => ours.frames.at(-1)?.type === "ok");
  };
  const typed = (): number => theirs.frames.filter((frame) => frame.type === "typing").length;
  const before = cost.rowsWritten;
  await type();
  const told = await theirs.next((frame) => frame.type === "typing");
  expect(told).toMatchObject({ conversationId: id, userId: ana.id });
  expect(Number(told["until"]) - now()).toBeLessThanOrEqual(limits.typingMsMax);
  expect(Number(told["until"])).toBeGreaterThan(now());
  expect(cost.rowsWritten).toBe(before);

  valueOf(await bo.calls.patchMe({ settings: { typing: false } }));
  const heard = typed();
  await type();
  await type();
  // A message comes after what was typed before it.
  await send(id, ana, "done");
  await theirs.next((frame) => frame.type === "message");
  expect(typed()).toBe(heard);
});
