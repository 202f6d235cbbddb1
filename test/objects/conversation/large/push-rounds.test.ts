/** Members who want all messages of a large group pushed: rounds over them, of which nothing is lost or doubled by evictions, cut-off rounds and inboxes that fail. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { DeliveredRow, DueRow } from "../../../../objects/contract/delivery/pulled-row.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { ConversationId, Seq, UserId } from "../../../../schema/ids.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundGroup, send, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";

openLargeGroups({ callsInboxes: false });

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);
const stubOf = (id: ConversationId) => conversationStub(env, id);

/** Does what the consumer does, and answers which messages were pushed to whom. Inboxes of `failing` have nothing. `isCut`: dies behind the first page. `evicts`: the object dies behind each. */
async function round(
  id: ConversationId,
  {
    failing = [],
    isCut = false,
    evicts = false,
    wantsAll,
  }: { failing?: TestPerson[]; isCut?: boolean; evicts?: boolean; wantsAll?: boolean } = {},
): Promise<Map<UserId, Seq[]>> {
  const pushed = new Map<UserId, Seq[]>();
  let after: UserId | null = null;
  let delivered: DeliveredRow[] = [];
  for (;;) {
    const page: { due: DueRow[]; next: UserId | null } = await stubOf(id).fanOutPage(after, delivered);
    const well = page.due.filter(({ userId }) => failing.every((person) => person.userId !== userId));
    delivered = well.map(({ userId, row: { membership, rev } }) => ({
      userId,
      membership,
      rev,
      ...(wantsAll === undefined ? {} : { wantsAll }),
    }));
    for (const { userId, pushes = [] } of well)
      if (pushes.length > 0)
        pushed.set(
          userId,
          pushes.flatMap(({ message }) => message?.seq ?? []),
        );
    after = page.next ?? page.due.at(-1)?.userId ?? null;
    if (after === null || isCut) return pushed;
    if (evicts) await evict(id);
  }
}

async function grown(count = 6): Promise<{ id: ConversationId; people: TestPerson[]; at: (n: number) => TestPerson }> {
  const people = Array.from({ length: count }, (_, n) => somebody(`p${n}`));
  const at = (n: number): TestPerson => people[n] ?? somebody("none");
  const id = await foundGroup(at(0), [at(1), at(2)]);
  await stubOf(id).addMembers(
    at(0).userId,
    people.slice(3).map(({ person }) => person),
    [],
  );
  await round(id, { wantsAll: false });
  return { id, people, at };
}

const want = (id: ConversationId, by: TestPerson, isOn: boolean) => stubOf(id).rowOf(by.userId, null, undefined, isOn);
const seqsOf = (pushed: Map<UserId, Seq[]>, person: TestPerson) => pushed.get(person.userId);

test("[M31] a member who was in a group when it grew has all messages pushed until their inbox says otherwise; one who comes later has not", async () => {
  const people = Array.from({ length: 5 }, (_, n) => somebody(`p${n}`));
  const [ana = somebody("none"), bo = somebody("none"), cy, di, eve = somebody("none")] = people;
  const id = await foundGroup(ana, [bo]);
  await stubOf(id).addMembers(
    ana.userId,
    [cy, di].flatMap((one) => one?.person ?? []),
    [],
  );
  await stubOf(id).addMembers(ana.userId, [eve.person], []);
  await send(id, ana, "one");
  await evict(id);
  const pushed = await round(id);
  expect(seqsOf(pushed, bo)).toEqual([1]);
  expect(seqsOf(pushed, ana)).toBeUndefined();
  expect(seqsOf(pushed, eve)).toBeUndefined();
  await send(id, ana, "two");
  expect((await round(id, { wantsAll: false })).size).toBe(3);
  await send(id, ana, "three");
  expect((await round(id)).size).toBe(0);
});

