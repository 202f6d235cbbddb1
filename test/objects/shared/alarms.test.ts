/** What named alarms promise: no pending work without a platform alarm, whatever was lost; handlers run side by side; a handler that fails is tried again, after growing waits. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type AlarmHandlers, Alarms } from "../../../objects/shared/platform/alarms.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import { Database } from "../../../objects/shared/platform/database.ts";
import { cost } from "../../../objects/shared/platform/meter.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import { timeouts } from "../../../schema/limits.ts";
import { evict, signUp, wind } from "../../rig/objects/accounts.ts";
import { seeded } from "../../rig/random.ts";

type Rig = {
  db: Database;
  storage: DurableObjectStorage;
  /** The alarms of an object that has just woken. */
  wake: (handlers: AlarmHandlers) => Alarms;
};

async function withAlarms(work: (rig: Rig) => Promise<void>): Promise<void> {
  // So far ahead that the platform fires none of them by itself.
  wind(3_600_000);
  await runInDurableObject(env.USERS.getByName(mintUserId(env.ID_SECRET)), async (_, { storage }) => {
    const db = new Database(storage);
    const wake = (handlers: AlarmHandlers): Alarms => {
      const alarms = new Alarms(storage, db);
      alarms.use(handlers);
      return alarms;
    };
    await work({ db, storage, wake });
  });
}

const asked = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const set = ({ db }: Rig, alarms: Alarms, name: string, dueAt: number): void =>
  db.transact((tx) => alarms.set(tx, name, dueAt));

test("[T1] an object that wakes with pending work and no platform alarm has one again", async () => {
  const ana = await signUp("ana");
  const due = now() + 3_600_000;
  const object = env.USERS.getByName(ana.id);
  await runInDurableObject(object, async (_, { storage }) => {
    storage.sql.exec("INSERT INTO alarms (name, due_at) VALUES ('tasks', ?)", due);
    await storage.deleteAlarm();
  });
  await evict(ana.id);
  await ana.calls.me();
  const armedFor = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm());
  await expect.poll(armedFor).toBe(due);
});

test("[T1] a platform alarm that is lost while the object lives is noticed by the next request, and one that is there costs nothing", async () => {
  await withAlarms(async (rig) => {
    const alarms = rig.wake({ work: () => undefined });
    set(rig, alarms, "work", now() + 60_000);
    await asked();
    const before = { ...cost };
    for (let n = 0; n < 5; n++) alarms.rouse();
    wind(70_000);
    alarms.rouse();
    await asked();
    expect(cost).toEqual(before);
    await rig.storage.deleteAlarm();
    wind(6_000);
    alarms.rouse();
    await asked();
    expect(await rig.storage.getAlarm()).not.toBeNull();
  });
});

test("[T1] whatever is set, cleared, run, rolled back, lost or evicted: pending work has a platform alarm in time", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seeded(seed);
  const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(list: readonly T[]): T => list[int(0, list.length - 1)] ?? (list[0] as T);
  await withAlarms(async (rig) => {
    const handlers = { a: () => undefined, b: () => Promise.reject(new Error("on purpose")) };
    let alarms = rig.wake(handlers);
    for (let step = 0; step < 150; step++) {
      const name = pick(["a", "b", "newer"]);
      const act = pick(["set", "set", "clear", "run", "rollback", "lose", "evict", "pass"] as const);
      const at = now() + int(0, 90_000);
      if (act === "set") set(rig, alarms, name, at);
      else if (act === "clear") rig.db.transact((tx) => alarms.clear(tx, name));
      else if (act === "run") await alarms.run();
      else if (act === "evict") alarms = rig.wake(handlers);
      else if (act === "pass") wind(int(0, 60_000));
      else if (act === "lose") {
        await rig.storage.deleteAlarm();
        alarms = rig.wake(handlers);
      } else {
        expect(() =>
          rig.db.transact((tx) => {
            alarms.set(tx, name, at);
            throw new Error("on purpose");
          }),
        ).toThrow();
      }
      await asked();
      const rows = rig.db.all<{ name: string; due_at: number }>("SELECT name, due_at FROM alarms ORDER BY name");
      const known = rows.filter((row) => row.name !== "newer");
      const platform = await rig.storage.getAlarm();
      const why = `seed ${seed}, step ${step} ${act}`;
      for (const row of rows) expect(alarms.get(row.name)?.dueAt, why).toBe(row.due_at);
      if (rows.length > 0) expect(platform, why).not.toBeNull();
      const earliest = Math.min(...known.map((row) => row.due_at));
      if (known.length > 0) expect(platform, why).toBeLessThanOrEqual(Math.max(earliest, now()));
    }
  });
});

