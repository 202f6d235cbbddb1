/** A command that throws in its transaction leaves nothing behind. Triggers of the database cause the faults, as a full disk would. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Alarms } from "../../../objects/shared/platform/alarms.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import { Database } from "../../../objects/shared/platform/database.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import type { UserObject } from "../../../objects/user/object.ts";
import { hibernate, type Member, member, syncOf } from "../../rig/objects/inbox/inboxes.ts";
import { keptBy, look, watching } from "../../rig/objects/presences.ts";

/** Runs a command while every write into the table fails; answers whether it threw. */
function failing(who: Member, table: string, command: (object: UserObject) => Promise<unknown>): Promise<boolean> {
  return runInDurableObject(env.USERS.getByName(who.id), async (object: UserObject, { storage: { sql } }) => {
    for (const act of ["INSERT", "UPDATE", "DELETE"])
      sql.exec(`CREATE TRIGGER fault_${act} BEFORE ${act} ON ${table} BEGIN SELECT RAISE(ABORT, 'on purpose'); END`);
    try {
      await command(object);
      return false;
    } catch {
      return true;
    } finally {
      for (const act of ["INSERT", "UPDATE", "DELETE"]) sql.exec(`DROP TRIGGER fault_${act}`);
    }
  });
}

/** All rows of a user's object. */
function stored(who: Member): Promise<string> {
  return runInDurableObject(env.USERS.getByName(who.id), (_, { storage: { sql } }) => {
    const tables = sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name",
    );
    return JSON.stringify(tables.toArray().map(({ name }) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]));
  });
}

test("[T7] a change that is rolled back leaves no row and no memory, and nobody receives it; made again it is whole", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  await syncOf(bo);
  const watch = await watching(ana);
  expect(await watch.say(bo)).toMatchObject([{ status: "online" }]);
  await expect.poll(async () => (await keptBy(bo)).alarms).toEqual(["presence", "watchers"]);
  const commands: ((object: UserObject) => Promise<unknown>)[] = [
    (object) => object.patchMe({ settings: { presence: "nobody" } }),
    (object) => object.patchMe({ name: "Bo the Second" }),
    (object) => object.putContact(ana.user),
    (object) => object.putBlock(ana.user),
  ];
  let faults = 0;
  for (const table of ["alarms", "account", "tasks", "tellings", "blocks", "contacts"]) {
    // A name that went through would be told once more a minute later.
    for (const command of commands.slice(table === "blocks" || table === "contacts" ? 2 : 0)) {
      const before = await stored(bo);
      if (await failing(bo, table, command)) {
        faults++;
        expect(await stored(bo), table).toBe(before);
        expect((await look(ana, bo)).status).toBe("online");
        if (faults % 3 === 0) await hibernate(bo);
        continue;
      }
      // The table has nothing to do with it, so it went through: taken back.
      await bo.calls.patchMe({ name: bo.user.name, settings: { presence: "everyone" } });
      await bo.calls.deleteBlock(ana.id);
      await bo.calls.deleteContact(ana.id);
      await watch.hears(bo, "online");
      await expect.poll(async () => (await keptBy(bo)).alarms).toEqual(["presence", "watchers"]);
    }
  }
  expect(faults).toBeGreaterThanOrEqual(8);
  await bo.calls.putBlock(ana.user);
  await watch.hears(bo, "offline");
});

test("[T7] effects are performed after the commit, in their order; those of what was rolled back are not, and one that throws harms no other", async () => {
  await runInDurableObject(env.USERS.getByName(mintUserId(env.ID_SECRET)), (_, { storage }) => {
    const done: string[] = [];
    const db = new Database<string>(storage, (effect) => {
      if (effect === "faulty") throw new Error("on purpose");
      done.push(effect);
    });
    const alarms = new Alarms(storage, db);
    let reloads = 0;
    db.onRollback(() => reloads++);
    db.transact((tx) => {
      tx.afterCommit("outer");
      expect(() =>
        db.transact((inner) => {
          inner.afterCommit("rolled back");
          alarms.set(inner, "inner", now() + 1e6);
          throw new Error("on purpose");
        }),
      ).toThrow();
      expect(alarms.get("inner")).toBeUndefined();
      db.transact((inner) => inner.afterCommit("faulty"));
      db.transact((inner) => inner.afterCommit("inner"));
      expect(done).toEqual([]);
    });
    expect([done, reloads]).toEqual([["outer", "inner"], 1]);
    expect(() =>
      db.transact((tx) => {
        tx.afterCommit("never");
        alarms.set(tx, "lost", now() + 1e6);
        throw new Error("on purpose");
      }),
    ).toThrow();
    db.transact((tx) => tx.afterCommit("next"));
    expect(done).toEqual(["outer", "inner", "next"]);
    expect(alarms.get("lost")).toBeUndefined();
  });
});
