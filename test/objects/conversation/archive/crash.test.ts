/** What a conversation promises about its archive when machines die, hints are lost, work is done twice, and objects in R2 are lost or damaged. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Command } from "../../../../objects/contract/command.ts";
import { faultPoints } from "../../../../objects/shared/archive/fault-points.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ChangesPage, MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { consumeArchive } from "../../../../workers/queues/archive.ts";
import { archiveMarks } from "../../../../objects/conversation/sealing/marks.ts";
import { forgetSegments } from "../../../../workers/archive/read-segment.ts";
import {
  archiveOf,
  lowerMarks,
  noteRows,
  readerOf,
  readUnarchived,
  type Reader,
  seal,
  sql,
} from "../../../rig/objects/archived.ts";
import { codeOf, foundDm, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { seeded } from "../../../rig/random.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);

async function sendAll(id: ConversationId, by: TestPerson, count: number, prefix: string): Promise<void> {
  const commands: Command[] = Array.from({ length: count }, (_, at) =>
    sendCommand(`${prefix} ${at}`, `${prefix}-${at}`),
  );
  for (let from = 0; from < count; from += 100) {
    const answers = await conversationStub(env, id).submit(by.actor, commands.slice(from, from + 100));
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

function failAt(reach: NonNullable<typeof faultPoints.reach>): void {
  faultPoints.reach = reach;
  onTestFinished(() => (faultPoints.reach = undefined));
}

const keysOf = async (id: ConversationId): Promise<string[]> =>
  (await env.ARCHIVE.list({ prefix: `archive/${id}/` })).objects.map(({ key }) => key);

/** Winds on until all that was given up is to be deleted, and deletes it. */
async function collect(id: ConversationId): Promise<void> {
  windClock(4_000_000);
  onTestFinished(() => windClock(-4_000_000));
  await seal(id);
}

const points = [
  "archive: before the put",
  "archive: after the put",
  "archive: before the index",
  "archive: after the index",
  "archive: before it reports",
  "archive: noted",
  "archive: rows out",
  "archive: before the deletion",
  "archive: deleted",
];

const seeds = [1, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)(
  "[P16] [H6] whatever step of archiving dies or is done twice, every message is there once, and nothing stays behind in R2 (seed %i)",
  { timeout: 90_000 },
  async (seed) => {
    lowerMarks();
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const random = seeded(seed);
    const int = (below: number): number => Math.floor(random() * below);
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundDm(ana, bo);
    const died = new Map<string, number>();
    let head = 0;
    let badness = 0.25;
    const edit = async (): Promise<void> => {
      await submit(id, ana, { do: "edit", seq: 1 + int(head), text: `meanwhile ${int(99)}`, mentions: null });
      await noteRows(id);
    };
    failAt((name) => {
      if (random() < badness) {
        died.set(name, (died.get(name) ?? 0) + 1);
        throw new Error(`dies at ${name}`);
      }
      return random() < 0.1 && !name.includes("noted") && !name.includes("rows out") ? edit() : undefined;
    });
    const work = async (): Promise<void> => {
      await noteRows(id);
      await consumeArchive({ conversationId: id }, env).catch(() => undefined);
    };
    while (head < 700) {
      const count = 30 + int(50);
      await sendAll(id, random() < 0.5 ? ana : bo, count, `m${head}`);
      head += count;
      for (let n = int(8); n > 0; n--) {
        const seq = 1 + int(head);
        await submit(
          id,
          random() < 0.5 ? ana : bo,
          random() < 0.6 ? { do: "react", seq, emoji: "👍", isOn: true } : { do: "unsend", seq },
        );
      }
      for (let n = 1 + int(5); n > 0; n--) await (random() < 0.2 ? Promise.all([work(), work()]) : work());
      if (random() < 0.4) await evict(id);
    }
    badness = 0;
    await seal(id);
    await collect(id);
    const { through, objects } = await archiveOf(id);
    expect(through).toBeGreaterThan(300);
    expect(died.size, `seed ${seed}`).toBeGreaterThan(3);
    expect(await keysOf(id), `seed ${seed}`).toHaveLength(objects);
    const asks = (reader: Reader): Promise<string>[] => [
      ...Array.from({ length: Math.ceil(head / 100) }, (_, at) =>
        reader.page(bo.userId, { limit: 100, after: at * 100 }),
      ),
      reader.changes(bo.userId, { rev: 0, limit: 500 }),
      reader.verify(bo.userId, 1, Math.min(head, 1_000)),
    ];
    const expected = await readUnarchived(id, asks);
    const actual = await Promise.all(asks(readerOf(id)));
    for (const [at, text] of actual.entries()) expect(text === expected[at], `seed ${seed}: read ${at}`).toBe(true);
    expect(new Set(points.filter((point) => died.has(point))).size).toBe(died.size);
  },
);

