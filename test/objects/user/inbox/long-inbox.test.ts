/** Inboxes of people who have very many conversations, or never read, or whose writes fail. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import type { Delivery, DeliveryItem } from "../../../../objects/contract/delivery/delivery.ts";
import { inboxMarks } from "../../../../objects/user/inbox/rows/inbox-tables.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { Summary, SyncAnswer } from "../../../../schema/wire/inbox.ts";
import { evict } from "../../../rig/objects/accounts.ts";
import { seeded } from "../../../rig/random.ts";
import {
  delivery,
  factsByHand,
  fillInbox,
  type Member,
  member,
  newConversation,
  poll,
} from "../../../rig/objects/inbox/inboxes.ts";

async function listOf(by: Member): Promise<Summary[]> {
  const answer = await by.calls.summaries(undefined, 100);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value.conversations;
}

const numbersOf = async (by: Member) =>
  (await listOf(by)).map(({ unread, mentionsUnread }) => [unread, mentionsUnread])[0];

const inDatabase = <T>(by: Member, work: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(env.USERS.getByName(by.id), (_object, { storage }) => work(storage.sql));

/** What a message is told as at a rev: new where the rev is its seq. */
function itemOf(me: UserId, seq: number, rev: number, isMention: boolean, isUnsent: boolean): DeliveryItem {
  const mentions = isMention ? [me] : [];
  const message = { seq, senderId: "u_sender" as UserId, sentAt: rev, preview: "", isUnsent, mentions };
  return seq === rev
    ? { rev, kind: "message", json: "{}", message }
    : { rev, kind: "change", json: `"rev":${rev}`, message };
}

function stretchOf(id: ConversationId, items: DeliveryItem[], headSeq: number): Delivery {
  const [first, last] = [items[0]?.rev ?? 0, items.at(-1)?.rev ?? 0];
  return { ...delivery(id, last, { facts: first === 1 ? factsByHand : null }), sinceRev: first - 1, items, headSeq };
}

test(
  "[I20] however long somebody does not read, what is unread is exact, and takes a bit a message and no work beyond what is touched",
  { timeout: 120_000 },
  async () => {
    const ana = await member("ana");
    const id = newConversation();
    const count = 12_000;
    const isMention = (seq: number) => seq % 3 === 0;
    const isUnsent = (seq: number) => seq % 4 === 0;
    const unsentSeqs = Array.from({ length: count }, (_, i) => i + 1).filter(isUnsent);
    await runInDurableObject(env.USERS.getByName(ana.id), async (object) => {
      for (let from = 1; from <= count; from += 200) {
        const items = Array.from({ length: 200 }, (_, i) =>
          itemOf(ana.id, from + i, from + i, isMention(from + i), false),
        );
        await object.deliver(stretchOf(id, items, from + 199));
      }
      for (let from = 0; from < unsentSeqs.length; from += 200) {
        const items = unsentSeqs
          .slice(from, from + 200)
          .map((seq, i) => itemOf(ana.id, seq, count + from + i + 1, false, true));
        await object.deliver(stretchOf(id, items, count));
      }
    });
    const counted = (read: number) => {
      const left = Array.from({ length: count - read }, (_, i) => read + i + 1).filter((seq) => !isUnsent(seq));
      return [left.length, left.filter(isMention).length];
    };
    expect(await numbersOf(ana)).toEqual(counted(0));
    const marks = () =>
      inDatabase(ana, (sql) =>
        sql.exec("SELECT length(unsent) + length(mentions) AS bytes FROM inbox_marks").toArray(),
      );
    expect((await marks()).length).toBeLessThanOrEqual(Math.ceil((count + 1) / 2_048));

    let rev = count + unsentSeqs.length;
    for (const read of [1, 2_047, 2_048, 5_001, 5_002, 11_999]) {
      await evict(ana.id);
      await ana.calls.deliver({ ...stretchOf(id, [], count), sinceRev: rev, rev, headSeq: count, read });
      expect(await numbersOf(ana)).toEqual(counted(read));
      // One message that is edited costs its row, its stretch and nothing more, however many marks there are.
      const before = { ...cost };
      const seq = 11_998;
      await ana.calls.deliver(stretchOf(id, [itemOf(ana.id, seq, ++rev, false, isUnsent(seq))], count));
      expect(cost.rowsRead - before.rowsRead).toBeLessThanOrEqual(4);
      expect(cost.rowsWritten - before.rowsWritten).toBeLessThanOrEqual(2);
      expect((await marks()).length).toBeLessThanOrEqual(Math.ceil((count - read + 1) / 2_048) + 1);
    }
    await ana.calls.deliver({ ...stretchOf(id, [], count), sinceRev: rev, rev, headSeq: count, read: count });
    expect(await numbersOf(ana)).toEqual([0, 0]);
    expect(await marks()).toEqual([]);
  },
);

