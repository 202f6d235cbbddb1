/** No statement of a send, a delivery or a read of the newest looks through a table that grows with the conversation. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import { Reader, Transactor } from "../../../../objects/shared/platform/database.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { archiveOf, lowerMarks, readerOf, seal } from "../../../rig/objects/archived.ts";
import { caller } from "../../../rig/objects/door.ts";
import { foundGroup, sendCommand, submit } from "../../../rig/objects/people.ts";

/** All statements that any object runs from now on, without their values. */
function overheard(): Set<string> {
  const statements = new Set<string>();
  type Methods = Record<string, (...values: unknown[]) => unknown>;
  for (const [type, names] of [
    [Reader.prototype as unknown as Methods, ["all", "each"]],
    [Transactor.prototype as unknown as Methods, ["run"]],
  ] as const)
    for (const name of names) {
      const real = type[name];
      const spy = vi.spyOn(type, name);
      spy.mockImplementation(function (this: unknown, ...values: unknown[]) {
        statements.add(String(values[0]));
        return real?.apply(this, values);
      });
      onTestFinished(() => spy.mockRestore());
    }
  return statements;
}

/** Tables with a row for each message, change, segment or conversation. The others are bounded, or have a row for each member of a small group. */
const growing = [
  "messages",
  "texts",
  "changes",
  "sent",
  "sent_record",
  "sent_pages",
  "segments",
  "segment_groups",
  "archive_puts",
  "inbox",
  "inbox_exceptions",
  "mentions",
];

/** The statement of which SQLite says that it goes through a table, row by row. */
function scansIn(sql: SqlStorage, statement: string): string[] {
  const values = Array.from(statement.matchAll(/\?/g), () => null);
  try {
    const plan = sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${statement}`, ...values).toArray();
    return plan
      .map(({ detail }) => /^SCAN (\w+)/.exec(detail)?.[1] ?? "")
      .filter((table) => growing.includes(table) && !statement.endsWith(" LIMIT 1"))
      .map((table) => `${table}: ${statement}`);
  } catch (error) {
    // The table is one of another object.
    if (/no such (table|column)/.test(String(error))) return [];
    throw error;
  }
}

test("[H13] no statement of a send, of its delivery or of a read of the newest goes through a table that grows with the conversation", async () => {
  lowerMarks();
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  for (let from = 0; from < 600; from += 50) {
    const commands = Array.from({ length: 50 }, (_, n) => sendCommand(`text ${from + n}`, `k${from + n}`));
    await conversationStub(env, id).submit(ana.actor, commands);
  }
  await seal(id);
  expect((await archiveOf(id)).through).toBeGreaterThan(400);
  const objects = [env.CONVERSATIONS.getByName(id), env.USERS.getByName(bo.userId)];
  for (const object of objects) await evictDurableObject(object).catch(() => undefined);
  const statements = overheard();
  for (let n = 0; n < 3; n++) await submit(id, ana, sendCommand(`late ${n}`, `late${n}`));
  await readerOf(id).page(bo.userId, { limit: 50 });
  await readerOf(id).changes(bo.userId, { rev: 595, limit: 50 });
  await vi.waitFor(
    () => expect([...statements].some((each) => /^\s*(INSERT INTO|UPDATE) inbox\b/.test(each))).toBe(true),
    {
      timeout: 10_000,
    },
  );
  const scans: string[] = [];
  for (const object of objects)
    await runInDurableObject(object, (_, { storage }) => {
      for (const statement of statements) scans.push(...scansIn(storage.sql, statement));
    });
  expect(scans).toEqual([]);
  // Something that goes through all rows is seen.
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (_, { storage }) =>
    expect(scansIn(storage.sql, "SELECT seq FROM messages WHERE rev = ?").length).toBe(1),
  );
});
