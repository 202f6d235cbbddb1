/** What members of a large group are to receive one by one: who is named, with which messages, how long it stays due, and when the hint is repeated. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { DeliveredRow, DueRow } from "../../../../objects/contract/delivery/pulled-row.ts";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import { timeouts } from "../../../../schema/limits.ts";
import { foundGroup, send, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";

openLargeGroups({ callsInboxes: false });

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);
const stubOf = (id: ConversationId) => conversationStub(env, id);

/** All pages of a round. */
async function dueIn(id: ConversationId, delivered: DeliveredRow[] = []): Promise<DueRow[]> {
  const all: DueRow[] = [];
  let after: UserId | null = null;
  for (;;) {
    const page: { due: DueRow[]; next: UserId | null } = await stubOf(id).fanOutPage(after, delivered.splice(0));
    all.push(...page.due);
    if (page.next === null) return all;
    after = page.next;
  }
}

const deliveredOf = (due: readonly DueRow[]): DeliveredRow[] =>
  due.map(({ userId, row: { membership, rev } }) => ({ userId, membership, rev, wantsAll: false }));

async function deliverAll(id: ConversationId): Promise<DueRow[]> {
  const due = await dueIn(id);
  expect(await dueIn(id, deliveredOf(due))).toEqual([]);
  return due;
}

const seqsOf = (due: readonly DueRow[], person: TestPerson): unknown[] | undefined =>
  due
    .find(({ userId }) => userId === person.userId)
    ?.items.map((item) => [item.kind, item.message?.seq, item.message?.preview]);

async function grown(): Promise<{ id: ConversationId; people: TestPerson[]; at: (n: number) => TestPerson }> {
  const people = Array.from({ length: 6 }, (_, n) => somebody(`p${n}`));
  const at = (n: number): TestPerson => people[n] ?? somebody("none");
  const id = await foundGroup(at(0), [at(1), at(2)]);
  await send(id, at(0), "from before");
  await stubOf(id).addMembers(
    at(0).userId,
    people.slice(3).map(({ person }) => person),
    [],
  );
  return { id, people, at };
}

test("[M25] everybody who was in a group when it grew, and everybody who comes, is due their row, until their inbox has it", async () => {
  const { id, people } = await grown();
  await evict(id);
  const due = await dueIn(id);
  expect(due.map(({ userId }) => userId).toSorted()).toEqual(people.map(({ userId }) => userId).toSorted());
  expect(due.every(({ row, items }) => row.mode === "large" && !row.hasLeft && items.length === 0)).toBe(true);
  // What was not delivered stays due.
  expect((await dueIn(id, deliveredOf(due.slice(0, 2)))).map(({ userId }) => userId)).toEqual(
    due.slice(2).map(({ userId }) => userId),
  );
  await evict(id);
  expect(await dueIn(id)).toHaveLength(4);
  await deliverAll(id);
});

test("[M25] a message, and each later change of it, reaches one by one the members whom it mentions and the writer of the message that it answers; others cost no row", async () => {
  const { id, at } = await grown();
  await deliverAll(id);
  const tables = () =>
    runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
      sql
        .exec<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
        )
        .toArray()
        .filter(({ name }) => name !== "messages")
        .map(({ name }) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]),
    );
  const before = await tables();
  for (let n = 0; n < 5; n++) await send(id, at(0), "to nobody");
  expect(await tables()).toEqual(before);
  expect(await dueIn(id)).toEqual([]);
  await send(id, at(1), "by one");
  await send(id, at(2), "an answer, and a mention", undefined, { replyTo: 7, mentions: [at(4).userId, at(2).userId] });
  await evict(id);
  const due = await dueIn(id);
  expect(due.map(({ userId }) => userId).toSorted()).toEqual([at(1).userId, at(4).userId].toSorted());
  expect(seqsOf(due, at(4))).toEqual([["message", 8, "an answer, and a mention"]]);
  expect(due.find(({ userId }) => userId === at(4).userId)?.row).toMatchObject({ unread: 7, mentionsUnread: 1 });
  // It changes while it is under way: what is delivered then is not all.
  await submit(id, at(2), { do: "edit", seq: 8, text: "edited", mentions: [at(5).userId] });
  const again = await dueIn(id, deliveredOf(due));
  expect(seqsOf(again, at(1))).toEqual([["change", 8, "edited"]]);
  expect(seqsOf(again, at(4))).toEqual([["change", 8, "edited"]]);
  expect(seqsOf(again, at(5))).toEqual([["change", 8, "edited"]]);
  expect(again.find(({ userId }) => userId === at(4).userId)?.row).toMatchObject({ unread: 7, mentionsUnread: 0 });
  // Whoever wrote it has other devices.
  expect(seqsOf(again, at(2))).toEqual([["change", 8, "edited"]]);
  await dueIn(id, deliveredOf(again));
  await submit(id, at(2), { do: "unsend", seq: 8 });
  expect(seqsOf(await dueIn(id), at(5))).toEqual([["change", 8, ""]]);
  expect(seqsOf(await deliverAll(id), at(4))).toBeUndefined();
});

