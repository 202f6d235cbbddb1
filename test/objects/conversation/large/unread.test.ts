/** What the conversation counts for members of a large group who do not look: against a model, through evictions, and with the growth in the middle. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { UnreadCounts } from "../../../../objects/conversation/large/unread-counts.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { Database } from "../../../../objects/shared/platform/database.ts";
import { largeTables } from "../../../../objects/conversation/members/large-tables.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { everyone, type ConversationId, type UserId } from "../../../../schema/ids.ts";
import { limits } from "../../../../schema/limits.ts";
import { seeded } from "../../../rig/random.ts";
import { codeOf, foundGroup, send, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";

openLargeGroups({ callsInboxes: false });

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);

type Sent = { by: UserId; mentions: UserId[]; isUnsent: boolean };

const seeds = [1, 2, 3, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)(
  "[M24] unread and mentions of each member are those of a model, whatever is sent, edited, unsent, read or evicted (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    const int = (below: number): number => Math.floor(random() * below);
    const people = Array.from({ length: 6 }, (_, n) => somebody(`p${n}`));
    const [owner = somebody("none"), ...others] = people;
    const id = await foundGroup(owner, others.slice(0, 2));
    const stub = conversationStub(env, id);
    const sent: Sent[] = [];
    const read = new Map<UserId, number>();
    const inside: TestPerson[] = [owner, ...others.slice(0, 2)];
    for (const { userId } of inside) read.set(userId, 0);
    const some = (): TestPerson => inside[int(inside.length)] ?? owner;
    const steps: string[] = [];
    for (let step = 0; step < 90; step++) {
      const luck = random();
      // Before it grows the others mostly do not look.
      const by = step < 30 && random() < 0.9 ? owner : some();
      const seq = 1 + int(Math.max(1, sent.length));
      const message = sent[seq - 1];
      const mentions = random() < 0.5 ? [some().userId, some().userId] : [];
      if (step === 30 || (step > 30 && luck < 0.04 && inside.length < people.length)) {
        const next = people.find((person) => !inside.includes(person));
        if (next === undefined) continue;
        steps.push(`join ${inside.length}`);
        expect(codeOf(await stub.putMember(owner.userId, next.userId, null, next.person))).toBe("ok");
        inside.push(next);
        read.set(next.userId, sent.length);
      } else if (luck < 0.45 || message === undefined) {
        steps.push(`send ${sent.length + 1}`);
        await send(id, by, `text ${step}`, undefined, { mentions });
        sent.push({ by: by.userId, mentions: [...new Set(mentions)], isUnsent: false });
        read.set(by.userId, sent.length);
      } else if (luck < 0.6) {
        steps.push(`edit ${seq}`);
        const author = people.find(({ userId }) => userId === message.by) ?? owner;
        const done = await submit(id, author, { do: "edit", seq, text: `edited ${step}`, mentions });
        if (done.ok) message.mentions = [...new Set(mentions)];
      } else if (luck < 0.7) {
        steps.push(`unsend ${seq}`);
        await submit(id, owner, { do: "unsend", seq });
        Object.assign(message, { isUnsent: true, mentions: [] });
      } else if (luck < 0.9) {
        steps.push(`read ${seq}`);
        await submit(id, by, { do: "receipt", delivered: null, read: seq });
        read.set(by.userId, Math.max(read.get(by.userId) ?? 0, seq));
      } else {
        steps.push("evict");
        await evict(id);
      }
      if (inside.length <= 3) continue;
      for (const { userId } of inside) {
        const after = read.get(userId) ?? 0;
        const unread = sent.filter((each, at) => at + 1 > after && !each.isUnsent);
        const mentioned = unread.filter((each) => each.by !== userId && each.mentions.includes(userId));
        expect(await stub.rowOf(userId, null), `seed ${seed}: ${steps.join(", ")}`).toMatchObject({
          read: after,
          unread: unread.length,
          mentionsUnread: mentioned.length,
          headSeq: sent.length,
        });
      }
    }
  },
);

test("[M24] [X10] a member who erases their account leaves the counts of the others exact, and nothing of their name", async () => {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, [bo, cy]);
  const stub = conversationStub(env, id);
  await stub.putMember(ana.userId, di.userId, null, di.person);
  for (const mentions of [[], [cy.userId], [cy.userId]]) await send(id, bo, "by bo", undefined, { mentions });
  await send(id, ana, "by ana", undefined, { mentions: [cy.userId] });
  const counts = async () => {
    const row = await stub.rowOf(cy.userId, null);
    return [row?.unread, row?.mentionsUnread, row?.last?.seq];
  };
  expect(await counts()).toEqual([4, 3, 4]);
  const left = { ...bo.person, user: { ...bo.person.user, handle: null, name: "", deleted: true as const } };
  expect(await stub.eraseMember(left, 0)).toEqual({ next: null });
  await evict(id);
  expect(await counts()).toEqual([1, 1, 4]);
  expect(codeOf(await stub.view(bo.userId))).toBe("not_found");
  const words = await runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, { storage: { sql } }) => [
    ...sql.exec("SELECT 1 FROM large_words WHERE user_id = ?", bo.userId).toArray(),
    ...sql.exec("SELECT 1 FROM large_members WHERE user_id = ? AND words <> ''", bo.userId).toArray(),
  ]);
  expect(words).toEqual([]);
});

test("[M24] both counts are exact up to 9,999 and stand still there, whatever was unsent", async () => {
  const id = await foundGroup(somebody("ana"), []);
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, { storage }) => {
    const db = new Database(storage);
    db.migrate(largeTables, "large_migrations");
    const counts = new UnreadCounts(db);
    const me = "u_me" as UserId;
    const of = (read: number, head: number) => counts.of(me, read, head);
    expect(of(0, 9_999)).toEqual({ unread: 9_999, mentionsUnread: 0 });
    expect(of(0, 1_000_000).unread).toBe(9_999);
    const unsent = Array.from({ length: 30_000 }, (_, n) => 20_001 + n);
    db.transact((tx) => counts.noteUnsent(tx, unsent));
    // The same again changes nothing.
    db.transact((tx) => counts.noteUnsent(tx, unsent.slice(0, 3_000)));
    expect(of(20_000, 50_000).unread).toBe(0);
    expect(of(19_990, 50_005).unread).toBe(15);
    expect(of(25_000, 50_100).unread).toBe(100);
    expect(of(10_002, 50_000).unread).toBe(9_998);
    expect(of(10_001, 50_000).unread).toBe(9_999);
    expect(of(0, 50_000).unread).toBe(9_999);
    db.transact((tx) => {
      for (let seq = 1; seq <= 10_005; seq++) counts.mention(tx, seq, [me]);
      counts.read(tx, me, 2);
    });
    expect(of(2, 50_000).mentionsUnread).toBe(9_999);
    expect(of(7, 50_000).mentionsUnread).toBe(9_998);
    db.transact((tx) => {
      for (let seq = 20_001; seq <= 40_000; seq++) counts.mention(tx, seq, [everyone]);
    });
    const before = cost.rowsRead;
    expect(of(0, 20_000).mentionsUnread).toBe(9_999);
    expect(cost.rowsRead - before).toBeLessThan(5 * limits.unreadMax);
    db.transact((tx) => counts.read(tx, me));
    expect(of(0, 50_000).mentionsUnread).toBe(9_999);
    expect(of(39_000, 50_000).mentionsUnread).toBe(1_000);
    db.transact((tx) => {
      counts.mention(tx, 39_500, [me]);
      counts.mention(tx, 45_000, [me]);
    });
    expect(of(39_000, 50_000).mentionsUnread).toBe(1_001);
  });
});