test("[M31] those who want all get what they have not read and what does not concern them, once; a message costs no row for it", async () => {
  const { id, at } = await grown();
  await send(id, at(0), "before");
  for (const n of [1, 3, 4]) await want(id, at(n), true);
  const tables = () =>
    runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
      ["large_wants", "large_push_round", "large_due"].map((name) => sql.exec(`SELECT * FROM ${name}`).toArray()),
    );
  const before = await tables();
  for (const text of ["two", "three"]) await send(id, at(0), text);
  expect(await tables()).toEqual(before);
  await send(id, at(3), "four, to one of them", undefined, { mentions: [at(4).userId] });
  await submit(id, at(0), { do: "unsend", seq: 3 });
  await submit(id, at(1), { do: "receipt", delivered: null, read: 2 });
  await evict(id);
  const pushed = await round(id);
  expect(seqsOf(pushed, at(1))).toEqual([4]);
  // The writer has read them, and the one who is named gets it as what concerns them.
  expect(seqsOf(pushed, at(3))).toBeUndefined();
  expect(seqsOf(pushed, at(4))).toEqual([2]);
  expect(await round(id)).toEqual(new Map());
  await want(id, at(4), false);
  await stubOf(id).removeMember(at(1).userId, at(1).userId);
  await send(id, at(0), "five");
  expect([...(await round(id)).keys()]).toEqual([at(3).userId]);
  const alarms = await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) =>
    sql.exec("SELECT name FROM alarms WHERE name = 'large due'").toArray(),
  );
  expect(alarms).toEqual([]);
});

test("[M31] an inbox that fails is called in the next rounds, and at last goes without; what is sent meanwhile goes to all", async () => {
  const { id, at } = await grown();
  for (const n of [1, 2]) await want(id, at(n), true);
  await send(id, at(0), "one");
  const failing = [at(2)];
  expect([...(await round(id, { failing })).keys()]).toEqual([at(1).userId]);
  await send(id, at(0), "two");
  expect(seqsOf(await round(id, { failing }), at(1))).toEqual([1, 2]);
  expect(seqsOf(await round(id), at(2))).toEqual([1, 2]);
  await send(id, at(0), "three");
  for (let n = 0; n <= largeGroups.pushRoundsMax; n++) await round(id, { failing });
  expect(await round(id)).toEqual(new Map());
});

test("[M31] a round over many members goes on where it was cut off, through evictions", async () => {
  const { id, people, at } = await grown(largeGroups.duePageMembers * 2 + 30);
  for (const by of people) await want(id, by, true);
  await send(id, at(0), "one");
  const pushed = new Map<UserId, number>();
  for (const isCut of [true, true, false]) {
    for (const [userId, seqs] of await round(id, { isCut }))
      pushed.set(userId, (pushed.get(userId) ?? 0) + seqs.length);
    await evict(id);
  }
  expect(pushed.size).toBe(people.length - 1);
  expect(await round(id)).toEqual(new Map());
});

test("[M31] what concerns a member is not in the round, also where their inbox has it already", async () => {
  const { id, at } = await grown();
  for (const n of [1, 2, 3]) await want(id, at(n), true);
  await send(id, at(1), "one");
  await send(id, at(0), "two, to one of them", undefined, { mentions: [at(2).userId] });
  await send(id, at(0), "three, an answer", undefined, { replyTo: 1 });
  // As when a call of its own brought it.
  await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => void sql.exec("DELETE FROM large_due"));
  await evict(id);
  const pushed = await round(id);
  expect(seqsOf(pushed, at(1))).toEqual([2]);
  expect(seqsOf(pushed, at(2))).toEqual([1, 3]);
  expect(seqsOf(pushed, at(3))).toEqual([1, 2, 3]);
});