test("[I20] marks that were kept as rows become bits", async () => {
  const ana = await member("ana");
  const id = newConversation();
  const items = Array.from({ length: 100 }, (_, i) => itemOf(ana.id, i + 1, i + 1, false, false));
  await ana.calls.deliver(stretchOf(id, items, 100));
  const unsent = [1, 7, 8, 9, 15, 16, 63, 64, 99, 100];
  const mentions = [2, 8, 50, 98];
  await inDatabase(ana, (sql) => {
    sql.exec(`
      DROP TABLE inbox_marks;
      CREATE TABLE inbox_exceptions (
        conversation_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (conversation_id, seq, kind)
      ) STRICT, WITHOUT ROWID;`);
    for (const [kind, seqs] of Object.entries({ unsent, mentions }))
      for (const seq of seqs) sql.exec("INSERT INTO inbox_exceptions VALUES (?, ?, ?)", id, seq, kind);
    sql.exec("UPDATE inbox SET unsent_unread = ?, mentions_unread = ?", unsent.length, mentions.length);
    sql.exec(inboxMarks);
  });
  await evict(ana.id);
  for (const read of [0, 1, 7, 8, 9, 49, 50, 63, 99]) {
    await ana.calls.deliver({ ...stretchOf(id, [], 100), sinceRev: 100, rev: 100, read });
    expect(await numbersOf(ana)).toEqual([
      100 - read - unsent.filter((seq) => seq > read).length,
      mentions.filter((seq) => seq > read).length,
    ]);
  }
});

test(
  "[I23] where a write fails, memory says what is stored: deliveries, patches and their order, at every fault",
  { timeout: 120_000 },
  async () => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const random = seeded(seed);
    const ana = await member("ana");
    const ids = Array.from({ length: 6 }, newConversation);
    const revs = new Map<ConversationId, number>();
    // The version of what was told and could not be written is used up, so the answer's own version may be above those of its rows.
    const shown = async () => {
      const { version, ...polled } = await (await poll(ana, "")).json<SyncAnswer>();
      expect(version).toBeGreaterThanOrEqual(Math.max(0, ...polled.conversations.map((row) => row.version)));
      return { list: await listOf(ana), polled };
    };
    try {
      for (let step = 0; step < 60; step++) {
        const id = ids[Math.floor(random() * ids.length)] ?? newConversation();
        const fault = random();
        const table = fault < 0.2 ? "inbox" : fault < 0.4 ? "inbox_marks" : undefined;
        if (table !== undefined) {
          await inDatabase(ana, (sql) => {
            for (const act of ["INSERT", "UPDATE"])
              sql.exec(
                `CREATE TRIGGER fault_${act} AFTER ${act} ON ${table} WHEN NEW.conversation_id = '${id}' BEGIN SELECT RAISE(ABORT, 'fault'); END`,
              );
          });
        }
        const act = random();
        if (act < 0.7) {
          // Two in one turn: the one that fails must not take the other along.
          const other = ids[Math.floor(random() * ids.length)] ?? id;
          await runInDurableObject(env.USERS.getByName(ana.id), async (object) => {
            const told = [id, other].filter((each, index, all) => all.indexOf(each) === index);
            const answers = await Promise.all(
              told.map((each) => {
                const rev = (revs.get(each) ?? 0) + 1;
                return object.deliver(stretchOf(each, [itemOf(ana.id, rev, rev, random() < 0.5, false)], rev));
              }),
            );
            for (const [index, each] of told.entries()) revs.set(each, answers[index]?.rev ?? 0);
          });
        } else {
          await runInDurableObject(env.USERS.getByName(ana.id), (object) =>
            object.patchSummary(id, { draft: `${step}` }).catch(() => undefined),
          );
        }
        if (table !== undefined)
          await inDatabase(ana, (sql) => sql.exec("DROP TRIGGER fault_INSERT; DROP TRIGGER fault_UPDATE"));
        if (step % 3 !== 0) continue;
        const before = await shown();
        await evict(ana.id);
        expect(await shown()).toEqual(before);
      }
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  },
);

test(
  "[I24] a page of the list, a poll and a delivery cost the same in a long inbox as in a short one, once it is awake",
  { timeout: 120_000 },
  async () => {
    const rowsReadOf = async (count: number): Promise<number[]> => {
      const ana = await member("ana");
      await fillInbox(ana, count);
      const first = await ana.calls.summaries(undefined, 10);
      if (!first.ok) throw new Error(first.refusal.detail);
      const { version, epoch } = await (await poll(ana, `?since=${count}`)).json<SyncAnswer>();
      const measured: number[] = [];
      const measure = async (work: () => Promise<unknown>): Promise<void> => {
        const before = cost.rowsRead;
        await work();
        measured.push(cost.rowsRead - before);
      };
      await measure(() => ana.calls.summaries(first.value.cursor ?? undefined, 10));
      await measure(() => poll(ana, `?since=${version - 5}&epoch=${epoch}`));
      await measure(() => ana.calls.deliver(delivery(newConversation(), 1)));
      return measured;
    };
    const short = await rowsReadOf(30);
    expect(Math.min(...short)).toBeGreaterThan(0);
    expect(await rowsReadOf(5_000)).toEqual(short);
  },
);
