/** A search finds the same whether messages lie in the conversation's object or in its archive, and reads only the segments that may have hits. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { cost } from "../../../objects/shared/platform/meter.ts";
import { faultPoints } from "../../../objects/shared/archive/fault-points.ts";
import { conversationStub } from "../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import type { Command } from "../../../objects/contract/command.ts";
import type { SearchCallQuery, SearchPage } from "../../../schema/http/search.ts";
import type { ConversationId, Seq } from "../../../schema/ids.ts";
import { forgetIndexes } from "../../../workers/archive/read-index.ts";
import { forgetSegments } from "../../../workers/archive/read-segment.ts";
import { consumeArchive } from "../../../workers/queues/archive.ts";
import { mentionsOf } from "../../../workers/search/mentions.ts";
import { searchMessages } from "../../../workers/search/search.ts";
import { archiveOf, lowerMarks, seal, sql } from "../../rig/objects/archived.ts";
import { caller } from "../../rig/objects/door.ts";
import { codeOf, foundGroup, sendCommand, somebody, submit, type TestPerson } from "../../rig/objects/people.ts";
import { storedInBucket } from "../../rig/objects/stores.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
const forget = () => (forgetIndexes(), forgetSegments());
beforeEach(forget);

type Query = Partial<SearchCallQuery> & { q: string };

async function pageOf(id: ConversationId, by: TestPerson, query: Query): Promise<SearchPage> {
  const found = await searchMessages(env, by.userId, { limit: 50, ...query, conversationId: id });
  if (!found.ok) throw new Error(found.refusal.code);
  return found.value;
}

async function seqsOf(id: ConversationId, by: TestPerson, query: Query): Promise<Seq[]> {
  const seqs: Seq[] = [];
  let cursor: string | undefined;
  for (let pages = 0; ; pages++) {
    const page = await pageOf(id, by, { ...query, cursor });
    expect(page.missing).toBeUndefined();
    seqs.push(...page.hits.map(({ message }) => message.seq));
    if (page.cursor === null) return seqs;
    ({ cursor } = page);
    if (pages > 1_000) throw new Error("the search does not end");
  }
}

const words = ["alpha", "béta", "東京タワー", "한국어", "don't", "omega"];
const textAt = (seq: Seq) => `${words[seq % words.length]} ${seq % 97 === 5 ? "needle" : "hay"} n${seq}`;

async function sendAll(id: ConversationId, people: readonly TestPerson[], count: number): Promise<void> {
  for (let from = 1; from <= count; from += 50) {
    windClock(1_000);
    const by = people[Math.floor(from / 50) % people.length];
    if (by === undefined) throw new Error("nobody");
    const seqs = Array.from({ length: Math.min(50, count - from + 1) }, (_, n) => from + n);
    const commands = seqs.map((seq): Command => sendCommand(textAt(seq), `k${seq}`));
    const answers = await conversationStub(env, id).submit(by.actor, commands);
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

async function change(id: ConversationId, by: TestPerson, command: Command): Promise<void> {
  expect(codeOf(await submit(id, by, command))).toBe("ok");
}

const descending = (seqs: number[]) => seqs.toSorted((a, b) => b - a);
const all = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

// Segments of eight messages make two groups.
test.each([40, 8])(
  "[E6] [H3] what is found is the same before and after sealing, edits, unsends and rewriting, however it is paged (segments of %i)",
  { timeout: 120_000 },
  async (segmentMessagesMax) => {
    lowerMarks({ segmentMessagesMax });
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    const count = 530;
    await sendAll(id, [ana, bo], count);
    const texts = new Map(all(count).map((seq) => [seq, textAt(seq)]));
    const withWord = (word: string) =>
      descending([...texts].filter(([, text]) => text.includes(word)).map(([seq]) => seq));
    const compare = async (): Promise<void> => {
      for (const [q, word] of [
        ["needle", "needle"],
        ["need", "needle"],
        ["beta", "béta"],
        ["京タ", "東京"],
        ["한", "한국어"],
        ["don't", "don't"],
        ["nothing", "nothing"],
      ])
        expect(await seqsOf(id, bo, { q: q ?? "" }), q).toEqual(withWord(word ?? ""));
      expect(await seqsOf(id, ana, { q: "needle", limit: 1 })).toEqual(withWord("needle"));
      expect(await seqsOf(id, ana, { q: "alpha", limit: 7 })).toEqual(withWord("alpha"));
      expect(await seqsOf(id, ana, { q: "needle hay" })).toEqual(withWord("needle hay"));
    };
    await compare();
    await seal(id);
    expect((await archiveOf(id)).segments).toBeGreaterThan(5);
    await evict(id);
    await compare();
    const [{ at } = { at: 0 }] = await sql<{ at: number }>(
      id,
      "SELECT first_at AS at FROM segments ORDER BY first_seq LIMIT 1 OFFSET 3",
    );
    const sent = new Map((await pageOfAll(id, bo)).map(({ message }) => [message.seq, message]));
    for (const [since, until] of [
      [at, undefined],
      [undefined, at],
      [at, at],
    ] as const) {
      const expected = withWord("alpha").filter((seq) => {
        const sentAt = sent.get(seq)?.sentAt ?? 0;
        return (since === undefined || sentAt >= since) && (until === undefined || sentAt <= until);
      });
      expect(await seqsOf(id, bo, { q: "alpha", since, until, limit: 3 })).toEqual(expected);
      expect(await seqsOf(id, bo, { q: "alpha", since, until, senderId: ana.userId })).toEqual(
        expected.filter((seq) => sent.get(seq)?.senderId === ana.userId),
      );
    }

    // Messages of the archive are edited and unsent: a few, which lie over their segments, then so many that segments are written anew.
    for (const [seq, text] of [
      [5, "edited alpha"],
      [102, "now with a needle"],
      [30, null],
    ] as const) {
      const by = sent.get(seq)?.senderId === ana.userId ? ana : bo;
      await change(id, by, text === null ? { do: "unsend", seq } : { do: "edit", seq, text, mentions: null });
      if (text === null) texts.delete(seq);
      else texts.set(seq, text);
    }
    await compare();
    await seal(id);
    await evict(id);
    forget();
    await compare();
    for (let seq = 60; seq < 80; seq++) {
      const by = sent.get(seq)?.senderId === ana.userId ? ana : bo;
      await change(id, by, { do: "edit", seq, text: `rewritten needle ${seq}`, mentions: null });
      texts.set(seq, `rewritten needle ${seq}`);
    }
    await compare();
    await seal(id);
    await evict(id);
    forget();
    await compare();
    expect(await seqsOf(id, bo, { q: "n65" })).toEqual([]);
  },
);

/** Each message has the word "n…" of its own seq. */
async function pageOfAll(id: ConversationId, by: TestPerson): Promise<SearchPage["hits"]> {
  const hits: SearchPage["hits"] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await pageOf(id, by, { q: "n", cursor });
    hits.push(...page.hits);
    if (page.cursor === null) return hits;
    ({ cursor } = page);
  }
}