test("[M31] a message that is edited or unsent after a round brought it comes in the next one, to all who were called and have not read it", async () => {
  const { id, at } = await grown();
  for (const n of [1, 2, 3]) await want(id, at(n), true);
  for (const text of ["one", "two", "three"]) await send(id, at(0), text);
  expect(seqsOf(await round(id), at(1))).toEqual([1, 2, 3]);
  await submit(id, at(2), { do: "receipt", delivered: null, read: 3 });
  await submit(id, at(0), { do: "edit", seq: 2, text: "two, edited", mentions: null });
  await submit(id, at(0), { do: "unsend", seq: 3 });
  // A reaction changes no push.
  await submit(id, at(4), { do: "react", seq: 1, emoji: "👍", isOn: true });
  await evict(id);
  const { due } = await stubOf(id).fanOutPage(null, []);
  const told = (person: TestPerson) =>
    due.find(({ userId }) => userId === person.userId)?.pushes?.map(({ kind, message }) => [kind, message?.preview]);
  expect(told(at(1))).toEqual([
    ["change", "two, edited"],
    ["change", ""],
  ]);
  expect(told(at(2))).toBeUndefined();
  // An inbox that failed is told in the next round, and what changes in the midst of a round comes in the one behind it.
  expect(seqsOf(await round(id, { failing: [at(3)] }), at(1))).toEqual([2, 3]);
  await round(id, { isCut: true });
  await submit(id, at(0), { do: "unsend", seq: 1 });
  await round(id);
  await evict(id);
  expect(seqsOf(await round(id), at(3))).toContain(1);
  expect(await round(id)).toEqual(new Map());
});

test("[M31] an older answer of an inbox does not end the wish that it has had since", async () => {
  const { id, at } = await grown();
  await stubOf(id).rowOf(at(1).userId, null, undefined, true, 1_000);
  await send(id, at(0), "one");
  const late: DeliveredRow = { userId: at(1).userId, membership: 1, rev: 1, wantsAll: false, wantsAt: 999 };
  await stubOf(id).fanOutPage(null, [late]);
  await evict(id);
  await stubOf(id).rowOf(at(1).userId, null, undefined, false, 998);
  expect(seqsOf(await round(id), at(1))).toEqual([1]);
  await stubOf(id).fanOutPage(null, [{ ...late, wantsAt: 1_001 }]);
  await send(id, at(0), "two");
  expect(await round(id)).toEqual(new Map());
});

test("[M31] what failed in a round is known after evictions: the inbox is called again, and not for ever", async () => {
  const { id, people, at } = await grown(largeGroups.duePageMembers + 30);
  for (const by of people) await want(id, by, true);
  await send(id, at(0), "one");
  const [first = at(1)] = people.slice(1).toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
  const failing = [first];
  expect((await round(id, { failing, evicts: true })).size).toBe(people.length - 2);
  expect(seqsOf(await round(id, { evicts: true }), first)).toEqual([1]);
  expect((await round(id)).size).toBe(0);
  await send(id, at(0), "two");
  for (let n = 0; n <= largeGroups.pushRoundsMax; n++) {
    expect((await round(id, { failing, evicts: true })).size).toBe(people.length - 2);
    await evict(id);
  }
  expect(await round(id)).toEqual(new Map());
});

test("[M31] a message that mentioned a member, and does no more when a round comes to it, is not pushed to them once more", async () => {
  const { id, at } = await grown();
  for (const n of [1, 2]) await want(id, at(n), true);
  await send(id, at(0), "to two", undefined, { mentions: [at(2).userId, at(3).userId] });
  await submit(id, at(0), { do: "edit", seq: 1, text: "to nobody", mentions: [] });
  const rowsOf = (table: string) =>
    runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => sql.exec(`SELECT * FROM ${table}`).toArray());
  // Of those who want all.
  expect(await rowsOf("large_push_skips")).toEqual([{ user_id: at(2).userId, seq: 1 }]);
  // As when calls of their own brought the mention and its end.
  await runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => void sql.exec("DELETE FROM large_due"));
  await evict(id);
  const pushed = await round(id);
  expect(seqsOf(pushed, at(1))).toEqual([1]);
  expect(seqsOf(pushed, at(2))).toBeUndefined();
  expect(await rowsOf("large_push_skips")).toEqual([]);
  await send(id, at(0), "two");
  expect(seqsOf(await round(id), at(2))).toEqual([2]);
});
