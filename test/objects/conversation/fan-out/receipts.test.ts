/** Receipts and frames that go with deliveries arrive although a delivery fails, and although the object is evicted afterwards. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { signUp, type TestAccount } from "../../../rig/objects/accounts.ts";
import { foundDm, send, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { socketOf } from "../../../rig/objects/socket.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);

async function rowWhen(userId: UserId, fits: (row: Summary) => boolean, between = async () => {}): Promise<Summary> {
  let row: Summary | undefined;
  // On a busy machine the inbox waits for its turn.
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt;) {
    const listed = await userStub(env, userId).summaries(undefined, 1);
    row = listed.ok ? listed.value.conversations[0] : undefined;
    if (row !== undefined && fits(row)) return row;
    await between();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the row did not come to it: ${JSON.stringify(row)}`);
}

const inbox = (userId: UserId, sql: string) =>
  runInDurableObject(env.USERS.getByName(userId), (_object, state) => void state.storage.sql.exec(sql));
const breakInbox = (userId: UserId) =>
  inbox(
    userId,
    `CREATE TRIGGER stuck BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'stuck'); END;
     CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'broken'); END`,
  );
const mendInbox = (userId: UserId) => inbox(userId, "DROP TRIGGER stuck; DROP TRIGGER broken");

/** Until the call has been there, and failed. */
async function failing(userId: UserId): Promise<void> {
  for (let i = 0; i < 10; i++) await userStub(env, userId).summaries(undefined, 1);
}

const alarm = (id: ConversationId) => async (): Promise<void> => {
  windClock(60_000);
  await runDurableObjectAlarm(objectOf(id));
};

const owedReceipts = (id: ConversationId) =>
  runInDurableObject(objectOf(id), (_object, state) =>
    Number(state.storage.sql.exec("SELECT COUNT(*) AS n FROM owed_receipts").one()["n"]),
  );

const personOf = (account: TestAccount): TestPerson => ({
  userId: account.id,
  actor: { userId: account.id, deviceId: account.device },
  person: { user: account.user, showsRead: true, showsTyping: true, blocks: [] },
});

/** Bo has read everything, and has marked the chat as unread all the same. */
async function markedUnread(ana: TestPerson, bo: TestPerson): Promise<ConversationId> {
  const id = await foundDm(ana, bo);
  await send(id, ana, "hello");
  await submit(id, bo, { do: "receipt", delivered: null, read: 1 });
  await rowWhen(bo.userId, (row) => row.read === 1);
  const patched = await userStub(env, bo.userId).patchSummary(id, { markedUnread: true });
  expect(patched).toMatchObject({ ok: true, value: { markedUnread: true } });
  return id;
}

for (const isEvicted of [false, true]) {
  test(`[F7] a receipt that was acked clears the mark of unread although the delivery failed${isEvicted ? " and the conversation was evicted" : ""}`, async () => {
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await markedUnread(ana, bo);
    await breakInbox(bo.userId);
    expect(await submit(id, bo, { do: "receipt", delivered: null, read: 1 })).toMatchObject({ ok: true });
    await failing(bo.userId);
    // At once: an eviction would wait until the tries, which are some seconds apart, come to an end.
    if (isEvicted) await abortAllDurableObjects();
    await mendInbox(bo.userId);
    await rowWhen(bo.userId, (row) => !row.markedUnread, alarm(id));
    // The answer is awaited: until it has come, an eviction makes the conversation tell the receipt once more.
    await expect.poll(() => owedReceipts(id)).toBe(0);
    // Told once: a mark that is made afterwards stays.
    await alarm(id)();
    await userStub(env, bo.userId).patchSummary(id, { markedUnread: true });
    await evictDurableObject(objectOf(id));
    await alarm(id)();
    await send(id, ana, "later");
    expect(await rowWhen(bo.userId, (row) => row.head.seq === 2)).toMatchObject({ markedUnread: true });
  });
}

test("[F7] what passes to a member's sockets with a delivery that failed comes with the next one, the newest of its kind", async () => {
  const [ana, bo] = [somebody("ana"), personOf(await signUp("bo"))];
  const id = await foundDm(ana, bo);
  await send(id, bo, "one");
  await send(id, bo, "two");
  await rowWhen(bo.userId, (row) => row.head.seq === 2);
  const sync = await socketOf(userStub(env, bo.userId), "/sync", bo.actor);
  await breakInbox(bo.userId);
  await conversationStub(env, id).submit(ana.actor, [
    { do: "receipt", delivered: null, read: 1 },
    sendCommand("fails", "k"),
  ]);
  await failing(bo.userId);
  await mendInbox(bo.userId);
  await rowWhen(bo.userId, (row) => row.head.seq === 3, alarm(id));
  const receipt = await sync.next((frame) => frame.type === "receipt");
  expect(receipt).toMatchObject({ userId: ana.userId });
});

test("[F7] a receipt that raises nothing costs rows only until the inbox knows it, and none while another is owed", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await markedUnread(ana, bo);
  await breakInbox(bo.userId);
  await submit(id, bo, { do: "receipt", delivered: null, read: 1 });
  const before = cost.rowsWritten;
  for (let i = 0; i < 20; i++) await submit(id, bo, { do: "receipt", delivered: null, read: 1 });
  expect(cost.rowsWritten - before).toBeLessThan(20);
  const owed = () =>
    runInDurableObject(objectOf(id), (_object, state) =>
      state.storage.sql.exec("SELECT user_id FROM owed_receipts").toArray(),
    );
  expect(await owed()).toHaveLength(1);
  await mendInbox(bo.userId);
  await rowWhen(bo.userId, (row) => !row.markedUnread, alarm(id));
  for (let tries = 0; tries < 50 && (await owed()).length > 0; tries++) await alarm(id)();
  expect(await owed()).toEqual([]);
});