test("[M25] [M4] a member who leaves is due the row as it was then, and is forgotten once their inbox has it; one who comes back meanwhile stays", async () => {
  const { id, at } = await grown();
  await deliverAll(id);
  const stub = stubOf(id);
  await send(id, at(0), "the last one", undefined, { mentions: [at(4).userId] });
  await stub.removeMember(at(4).userId, at(4).userId);
  await stub.removeMember(at(0).userId, at(5).userId);
  await send(id, at(0), "not theirs");
  await evict(id);
  const due = await dueIn(id);
  for (const gone of [at(4), at(5)]) {
    const row = due.find(({ userId }) => userId === gone.userId);
    expect(row).toMatchObject({
      items: [],
      row: { hasLeft: true, headSeq: 2, unread: 0, mentionsUnread: 0, last: null },
    });
  }
  // One of them comes back before it is reported that the other state was delivered.
  await stub.putMember(at(0).userId, at(4).userId, null, at(4).person);
  expect((await dueIn(id, deliveredOf(due))).map(({ userId, row }) => [userId, row.hasLeft])).toEqual([
    [at(4).userId, false],
  ]);
  expect(await stub.rowOf(at(5).userId, null)).toBeNull();
  expect(await stub.rowOf(at(4).userId, null)).toMatchObject({ hasLeft: false, joinedSeq: 3, unread: 0 });
  const members = await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => ({
    rows: sql.exec("SELECT user_id FROM large_members").toArray().length,
    words: sql.exec("SELECT DISTINCT user_id FROM large_words").toArray().length,
    removed: sql.exec("SELECT user_id FROM removed").toArray().length,
  }));
  expect(members).toEqual({ rows: 5, words: 5, removed: 1 });
});

test("[M25] a report of what was delivered leaves what became due meanwhile, also where no rev was taken in between", async () => {
  const { id, at } = await grown();
  await deliverAll(id);
  const stub = stubOf(id);
  await stub.removeMember(at(4).userId, at(4).userId);
  const due = await dueIn(id);
  expect(due).toMatchObject([{ userId: at(4).userId, row: { hasLeft: true } }]);
  await stub.putMember(at(1).userId, at(4).userId, null, at(4).person);
  const again = await dueIn(id, deliveredOf(due));
  expect(again).toMatchObject([{ userId: at(4).userId, row: { hasLeft: false } }]);
  expect(again[0]?.row.rev).toBe(due[0]?.row.rev);
  expect(again[0]?.row.membership).toBeGreaterThan(due[0]?.row.membership ?? Infinity);
  await deliverAll(id);
});

test("[M25] a user of whom nothing is known is due nothing, so the hint ends", async () => {
  const { id, at } = await grown();
  await deliverAll(id);
  await send(id, at(0), "one", undefined, { mentions: [at(1).userId] });
  await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => {
    sql.exec("UPDATE large_due SET user_id = 'u_forgotten'");
  });
  expect(await stubOf(id).fanOutPage(null, [])).toEqual({ due: [], next: null });
  const left = await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => [
    ...sql.exec("SELECT user_id FROM large_due").toArray(),
    ...sql.exec("SELECT name FROM alarms WHERE name = 'large due'").toArray(),
  ]);
  expect(left).toEqual([]);
});

test("[M25] [M6] a message that a member may not see is not due to them, also where a later edit mentions them", async () => {
  const { id, at } = await grown();
  await stubOf(id).patch(at(0).userId, { policy: { history: "joined" } });
  const late = somebody("late");
  await send(id, at(0), "before them");
  await stubOf(id).addMembers(at(0).userId, [late.person], []);
  await deliverAll(id);
  await submit(id, at(0), { do: "edit", seq: 2, text: "named", mentions: [late.userId, at(1).userId] });
  const due = await dueIn(id);
  expect(seqsOf(due, at(1))).toEqual([["change", 2, "named"]]);
  expect(seqsOf(due, late)).toEqual([]);
  expect(due.find(({ userId }) => userId === late.userId)?.row).toMatchObject({ unread: 0, mentionsUnread: 0 });
});

