/** What a conversation promises about its archive while a member's inbox fails: it does not fill, it goes on soon after, and that inbox misses nothing. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { archiveMarks } from "../../../../objects/conversation/sealing/marks.ts";
import { faultPoints } from "../../../../objects/shared/archive/fault-points.ts";
import type { Command } from "../../../../objects/contract/command.ts";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { archive } from "../../../../schema/archive-limits.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { consumeArchive } from "../../../../workers/queues/archive.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { archiveOf, lowerMarks, seal, sql } from "../../../rig/objects/archived.ts";
import { messages, TestImport } from "../../../rig/objects/importing.ts";
import {
  foundGroup,
  sendCommand,
  settleFanOut,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);
beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));

async function submitAll(id: ConversationId, by: TestPerson, commands: readonly Command[]): Promise<void> {
  for (let from = 0; from < commands.length; from += 100) {
    const answers = await conversationStub(env, id).submit(by.actor, commands.slice(from, from + 100));
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

function sendAll(id: ConversationId, by: TestPerson, count: number, prefix: string): Promise<void> {
  const commands = Array.from({ length: count }, (_, at) => sendCommand(`${prefix} ${at}`, `${prefix}-${at}`));
  return submitAll(id, by, commands);
}

/** The rows of the member's inbox cannot be written: those that are new, or those that are there. */
async function sqlAt(member: TestPerson, statement: string): Promise<void> {
  await runInDurableObject(
    env.USERS.getByName(member.userId),
    (_object, state) => void state.storage.sql.exec(statement),
  );
}
const stuck = (at: "INSERT" | "UPDATE") =>
  `CREATE TRIGGER stuck_${at} BEFORE ${at} ON inbox BEGIN SELECT RAISE(ABORT, 'stuck'); END`;

async function rowOf(of: TestPerson): Promise<Summary | undefined> {
  const listed = await userStub(env, of.userId).summaries(undefined, 10);
  return listed.ok ? listed.value.conversations[0] : undefined;
}

test(
  "[H9] an inbox that fails does not fill the conversation, and gets what it lacks from the archive when it is well",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
    const id = await foundGroup(ana, [bo, cy]);
    await sendAll(id, ana, 10, "before");
    await vi.waitFor(async () => expect((await rowOf(bo))?.unread).toBe(10), { timeout: 20_000, interval: 20 });
    await sqlAt(bo, stuck("UPDATE"));
    await sendAll(id, ana, 300, "m");
    await submit(id, ana, sendCommand("for bo", "mention", { mentions: [bo.userId] }));
    await submit(id, ana, { do: "unsend", seq: 15 });
    await sendAll(id, ana, 20, "n");
    await seal(id);
    await submit(id, ana, { do: "edit", seq: 16, text: "edited in the archive", mentions: null });
    await submit(id, ana, { do: "unsend", seq: 17 });
    await sendAll(id, cy, 260, "o");
    await seal(id);
    expect((await archiveOf(id)).through).toBeGreaterThan(400);
    expect((await rowOf(bo))?.unread).toBe(10);
    await evict(id);
    await sqlAt(bo, "DROP TRIGGER stuck_UPDATE");
    await settleFanOut(id);
    const [bos, cys] = [await rowOf(bo), await rowOf(cy)];
    expect(bos).toMatchObject({ unread: 591 - 2, mentionsUnread: 1, head: { seq: 591 } });
    expect(cys).toMatchObject({ unread: 0, head: { seq: 591 } });
  },
);

