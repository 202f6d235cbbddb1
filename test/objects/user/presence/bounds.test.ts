/** How much one user can watch, and be watched: what is bounded, what users beyond the bound see, and whose place is given away first. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Alarms } from "../../../../objects/shared/platform/alarms.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { Database } from "../../../../objects/shared/platform/database.ts";
import type { Env } from "../../../../objects/shared/platform/env.ts";
import { mintUserId } from "../../../../objects/shared/identity/mint.ts";
import { leasesAlarm } from "../../../../objects/user/presence/leases.ts";
import { Watches } from "../../../../objects/user/presence/watches.ts";
import type { AccountSide } from "../../../../objects/user/sides.ts";
import type { SyncSocket, SyncSockets } from "../../../../objects/user/sync-sockets.ts";
import type { UserId } from "../../../../schema/ids.ts";
import { batches, limits, timeouts } from "../../../../schema/limits.ts";
import { valueOf, wind } from "../../../rig/objects/accounts.ts";
import { member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { keptBy, look, watching } from "../../../rig/objects/presences.ts";

const somebodies = (count: number): UserId[] => Array.from({ length: count }, () => mintUserId(env.ID_SECRET));

test("[O10] whatever many sockets watch, a user holds so many leases, one row of bounded size; beyond, people show as offline until there is room", async () => {
  const me = mintUserId(env.ID_SECRET);
  await runInDurableObject(env.USERS.getByName(me), async (_, { storage }) => {
    const db = new Database(storage);
    const alarms = new Alarms(storage, db);
    const leased = new Set<UserId>();
    const seen = (until: number | null) => ({
      status: "online" as const,
      lastActiveAt: now(),
      asOf: now(),
      until: until ?? 0,
    });
    // Everybody is online, and lends to whoever asks.
    const stub = (id: UserId) => ({
      showPresence: async (__: UserId, until: number | null) => {
        leased.add(id);
        return seen(until);
      },
      dropWatch: async () => void leased.delete(id),
    });
    const sockets: SyncSocket[] = Array.from({ length: 6 }, (__, n) => ({
      socket: new WebSocketPair()[0],
      attachment: { v: 1, userId: me, deviceId: `d${n}` as never, openedAt: now(), isAttending: false, badFrames: 0 },
      waiting: [],
    }));
    const watches = new Watches({
      env: { ...env, USERS: { getByName: stub } } as unknown as Env,
      db,
      alarms,
      account: { userId: () => me, isBlocked: () => false } as unknown as AccountSide,
      sockets: {
        entries: () => sockets.values(),
        keep: (entry: SyncSocket, change: object) => Object.assign(entry.attachment, change),
        queue: () => undefined,
      } as unknown as SyncSockets,
      silent: { suspect: () => undefined },
      watchers: { status: () => ({ status: "online", lastActiveAt: now() }) },
    });
    const row = () => db.first<{ leases: string }>("SELECT leases FROM watch_leases")?.leases ?? "";
    const watch = async (n: number, ids: UserId[]) => valueOf(await watches.watch(sockets[n] as SyncSocket, ids));
    const sets = sockets.map(() => somebodies(limits.watchedUsersMax));
    const answers = [];
    for (const [n, ids] of sets.entries()) answers.push(await watch(n, ids));
    const online = answers.map((answer) => answer.filter(({ status }) => status === "online").length);
    expect(online).toEqual([500, 500, 500, 500, 0, 0]);
    expect(leased.size).toBe(batches.leasesMax);
    expect(row().length).toBeLessThan(400_000);
    // Who replaces what they watch gives the old ones up for the new.
    const fresh = somebodies(limits.watchedUsersMax);
    expect((await watch(0, fresh)).every(({ status }) => status === "online")).toBe(true);
    expect(leased.size).toBe(batches.leasesMax);
    // A socket goes: there is room for others, once the alarm has looked.
    watches.socketGone(sockets[1] as SyncSocket);
    wind(timeouts.presenceDropMs + 1_000);
    await watches.alarmHandlers[leasesAlarm]?.({ name: leasesAlarm, dueAt: now(), data: null });
    expect(leased.size).toBe(batches.leasesMax);
    expect([...(sets[4] ?? [])].every((id) => leased.has(id))).toBe(true);
    for (const socket of sockets) watches.socketGone(socket);
    wind(timeouts.presenceDropMs + 1_000);
    await watches.alarmHandlers[leasesAlarm]?.({ name: leasesAlarm, dueAt: now(), data: null });
    expect(leased.size).toBe(0);
    expect([db.all("SELECT * FROM watch_sets"), db.all("SELECT * FROM watch_leases")]).toEqual([[], []]);
  });
});

test("[O10] of those who watch somebody contacts go before strangers, who receive that they watch no more", async () => {
  const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
  await syncOf(bo);
  valueOf(await bo.calls.putContact(cy.user));
  const stranger = await watching(ana);
  expect(await stranger.say(bo)).toMatchObject([{ status: "online" }]);
  // Ana's watch would end first.
  await runInDurableObject(env.USERS.getByName(bo.id), (_, { storage: { sql } }) => {
    sql.exec(
      "INSERT INTO watchers (user_id, until) SELECT value, ? FROM json_each(?)",
      now() + 2 * timeouts.presenceLeaseMs,
      JSON.stringify(somebodies(batches.watchersMax - 1)),
    );
  });
  const another = await member("di");
  expect((await (await watching(another)).say(bo))[0]).toMatchObject({ status: "online" });
  expect((await keptBy(bo)).watchers).not.toContain(another.id);
  expect((await (await watching(cy)).say(bo))[0]).toMatchObject({ status: "online" });
  const { watchers } = await keptBy(bo);
  expect(watchers).toContain(cy.id);
  expect(watchers).not.toContain(ana.id);
  expect(watchers).toHaveLength(batches.watchersMax);
  // Who was put out asks again after a minute, rather than when the lease would have ended.
  const renewAt = async () =>
    runInDurableObject(env.USERS.getByName(ana.id), (_, { storage: { sql } }) => {
      const { leases } = sql.exec<{ leases: string }>("SELECT leases FROM watch_leases").one();
      return (JSON.parse(leases) as [UserId, { renewAt: number }][])[0]?.[1].renewAt ?? 0;
    });
  await expect.poll(renewAt).toBeLessThanOrEqual(now() + timeouts.presenceAskAgainMs);
  expect((await look(ana, bo)).status).toBe("online");
});
