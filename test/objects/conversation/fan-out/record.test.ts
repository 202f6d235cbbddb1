/** What fan-out stores: one platform alarm while it is busy, and no row. This is enough, whichever object crashes at whichever point. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { seeded } from "../../../rig/random.ts";
import { pageQuery } from "../../../rig/objects/conversation-pages.ts";
import {
  foundDm,
  foundGroup,
  send,
  sendCommand,
  somebody,
  type TestPerson,
  settleFanOut,
} from "../../../rig/objects/people.ts";
import { readPage } from "../../../../workers/archive/reads.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);

async function rowOf(userId: UserId, id: ConversationId): Promise<Summary | undefined> {
  const listed = await userStub(env, userId).summaries(undefined, 50);
  return listed.ok ? listed.value.conversations.find((summary) => summary.conversationId === id) : undefined;
}

/** Until the inbox has so many messages. */
async function rowWhen(userId: UserId, id: ConversationId, head: number): Promise<void> {
  await expect.poll(async () => (await rowOf(userId, id))?.head.seq).toBe(head);
}

const inbox = (userId: UserId, sql: string) =>
  runInDurableObject(env.USERS.getByName(userId), (_object, state) => void state.storage.sql.exec(sql));
const breakInbox = (userId: UserId) =>
  inbox(
    userId,
    `CREATE TRIGGER IF NOT EXISTS stuck BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'stuck'); END;
     CREATE TRIGGER IF NOT EXISTS broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'broken'); END`,
  );
const mendInbox = (userId: UserId) => inbox(userId, "DROP TRIGGER IF EXISTS stuck; DROP TRIGGER IF EXISTS broken");

/** The object of a user ends in the middle of what it does; calls to it that are under way fail. */
async function crash(userId: UserId): Promise<void> {
  await runInDurableObject(env.USERS.getByName(userId), (_object, state) => state.abort("on purpose")).catch(
    () => undefined,
  );
}

test("[F9] an idle message is one row of the conversation and one platform alarm, the next ones within some seconds one row", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await settleFanOut(id);
  const spent = async (work: () => Promise<unknown>): Promise<{ rows: number; alarms: number }> => {
    const changes = () =>
      runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
        Number(sql.exec("SELECT total_changes() AS n").one()["n"]),
      );
    const before = { rows: await changes(), alarms: cost.alarmsSet };
    await work();
    const alarms = cost.alarmsSet - before.alarms;
    // The platform keeps its alarm in the same database.
    return { rows: (await changes()) - before.rows - alarms, alarms };
  };
  expect(await spent(() => send(id, ana, "idle"))).toEqual({ rows: 1, alarms: 1 });
  expect(await spent(() => send(id, bo, "soon after"))).toEqual({ rows: 1, alarms: 0 });
  await rowWhen(bo.userId, id, 2);
  expect(await spent(() => settleFanOut(id))).toMatchObject({ alarms: 0 });
  expect(await spent(() => send(id, bo, "much later"))).toEqual({ rows: 1, alarms: 1 });
  // Waking asks nobody where nothing is pending.
  await settleFanOut(id);
  await evictDurableObject(objectOf(id));
  const calls = cost.objectCalls;
  await conversationStub(env, id).view(ana.userId);
  expect(cost.objectCalls).toBe(calls);
});

for (const wakes of ["by its alarm", "by a request, before its alarm"]) {
  test(`[F3] [F9] a conversation that crashed between commit and delivery, and wakes ${wakes}, asks each inbox what it has`, async () => {
    const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
    const id = await foundGroup(ana, [bo, cy]);
    await settleFanOut(id);
    await breakInbox(bo.userId);
    await send(id, ana, "one");
    await conversationStub(env, id).submit(cy.actor, [
      { do: "receipt", delivered: null, read: 1 },
      sendCommand("two", "k"),
    ]);
    await abortAllDurableObjects();
    await mendInbox(bo.userId);
    if (wakes !== "by its alarm") await send(id, ana, "three");
    await settleFanOut(id);
    const head = wakes === "by its alarm" ? 2 : 3;
    expect(await rowOf(bo.userId, id)).toMatchObject({ head: { seq: head }, unread: head });
    expect(await rowOf(cy.userId, id)).toMatchObject({ head: { seq: head }, read: 2, unread: head - 2 });
    expect(await rowOf(ana.userId, id)).toMatchObject({ head: { seq: head } });
  });
}

test("[F2] [F9] while one object fails for long, waking calls nobody else", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  await settleFanOut(id);
  await breakInbox(bo.userId);
  await send(id, ana, "one");
  for (const one of [ana, cy]) await rowWhen(one.userId, id, 1);
  const lagging = () =>
    runInDurableObject(objectOf(id), (_object, { storage }) => storage.sql.exec("SELECT user_id FROM lag").toArray());
  for (let tries = 0; tries < 50 && (await lagging()).length === 0; tries++) {
    windClock(60_000);
    await runDurableObjectAlarm(objectOf(id));
  }
  expect(await lagging()).toEqual([{ user_id: bo.userId }]);
  await abortAllDurableObjects();
  const calls = cost.objectCalls;
  windClock(60_000);
  await runDurableObjectAlarm(objectOf(id));
  await expect.poll(() => cost.objectCalls).toBeGreaterThan(calls);
  expect(cost.objectCalls - calls).toBe(1);
  // A change makes the rows untrue, so it takes them out.
  await send(id, ana, "two");
  expect(await lagging()).toEqual([]);
  await mendInbox(bo.userId);
  await abortAllDurableObjects();
  await settleFanOut(id);
  for (const one of [bo, cy]) expect(await rowOf(one.userId, id)).toMatchObject({ unread: 2 });
});