test("[E15] of the archive a search reads the indexes and the segments that hold all of the words, and nothing through the conversation's object", async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendAll(id, [ana], 600);
  await seal(id);
  const readsOf = async (query: Query): Promise<number> => {
    forget();
    const before = cost.bucketReads;
    await seqsOf(id, bo, query);
    return cost.bucketReads - before;
  };
  const { segments } = await archiveOf(id);
  expect(segments).toBeGreaterThan(8);
  expect(await readsOf({ q: "absent" })).toBe(1);
  // Only message 77 has it.
  expect(await readsOf({ q: "n77" })).toBe(2);
  expect(await readsOf({ q: "needle", senderId: bo.userId })).toBe(1);
  // A common word: the newest segments fill the page.
  forget();
  const before = cost.bucketReads;
  expect((await pageOf(id, bo, { q: "hay", limit: 50 })).hits.length).toBe(50);
  expect(cost.bucketReads - before).toBeLessThanOrEqual(3);
});

test("[E17] between two segments that a search looks through, others get the thread, also where all lie in memory", async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendAll(id, [ana], 600);
  await seal(id);
  const { segments } = await archiveOf(id);
  expect(segments).toBeGreaterThan(8);
  // Both words stand in each segment, and never in one message.
  const query = { q: "alpha omega" };
  expect(await seqsOf(id, bo, query)).toEqual([]);
  let isOver = false;
  let turns = 0;
  const others = (async () => {
    for (; !isOver; turns++) await scheduler.wait(0);
  })();
  const before = cost.bucketReads;
  expect((await pageOf(id, bo, query)).hits).toEqual([]);
  isOver = true;
  await others;
  expect(cost.bucketReads).toBe(before);
  expect(turns).toBeGreaterThanOrEqual(segments);
});