test("[T1] work without a row: its alarm is set once, goes off for whoever wakes, is set again where it was lost or its handler threw", async () => {
  await withAlarms(async (rig) => {
    const rung: boolean[] = [];
    let isBroken = false;
    const wakeRinging = (): Alarms => {
      const alarms = new Alarms(rig.storage, rig.db);
      alarms.use({}, (isOurs) => {
        rung.push(isOurs);
        if (isBroken) throw new Error("on purpose");
      });
      return alarms;
    };
    let alarms = wakeRinging();
    expect(await alarms.look()).toBe(false);
    const before = cost.alarmsSet;
    const at = now() + 5_000;
    for (let n = 0; n < 3; n++) rig.db.transact(() => alarms.ring(at + n));
    expect(cost.alarmsSet - before).toBe(1);
    expect(await rig.storage.getAlarm()).toBe(at);
    // A transaction that is rolled back may have taken the alarm with it: the next one sets it itself.
    expect(() =>
      rig.db.transact(() => {
        alarms.ring(at);
        throw new Error("on purpose");
      }),
    ).toThrow();
    rig.db.transact(() => alarms.ring(at));
    await asked();
    expect(await rig.storage.getAlarm()).toBe(at);
    await rig.storage.deleteAlarm();
    wind(20_000);
    alarms.rouse();
    await asked();
    expect(await rig.storage.getAlarm()).not.toBeNull();
    isBroken = true;
    await alarms.run();
    expect(rung).toEqual([true]);
    expect(await rig.storage.getAlarm()).toBeGreaterThan(now());
    // Another life of the object finds it, or is woken by it.
    alarms = wakeRinging();
    expect(await alarms.look()).toBe(true);
    isBroken = false;
    await alarms.run();
    alarms = wakeRinging();
    await alarms.run();
    expect(rung).toEqual([true, true, false]);
  });
});

test("[T2] what only a newer version knows is kept, and looked at rarely", async () => {
  await withAlarms(async (rig) => {
    const older = rig.wake({ old: () => undefined });
    set(rig, older, "newer", now() - 1);
    for (let n = 0; n < 3; n++) {
      const before = cost.alarmsSet;
      await older.run();
      expect(await rig.storage.getAlarm()).toBeGreaterThan(now() + timeouts.unknownAlarmMs - 1_000);
      expect(cost.alarmsSet - before).toBe(1);
    }
    const ran: string[] = [];
    const newer = rig.wake({
      newer: ({ name }) => {
        ran.push(name);
        rig.db.transact((tx) => newer.clear(tx, name));
      },
    });
    await asked();
    expect(await rig.storage.getAlarm()).toBeLessThanOrEqual(now());
    await newer.run();
    expect(ran).toEqual(["newer"]);
  });
});

test("[T2] handlers run side by side: a slow one delays neither what is due with it nor what becomes due meanwhile", async () => {
  await withAlarms(async (rig) => {
    const ran: string[] = [];
    const done = (name: string): void => {
      ran.push(name);
      rig.db.transact((tx) => alarms.clear(tx, name));
    };
    const alarms = rig.wake({
      slow: async () => {
        await new Promise((resolve) => setTimeout(resolve, 120));
        done("slow");
      },
      quick: () => done("quick"),
      soon: () => done("soon"),
    });
    set(rig, alarms, "slow", now());
    set(rig, alarms, "quick", now());
    set(rig, alarms, "soon", now() + 40);
    await alarms.run();
    expect(ran).toEqual(["quick", "soon", "slow"]);
  });
});

test("[T2] at the platform's last retry but one a new alarm takes the place of the old, which would be dropped", async () => {
  await withAlarms(async (rig) => {
    let runs = 0;
    const alarms = rig.wake({ work: () => void runs++ });
    set(rig, alarms, "work", now() - 1);
    await alarms.run({ retryCount: 4, isRetry: true, scheduledTime: now() });
    expect(runs).toBe(1);
    await alarms.run({ retryCount: 5, isRetry: true, scheduledTime: now() });
    expect(runs).toBe(1);
    const again = await rig.storage.getAlarm();
    expect(again).toBeGreaterThan(now());
    expect(again).toBeLessThanOrEqual(now() + timeouts.alarmRetryMs);
  });
});

test("[T2] a handler that throws is run again after waits that grow, through evictions, and harms no other", async () => {
  await withAlarms(async (rig) => {
    let good = 0;
    const handlers = {
      bad: () => {
        throw new Error("on purpose");
      },
      good: () => {
        good++;
        rig.db.transact((tx) => alarms.clear(tx, "good"));
      },
    };
    let alarms = rig.wake(handlers);
    set(rig, alarms, "bad", now());
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      set(rig, alarms, "good", now());
      await alarms.run();
      const waitMs = (alarms.get("bad")?.dueAt ?? 0) - now();
      waits.push(waitMs);
      wind(waitMs);
      alarms = rig.wake(handlers);
    }
    const longest = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000];
    for (const [n, mostMs] of longest.entries()) {
      expect(waits[n]).toBeLessThanOrEqual(mostMs);
      // A clock that went on by itself meanwhile has taken some of it.
      expect(waits[n]).toBeGreaterThan(mostMs / 2 - 500);
    }
    expect(good).toBe(9);
    // Once it went well the waits begin anew.
    set(rig, alarms, "bad", now());
    await alarms.run();
    expect((alarms.get("bad")?.dueAt ?? 0) - now()).toBeLessThanOrEqual(5_000);
  });
});