test(
  "[H9] [I18] an inbox that fails from the join on shows the last message before it, though the archive has that by now",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
    const id = await foundGroup(ana, [cy]);
    await sendAll(id, ana, 230, "before");
    await sqlAt(bo, stuck("INSERT"));
    await sqlAt(bo, stuck("UPDATE"));
    await conversationStub(env, id).putMember(ana.userId, bo.userId, "member", bo.person);
    // The first delivery is full of changes of older messages, and has no new one.
    const reacts = Array.from({ length: 230 }, (_, at): Command => ({
      do: "react",
      seq: at + 1,
      emoji: "👍",
      isOn: true,
    }));
    await submitAll(id, cy, reacts);
    await sendAll(id, ana, 330, "after");
    await seal(id);
    expect((await archiveOf(id)).through).toBeGreaterThan(300);
    expect(await rowOf(bo)).toBeUndefined();
    await evict(id);
    // The first delivery is stored, the second is not.
    await sqlAt(bo, "DROP TRIGGER stuck_INSERT");
    await vi.waitFor(
      async () => {
        wind(60_000);
        await runDurableObjectAlarm(objectOf(id));
        expect(await rowOf(bo)).toBeDefined();
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(await rowOf(bo)).toMatchObject({ lastMessage: { seq: 230, preview: "before 229" }, unread: 0 });
    await sqlAt(bo, "DROP TRIGGER stuck_UPDATE");
    await settleFanOut(id);
    expect(await rowOf(bo)).toMatchObject({ lastMessage: { seq: 560 }, unread: 330, head: { seq: 560 } });
  },
);

test(
  "[H9] [I18] [X11] an inbox that fails from the opening of an import on shows the last imported message, though that is in the archive by now",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const source = new TestImport("from_the_opening");
    const [ana, bo, cy] = (await source.people("ana", "bo", "cy")).map(
      (userId) => ({ userId, actor: { userId, deviceId: "d" } }) as unknown as TestPerson,
    ) as [TestPerson, TestPerson, TestPerson];
    const id = await source.conversation(["ana", "bo", "cy"]);
    await source.bring(id, messages(1, 230));
    await sqlAt(bo, stuck("INSERT"));
    await sqlAt(bo, stuck("UPDATE"));
    await source.open(id);
    const react = (_: unknown, at: number): Command => ({ do: "react", seq: at + 1, emoji: "👍", isOn: true });
    await submitAll(id, cy, Array.from({ length: 230 }, react));
    await sendAll(id, ana, 330, "after");
    await seal(id);
    // The segment that ends behind the last imported message has messages of both kinds.
    expect((await archiveOf(id)).through).toBeGreaterThan(300);
    await evict(id);
    await sqlAt(bo, "DROP TRIGGER stuck_INSERT");
    await vi.waitFor(
      async () => {
        wind(60_000);
        await runDurableObjectAlarm(objectOf(id));
        expect(await rowOf(bo)).toBeDefined();
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(await rowOf(bo)).toMatchObject({ lastMessage: { seq: 230, preview: "text 230" }, unread: 0 });
    await sqlAt(bo, "DROP TRIGGER stuck_UPDATE");
    await settleFanOut(id);
    expect(await rowOf(bo)).toMatchObject({ lastMessage: { seq: 560 }, unread: 330, head: { seq: 560 } });
  },
);

test(
  "[H12] sealing that an inbox has held back for a day goes on within minutes of its recovery",
  { timeout: 120_000 },
  async () => {
    lowerMarks({ highWaterMessages: 250 });
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    await sendAll(id, ana, 10, "before");
    await vi.waitFor(async () => expect((await rowOf(bo))?.unread).toBe(10), { timeout: 20_000, interval: 20 });
    await sqlAt(bo, stuck("UPDATE"));
    await sendAll(id, ana, 320, "m");
    await seal(id).catch(() => undefined);
    expect((await archiveOf(id)).through).toBe(0);
    for (let wound = 0; wound < 24 * 60; wound += 20) {
      wind(20 * 60_000);
      await runDurableObjectAlarm(objectOf(id));
    }
    await sqlAt(bo, "DROP TRIGGER stuck_UPDATE");
    await settleFanOut(id);
    expect((await archiveOf(id)).through).toBe(0);
    const [alarm] = await sql<{ due_at: number }>(id, "SELECT due_at FROM alarms WHERE name = 'archive'");
    expect((alarm?.due_at ?? Infinity) - now()).toBeLessThanOrEqual(archive.hintAgainMaxMs);
    expect(archive.hintAgainMaxMs).toBeLessThanOrEqual(300_000);
    archiveMarks.sendsHints = true;
    wind(archive.hintAgainMaxMs);
    await runDurableObjectAlarm(objectOf(id));
    await vi.waitFor(async () => expect((await archiveOf(id)).through).toBeGreaterThan(200), {
      timeout: 20_000,
      interval: 100,
    });
  },
);

test("[H12] an object in R2 that is to be deleted later holds back no sealing", { timeout: 120_000 }, async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendAll(id, ana, 290, "m");
  let died = 0;
  faultPoints.reach = (name) => {
    if (name === "archive: after the put" && died++ === 0) throw new Error("dies");
  };
  onTestFinished(() => (faultPoints.reach = undefined));
  // The first put of a segment is never reported: it is deleted after an hour.
  await vi.waitFor(
    async () => {
      await consumeArchive({ conversationId: id }, env).catch(() => undefined);
      expect((await archiveOf(id)).through).toBeGreaterThan(200);
    },
    { timeout: 20_000, interval: 20 },
  );
  const dueInMs = async (): Promise<number> => {
    const [alarm] = await sql<{ due_at: number }>(id, "SELECT due_at FROM alarms WHERE name = 'archive'");
    return (alarm?.due_at ?? Infinity) - now();
  };
  archiveMarks.highWaterMessages = 100;
  await consumeArchive({ conversationId: id }, env);
  expect(died).toBeGreaterThan(0);
  expect(await dueInMs()).toBeGreaterThan(archive.hintAgainMaxMs);
  await sendAll(id, ana, 100, "more");
  expect(await dueInMs()).toBeLessThanOrEqual(archive.hintAgainMs);
});