test(
  "[H6] a lost hint is sent again by the alarm, and the queue's consumer does the work",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundDm(ana, bo);
    await sendAll(id, ana, 290, "m");
    expect((await archiveOf(id)).through).toBe(0);
    expect(await sql(id, "SELECT name FROM alarms")).toEqual([{ name: "archive" }]);
    await evict(id);
    archiveMarks.sendsHints = true;
    windClock(61_000);
    onTestFinished(() => windClock(-61_000));
    await runDurableObjectAlarm(objectOf(id));
    await vi.waitFor(async () => expect((await archiveOf(id)).through).toBeGreaterThan(200), {
      timeout: 30_000,
      interval: 200,
    });
    await vi.waitFor(async () => expect(await sql(id, "SELECT name FROM alarms")).toEqual([]), {
      timeout: 10_000,
      interval: 100,
    });
    expect(await sql(id, "SELECT generation FROM archive_puts")).toEqual([]);
  },
);

test("[H6] what was written too late does not count, and is deleted", { timeout: 120_000 }, async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await sendAll(id, ana, 300, "m");
  let isFirst = true;
  failAt(async (name) => {
    if (name !== "archive: after the put" || !isFirst) return;
    isFirst = false;
    // Another consumer is faster.
    await consumeArchive({ conversationId: id }, env);
    await submit(id, ana, { do: "edit", seq: 3, text: "edited since", mentions: null });
  });
  await seal(id);
  expect(await keysOf(id)).toHaveLength((await archiveOf(id)).objects);
  expect(JSON.parse(await readerOf(id).message(bo.userId, 3))).toMatchObject({ text: "edited since" });
});

test(
  "[H7] a segment that is missing or damaged is a hole that the answers name, and that nothing is made up for",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const logged = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundDm(ana, bo);
    await sendAll(id, ana, 300, "m");
    await submit(id, bo, { do: "react", seq: 50, emoji: "👍", isOn: true });
    await seal(id);
    const keys = await keysOf(id);
    const lost = keys.find((key) => key.includes("/1-"));
    const damaged = keys.find((key) => key.includes("/41-"));
    if (lost === undefined || damaged === undefined) throw new Error(`no such segments: ${keys.join(" ")}`);
    await env.ARCHIVE.delete(lost);
    const bytes = new Uint8Array(
      await ((await env.ARCHIVE.get(damaged))?.arrayBuffer() ?? Promise.resolve(new ArrayBuffer(0))),
    );
    bytes.fill(7, 20, 24);
    await env.ARCHIVE.put(damaged, bytes);
    forgetSegments();
    await evict(id);

    const page = JSON.parse(await readerOf(id).page(bo.userId, { limit: 100, after: 0 })) as MessagesPage;
    expect(page).toMatchObject({ missing: [{ from: 1, to: 80 }], hasBefore: false, hasAfter: true });
    expect(page.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => 81 + at));
    expect(await readerOf(id).message(bo.userId, 7)).toBe("unavailable");
    expect(await readerOf(id).verify(bo.userId, 60, 120)).toBe("unavailable");
    expect(JSON.parse(await readerOf(id).verify(bo.userId, 90, 120))).toMatchObject({ from: 90, to: 120 });
    const changes = JSON.parse(await readerOf(id).changes(bo.userId, { rev: 0, limit: 500 })) as ChangesPage;
    expect(changes.missing).toEqual([{ from: 1, to: 80 }]);
    expect(changes.messages).toHaveLength(220);
    // What needs the lost messages is refused for now, and stores nothing; everything else goes on.
    expect(codeOf(await submit(id, ana, { do: "edit", seq: 7, text: "new", mentions: null }))).toBe("unavailable");
    expect(codeOf(await submit(id, ana, sendCommand("m 7", "m-7")))).toBe("unavailable");
    expect(codeOf(await submit(id, ana, sendCommand("new", "new")))).toBe("ok");
    expect(codeOf(await submit(id, ana, { do: "edit", seq: 90, text: "new", mentions: null }))).toBe("ok");
    const said = logged.mock.calls.flat().join("\n");
    expect(said).toContain("missing");
    expect(said).toContain("damaged");
    expect(said).not.toContain("m 7");
  },
);

test(
  "[H7] a segment that cannot be written anew keeps nothing else from being archived",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundDm(ana, bo);
    await sendAll(id, ana, 300, "m");
    await seal(id);
    // The message has its row again, then its segment is lost, then it is unsent: the segment is to be written anew.
    await submit(id, bo, { do: "react", seq: 7, emoji: "👍", isOn: true });
    await submit(id, bo, { do: "react", seq: 50, emoji: "👍", isOn: true });
    const lost = (await keysOf(id)).find((key) => key.includes("/1-"));
    await env.ARCHIVE.delete(lost ?? "");
    await submit(id, ana, { do: "unsend", seq: 7 });
    await submit(id, ana, { do: "unsend", seq: 50 });
    const { through, segments } = await archiveOf(id);
    await sendAll(id, bo, 215, "n");
    await seal(id);
    expect((await archiveOf(id)).through).toBeGreaterThan(through + 150);
    expect((await archiveOf(id)).segments).toBeGreaterThan(segments);
    expect(await sql(id, "SELECT seq FROM messages WHERE seq IN (7, 50)")).toEqual([{ seq: 7 }]);
    expect(await sql(id, "SELECT first_seq FROM segments WHERE is_due = 1")).toEqual([]);
    await collect(id);
    expect(await sql(id, "SELECT name FROM alarms")).toEqual([]);
  },
);