test("[E16] an index that is missing or damaged hides nothing, and a segment that is so is named as missing", async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendAll(id, [ana], 530);
  await seal(id);
  const expected = await seqsOf(id, bo, { q: "needle" });
  const keys = (await env.ARCHIVE.list({ prefix: `archive/${id}/` })).objects.map(({ key }) => key);
  const index = keys.find((key) => key.includes("/words-")) ?? "";
  await env.ARCHIVE.put(index, new Uint8Array([1, 2, 3]));
  forget();
  expect(await seqsOf(id, bo, { q: "needle" })).toEqual(expected);
  await env.ARCHIVE.delete(index);
  forget();
  expect(await seqsOf(id, bo, { q: "needle" })).toEqual(expected);
  // More is sealed and written anew all the same, and stands in another index.
  await change(id, ana, { do: "unsend", seq: 5 });
  await sendAll(id, [ana], 0);
  await seal(id);
  forget();
  expect(await seqsOf(id, bo, { q: "needle" })).toEqual(expected.filter((seq) => seq !== 5));

  const [{ first_seq: first, last_seq: last, generation } = { first_seq: 0, last_seq: 0, generation: 0 }] = await sql<{
    first_seq: number;
    last_seq: number;
    generation: number;
  }>(id, "SELECT first_seq, last_seq, generation FROM segments WHERE first_seq <= 102 ORDER BY first_seq DESC LIMIT 1");
  await env.ARCHIVE.delete(`archive/${id}/${first}-${last}.${generation}`);
  forget();
  await caches
    .open("segments")
    .then((cache) => cache.delete(`https://segments.invalid/archive/${id}/${first}-${last}.${generation}`));
  const page = await pageOf(id, bo, { q: "needle" });
  expect(page.hits.map(({ message }) => message.seq)).toEqual(
    expected.filter((seq) => seq !== 5 && (seq < first || seq > last)),
  );
  expect(page.missing).toEqual([{ conversationId: id, from: first, to: last }]);
});

test("[E8] a member who is removed while a page reads the archive for long gets none of it", async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendAll(id, [ana], 600);
  await seal(id);
  forget();
  let reads = 0;
  const slow = async (key: string): Promise<unknown> => {
    const object = await env.ARCHIVE.get(key);
    if (key.includes("/words-") || reads++ > 0) return object;
    // The conversation has named the segment already.
    await conversationStub(env, id).removeMember(ana.userId, bo.userId);
    windClock(2_000);
    return object;
  };
  const found = await searchMessages({ ...env, ARCHIVE: { get: slow } } as unknown as typeof env, bo.userId, {
    q: "needle",
    limit: 50,
    conversationId: id,
  });
  expect(reads).toBeGreaterThan(0);
  expect(codeOf(found)).toBe("not_found");
});

test(
  "[E5] [H4] words of unsent messages are in no object of R2, through a crash at each step, and no orphan stays",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    await change(id, ana, sendCommand("xyzzyplugh 秘密情報", "secret"));
    await sendAll(id, [ana], 530);
    const crashes = [
      "archive: before the index",
      "archive: after the index",
      "archive: before the put",
      "archive: after the put",
    ];
    const workWithCrashes = async (): Promise<void> => {
      for (const point of crashes) {
        let crashed = 0;
        faultPoints.reach = (name) => {
          if (name === point && crashed++ === 0) throw new Error("crash on purpose");
        };
        try {
          // Messages are sealed when the inboxes have them.
          for (let tries = 0; crashed === 0 && tries < 200; tries++) {
            await consumeArchive({ conversationId: id }, env).catch(() => undefined);
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        } finally {
          faultPoints.reach = undefined;
        }
        expect(crashed, point).toBeGreaterThan(0);
      }
      await seal(id);
      await evict(id);
    };
    await workWithCrashes();
    expect(await seqsOf(id, bo, { q: "xyzzy" })).toEqual([1]);
    expect(await seqsOf(id, bo, { q: "密情" })).toEqual([1]);
    expect(await storedInBucket(id)).toContain("xyzzy");
    await change(id, ana, { do: "unsend", seq: 1 });
    expect(await seqsOf(id, bo, { q: "xyzzy" })).toEqual([]);
    await workWithCrashes();
    windClock(7_200_000);
    for (let n = 0; n < 3; n++) await consumeArchive({ conversationId: id }, env);
    forget();
    expect(await seqsOf(id, bo, { q: "xyzzy" })).toEqual([]);
    expect(await storedInBucket(id)).not.toContain("xyzzy");
    const keys = (await env.ARCHIVE.list({ prefix: `archive/${id}/` })).objects;
    expect(keys.length).toBe((await archiveOf(id)).objects);
    expect(await seqsOf(id, bo, { q: "needle" })).toEqual(
      descending(all(530).filter((seq) => seq % 97 === 5)).map((seq) => seq + 1),
    );
  },
);

test("[E12] mentions in the archive are listed", async () => {
  lowerMarks();
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(bo, [ana]);
  await change(id, bo, sendCommand("you", "first", { mentions: [ana.userId] }));
  await change(id, bo, sendCommand("you, too", "second", { mentions: [ana.userId] }));
  await sendAll(id, [bo], 530);
  await seal(id);
  expect((await archiveOf(id)).through).toBeGreaterThan(2);
  const texts = async (): Promise<string[]> => {
    const page = await mentionsOf(env, ana.userId, { limit: 10 });
    return page.ok ? page.value.hits.map(({ message }) => message.text) : [];
  };
  expect(await texts()).toEqual(["you, too", "you"]);
  await change(id, bo, { do: "unsend", seq: 1 });
  expect(await texts()).toEqual(["you, too"]);
});