test("[M25] a watermark that only the inbox has is raised again, and not beyond the head", async () => {
  const { id, at } = await grown();
  const row = await stubOf(id).rowOf(at(3).userId, null);
  if (row === null) throw new Error("no row");
  for (const text of ["two", "three"]) await send(id, at(0), text, undefined, { mentions: [at(3).userId] });
  const known = { membership: row.membership, rev: row.rev, read: 2 };
  expect(await stubOf(id).rowOf(at(3).userId, { ...known, membership: known.membership + 1 })).toBeNull();
  expect(await stubOf(id).rowOf(at(3).userId, known)).toMatchObject({ read: 2, unread: 1, mentionsUnread: 1 });
  await evict(id);
  expect(await stubOf(id).rowOf(at(3).userId, null)).toMatchObject({ read: 2, unread: 1, mentionsUnread: 1 });
  expect(await stubOf(id).rowOf(at(3).userId, { ...known, read: 99 })).toMatchObject({ read: 3, unread: 0 });
});

test("[M25] rowOf answers only what is newer than what the inbox has", async () => {
  const { id, at } = await grown();
  const stub = stubOf(id);
  const row = await stub.rowOf(at(1).userId, null);
  if (row === null) throw new Error("no row");
  const known = { membership: row.membership, rev: row.rev, read: row.read };
  expect(await stub.rowOf(at(1).userId, known)).toBeNull();
  await submit(id, at(1), { do: "receipt", delivered: null, read: 1 });
  expect(await stub.rowOf(at(1).userId, known)).toMatchObject({ read: 1, unread: 0, rev: row.rev });
  expect(await stub.rowOf(at(1).userId, { ...known, read: 1 })).toBeNull();
  await send(id, at(0), "more");
  expect(await stub.rowOf(at(1).userId, { ...known, read: 1 })).toMatchObject({ rev: row.rev + 1, unread: 1 });
  await stub.removeMember(at(1).userId, at(1).userId);
  expect(await stub.rowOf(at(1).userId, { ...known, rev: row.rev + 9 })).toMatchObject({ hasLeft: true });
  expect(await stub.rowOf(somebody("eve").userId, null)).toBeNull();
});

test("[M25] a page names a bounded number of members, and each with a bounded number of messages", async () => {
  const { id, at } = await grown();
  await deliverAll(id);
  const crowd = Array.from({ length: largeGroups.duePageMembers + 20 }, (_, n) => somebody(`c${n}`));
  await stubOf(id).addMembers(
    at(1).userId,
    crowd.map(({ person }) => person),
    [],
  );
  const first = await stubOf(id).fanOutPage(null, []);
  expect([first.due.length, first.next]).toEqual([largeGroups.duePageMembers, first.due.at(-1)?.userId]);
  expect((await stubOf(id).fanOutPage(first.next, [])).due).toHaveLength(20);
  const sends = Array.from({ length: largeGroups.dueMessagesMax + 10 }, (_, n) => n);
  for (const n of sends) await send(id, at(0), `mention ${n}`, undefined, { mentions: [at(1).userId] });
  const mine = (await dueIn(id)).find(({ userId }) => userId === at(1).userId);
  expect(mine?.items).toHaveLength(largeGroups.dueMessagesMax);
  expect(mine?.items.at(-1)?.message?.preview).toBe(`mention ${sends.length - 1}`);
  expect(mine?.row.mentionsUnread).toBe(sends.length);
});

test("[M25] the hint is sent once for what becomes due, and again by an alarm as long as something stays due", async () => {
  Object.assign(largeMarks, { sendsHints: true });
  const { id, at } = await grown();
  const hints = cost.queueOperations;
  const alarm = () =>
    runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
      sql.exec<{ data: number }>("SELECT data FROM alarms WHERE name = 'large due'").toArray(),
    );
  await send(id, at(0), "one", undefined, { mentions: [at(1).userId] });
  expect(await alarm()).toEqual([{ data: 0 }]);
  for (const times of [1, 2]) {
    await evict(id);
    windClock(timeouts.dueHintMs * 2 ** times + 1_000);
    await runDurableObjectAlarm(objectOf(id));
    expect(await alarm()).toEqual([{ data: times }]);
  }
  expect(cost.queueOperations - hints).toBeGreaterThanOrEqual(2);
  await deliverAll(id);
  expect(await alarm()).toEqual([]);
});
