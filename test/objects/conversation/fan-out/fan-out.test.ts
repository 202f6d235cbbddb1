/** What fan-out promises: every member's inbox gets every change once and in order, whatever is evicted or fails. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { now, windClock } from "../../../../objects/shared/platform/clock.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { batches } from "../../../../schema/limits.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { signUp, type TestAccount } from "../../../rig/objects/accounts.ts";
import {
  foundDm,
  foundGroup,
  send,
  somebody,
  submit,
  type TestPerson,
  settleFanOut,
} from "../../../rig/objects/people.ts";
import { socketOf } from "../../../rig/objects/socket.ts";

async function rowOf(userId: UserId, id: ConversationId): Promise<Summary | undefined> {
  const listed = await userStub(env, userId).summaries(undefined, 50);
  return listed.ok ? listed.value.conversations.find((summary) => summary.conversationId === id) : undefined;
}

/** The row once it satisfies. On a busy machine the inbox waits for its turn. */
async function rowWhen(userId: UserId, id: ConversationId, fits: (row: Summary) => boolean): Promise<Summary> {
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt;) {
    const row = await rowOf(userId, id);
    if (row !== undefined && fits(row)) return row;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the row did not come to it: ${JSON.stringify(await rowOf(userId, id))}`);
}

const personOf = (account: TestAccount): TestPerson => ({
  userId: account.id,
  actor: { userId: account.id, deviceId: account.device },
  person: { user: account.user, showsRead: true, showsTyping: true, blocks: [] },
});

test("[F1] both inboxes of a direct chat follow every message, edit, unsend and receipt, with exact unread numbers", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  expect(await rowOf(ana.userId, id)).toMatchObject({
    kind: "dm",
    peer: { id: bo.userId },
    unread: 0,
    lastMessage: null,
  });
  for (let i = 1; i <= 5; i++) await send(id, ana, `m${i}`, `k${i}`, { mentions: i === 2 ? [bo.userId] : [] });
  expect(await rowWhen(bo.userId, id, (row) => row.unread === 5)).toMatchObject({
    mentionsUnread: 1,
    lastMessage: { seq: 5, preview: "m5" },
  });
  expect(await rowWhen(ana.userId, id, (row) => row.head.seq === 5)).toMatchObject({ unread: 0, read: 5 });
  await submit(id, ana, { do: "unsend", seq: 5 });
  expect(await rowWhen(bo.userId, id, (row) => row.unread === 4)).toMatchObject({
    lastMessage: { seq: 5, preview: "", unsent: true },
  });
  await submit(id, ana, { do: "unsend", seq: 2 });
  await rowWhen(bo.userId, id, (row) => row.unread === 3 && row.mentionsUnread === 0);
  await submit(id, bo, { do: "receipt", delivered: null, read: 3 });
  await rowWhen(bo.userId, id, (row) => row.unread === 1 && row.read === 3);
  await Promise.all([
    evictDurableObject(env.USERS.getByName(bo.userId)),
    evictDurableObject(env.CONVERSATIONS.getByName(id)),
  ]);
  await send(id, bo, "own");
  await rowWhen(bo.userId, id, (row) => row.unread === 0 && row.read === 6 && row.head.seq === 6);
});

test("[F2] a member's object that fails is behind alone, and is brought up to date by the alarm, even after eviction", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  await rowWhen(bo.userId, id, (row) => row.head.rev === 1);
  // Bo's inbox cannot be written.
  const exec = (sql: string) =>
    runInDurableObject(env.USERS.getByName(bo.userId), (_object, state) => void state.storage.sql.exec(sql));
  await exec("CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await exec("CREATE TRIGGER stuck BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'stuck'); END");
  for (let i = 1; i <= 3; i++) await send(id, ana, `m${i}`);
  await rowWhen(cy.userId, id, (row) => row.unread === 3);
  windClock(6_000);
  expect(await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id))).toBe(true);
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  await exec("DROP TRIGGER broken; DROP TRIGGER stuck");
  await settleFanOut(id);
  expect(await rowOf(bo.userId, id)).toMatchObject({ unread: 3 });
});

test("[F3] what was committed before a crash is delivered after it, the read watermark too", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "first");
  await rowWhen(bo.userId, id, (row) => row.unread === 1);
  // As after a crash between commit and delivery: the store has it, no call was made.
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, { storage }) => {
    const row = storage.sql
      .exec<{ created_rev: number; hash: string; content_hash: string }>(
        "SELECT created_rev, hash, content_hash FROM messages",
      )
      .one();
    storage.sql.exec(
      "INSERT INTO messages (seq, created_rev, rev, sender_id, client_id, text, sent_at, hash, content_hash) VALUES (2, 3, 3, ?, 'k', 'lost?', ?, ?, ?)",
      ana.userId,
      Date.now(),
      row.hash,
      row.content_hash,
    );
    storage.sql.exec("UPDATE members SET read = 1, delivered = 1 WHERE user_id = ?", bo.userId);
    return storage.setAlarm(Date.now() + 60_000);
  });
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  await rowWhen(bo.userId, id, (row) => row.head.seq === 2 && row.read === 1 && row.unread === 1);
});

test(
  "[F10] an inbox that is thousands of messages behind has them after a few calls, though it would write nothing for minutes",
  { timeout: 120_000 },
  async () => {
    const messages = 3_000;
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundDm(ana, bo);
    await send(id, ana, "first");
    await settleFanOut(id);
    // As after a crash before the others were delivered.
    await runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, { storage }) => {
      storage.sql.exec(
        `INSERT INTO messages (seq, created_rev, rev, sender_id, client_id, text, sent_at, hash, content_hash)
         WITH RECURSIVE n (seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?)
         SELECT n.seq, n.seq + 1, n.seq + 1, sender_id, 'k' || n.seq, 'message ' || n.seq, sent_at, hash, content_hash
         FROM n, messages AS first WHERE first.seq = 1`,
        messages,
      );
      return storage.setAlarm(Date.now() + 60_000);
    });
    await evictDurableObject(env.CONVERSATIONS.getByName(id));
    const pace = { ...commitPace };
    onTestFinished(() => void Object.assign(commitPace, pace));
    commitPace.ms = 600_000;
    const before = cost.objectCalls;
    await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
    for (const { userId } of [ana, bo])
      await expect.poll(async () => (await rowOf(userId, id))?.head.seq, { timeout: 20_000 }).toBe(messages);
    expect(await rowOf(bo.userId, id)).toMatchObject({ unread: messages });
    // For each of the two: the question what the inbox has, and then full calls.
    expect(cost.objectCalls - before).toBeLessThanOrEqual(2 * (2 + Math.ceil(messages / batches.deliveryItemsMax)));
    Object.assign(commitPace, pace);
    await settleFanOut(id);
  },
);

test("[F4] a removed member gets the row frozen and nothing after; a member who is added again starts anew at unread 0", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  await send(id, ana, "seen");
  await stub.removeMember(ana.userId, bo.userId);
  expect(await rowOf(bo.userId, id)).toMatchObject({ left: true, unread: 0, head: { seq: 1 } });
  await send(id, ana, "secret while away");
  await rowWhen(ana.userId, id, (row) => row.head.seq === 2);
  expect(JSON.stringify(await rowOf(bo.userId, id))).not.toContain("secret");
  await stub.putMember(ana.userId, bo.userId, null, bo.person);
  expect(await rowOf(bo.userId, id)).toMatchObject({ left: false, unread: 0, read: 2, head: { seq: 2 } });
  await send(id, ana, "welcome back");
  expect(await rowWhen(bo.userId, id, (row) => row.unread === 1)).toMatchObject({
    lastMessage: { preview: "welcome back" },
  });
});

test("[F5] every sync socket of every member gets each message once, in order, the sender's too, through evictions", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const [from, to] = [personOf(ana), personOf(bo)];
  const id = await foundDm(from, to);
  const sockets = await Promise.all(
    [from, to, to].map((person) => socketOf(userStub(env, person.userId), "/sync", person.actor)),
  );
  const [ours, theirs, also] = sockets;
  for (let i = 1; i <= 6; i++) {
    ours?.say({ type: "send", ref: `r${i}`, conversationId: id, clientId: `k${i}`, text: `m${i}` });
    expect(await ours?.next((frame) => frame["ref"] === `r${i}`)).toMatchObject({ type: "ok", seq: i });
    if (i % 2 === 0) {
      await evictDurableObject(env.USERS.getByName(to.userId), { webSockets: "hibernate" });
      await evictDurableObject(env.CONVERSATIONS.getByName(id));
    }
  }
  for (const socket of [ours, theirs, also]) {
    await socket?.next((frame) => frame.type === "message" && (frame["message"] as { seq: number }).seq === 6);
    const seqs = socket?.frames
      .filter((frame) => frame.type === "message")
      .map((frame) => (frame["message"] as { seq: number }).seq);
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
    const versions =
      socket?.frames.flatMap((frame) =>
        frame.type === "message" ? [(frame["inbox"] as { version: number }).version] : [],
      ) ?? [];
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  }
  theirs?.say({ type: "receipt", conversationId: id, read: 6 });
  expect(await ours?.next((frame) => frame.type === "receipt" && frame["read"] === 6)).toMatchObject({
    userId: bo.id,
    delivered: 6,
  });
  expect(
    await also?.next(
      (frame) => frame.type === "inbox" && JSON.stringify(frame).includes('"unread":0,"mentionsUnread":0,"read":6'),
    ),
  ).toBeDefined();
  theirs?.say({ type: "typing", conversationId: id });
  const typing = await ours?.next((frame) => frame.type === "typing");
  expect(Number(typing?.["until"]) - now()).toBeLessThanOrEqual(10_000);
});

test("[I5] a device receives on its sync socket only the row while it has a live socket there, and the messages again when that is gone", async () => {
  const [ana, bo] = [personOf(await signUp("ana")), personOf(await signUp("bo"))];
  const id = await foundDm(ana, bo);
  const sync = await socketOf(userStub(env, bo.userId), "/sync", bo.actor);
  const heard = (seq: number) => (frame: { type: string } & Record<string, unknown>) =>
    (frame["message"] as { seq?: number } | undefined)?.seq === seq;
  await send(id, ana, "one");
  await sync.next(heard(1));
  const live = await socketOf(conversationStub(env, id), "/live", bo.actor);
  await send(id, ana, "two");
  await live.next(heard(2));
  windClock(2_000);
  await send(id, ana, "three");
  await sync.next((frame) => JSON.stringify(frame["conversations"] ?? "").includes("three"));
  live.close();
  await live.closes();
  await send(id, ana, "four");
  await sync.next(heard(4));
  expect(sync.frames.filter((frame) => heard(2)(frame) || heard(3)(frame))).toEqual([]);
});