test("[F2] a delivery that cannot be made of what is stored keeps back its member alone", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  const mentions = (json: string | null) =>
    runInDurableObject(
      objectOf(id),
      (_object, { storage }) => void storage.sql.exec("UPDATE messages SET mentions = ? WHERE seq = 1", json),
    );
  await settleFanOut(id);
  await breakInbox(bo.userId);
  await send(id, ana, "one");
  for (const one of [ana, cy]) await rowWhen(one.userId, id, 1);
  // Only bo's inbox still needs the first message, which memory does not hold any more.
  await abortAllDurableObjects();
  await mentions("{");
  await mendInbox(bo.userId);
  for (const [index, text] of ["two", "three"].entries()) {
    await send(id, ana, text);
    for (const one of [ana, cy]) await rowWhen(one.userId, id, index + 2);
  }
  expect(await rowOf(bo.userId, id)).toMatchObject({ head: { seq: 0 } });
  await mentions(null);
  await settleFanOut(id);
  expect(await rowOf(bo.userId, id)).toMatchObject({ unread: 3 });
});

test("[F2] a member who was behind for long gets what they lack also where the conversation can write nothing", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await settleFanOut(id);
  await breakInbox(bo.userId);
  await send(id, ana, "one");
  // So often that only the alarm tries it again.
  for (let tries = 0; tries < 15; tries++) {
    windClock(600_000);
    await runDurableObjectAlarm(objectOf(id));
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  await send(id, ana, "two");
  // Ana's inbox has it and has answered: bo's is the only one behind, and the next alarm wants to note that.
  await rowWhen(ana.userId, id, 2);
  await new Promise((resolve) => setTimeout(resolve, 30));
  await runInDurableObject(objectOf(id), (_object, { storage }) =>
    storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON lag BEGIN SELECT RAISE(ABORT, 'full'); END"),
  );
  await mendInbox(bo.userId);
  windClock(600_000);
  const calls = cost.objectCalls;
  await runDurableObjectAlarm(objectOf(id));
  expect(cost.objectCalls - calls).toBe(1);
  await rowWhen(bo.userId, id, 2);
});

async function scenario(seed: number): Promise<void> {
  const random = seeded(seed);
  const int = (below: number): number => Math.floor(random() * below);
  const people = [somebody("ana"), somebody("bo"), somebody("cy")];
  const pick = (): TestPerson => people[int(people.length)] as TestPerson;
  const id = await foundGroup(people[0] as TestPerson, people.slice(1));
  let head = 0;
  const broken = new Set<UserId>();
  for (let step = 0; step < 45; step++) {
    const luck = random();
    const by = pick();
    const why = `seed ${seed}, step ${step}`;
    if (luck < 0.45) {
      const clientIds = Array.from({ length: 1 + int(4) }, (_, i) => `k${step}-${i}`);
      const answers = await conversationStub(env, id).submit(
        by.actor,
        clientIds.map((clientId) => sendCommand(clientId, clientId)),
      );
      for (const answer of answers) {
        if (!answer.ok || answer.did !== "send") throw new Error(`${why}: not sent`);
        expect(answer.ack.seq, why).toBe(++head);
      }
    } else if (luck < 0.55 && head > 0) {
      await conversationStub(env, id).submit(by.actor, [{ do: "receipt", delivered: null, read: 1 + int(head) }]);
    } else if (luck < 0.62 && head > 0)
      await conversationStub(env, id).submit(by.actor, [{ do: "unsend", seq: 1 + int(head) }]);
    else if (luck < 0.7) await crash(by.userId);
    else if (luck < 0.76) await abortAllDurableObjects();
    else if (luck < 0.82) {
      // An eviction waits for tries that are under way, which are seconds apart where an inbox is broken.
      if (broken.size === 0) await evictDurableObject(objectOf(id)).catch(() => undefined);
    } else if (luck < 0.88) {
      if (!broken.delete(by.userId)) broken.add(by.userId);
      await (broken.has(by.userId) ? breakInbox(by.userId) : mendInbox(by.userId));
    } else if (luck < 0.95) {
      windClock(int(8_000));
      await runDurableObjectAlarm(objectOf(id));
    } else await new Promise((resolve) => setTimeout(resolve, int(30)));
  }
  for (const one of people) await mendInbox(one.userId);
  await settleFanOut(id);
  const answer = await readPage(env, id, people[0]?.userId as UserId, {
    ...pageQuery,
    limit: 100,
    around: 1,
  });
  if (!answer.ok) throw new Error(answer.refusal.code);
  expect((JSON.parse(answer.value) as MessagesPage).head.seq).toBe(head);
  for (const { userId } of people) {
    const view = await conversationStub(env, id).view(userId);
    const row = await rowOf(userId, id);
    const { messages } = JSON.parse(
      await readPage(env, id, userId, {
        ...pageQuery,
        limit: 200,
        before: undefined,
        after: view.ok ? view.value.me.read : 0,
      }).then((page) => (page.ok ? page.value : "{}")),
    ) as MessagesPage;
    const unread = messages.filter((message) => message.senderId !== userId && message.unsentAt === null).length;
    expect({ head: row?.head.seq, read: row?.read, unread: row?.unread }, `seed ${seed}`).toEqual({
      head,
      read: view.ok ? view.value.me.read : -1,
      unread,
    });
  }
}

for (const seed of [1, 3, Math.floor(Math.random() * 2 ** 31)]) {
  test(
    `[F8] [F9] [P11] whichever objects crash, fail or are evicted, at rest every inbox has everything and the exact numbers (seed ${seed})`,
    { timeout: 120_000 },
    async () => {
      await scenario(seed);
    },
  );
}
