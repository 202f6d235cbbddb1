/** The merging of what is found into pages, against all messages in order; and the cursor, which a client could have made up. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { done, refuse } from "../../schema/errors.ts";
import type { ConversationId } from "../../schema/ids.ts";
import { searchHolds } from "../../schema/search-limits.ts";
import type { Message } from "../../schema/wire/message.ts";
import { beforeIn, byPlace, cursorOf, cursorText, type HitPlace } from "../../workers/search/hit-place.ts";
import { type Found, type Source, merge, type PageBounds } from "../../workers/search/merge.ts";

const seed = Number(process.env["SEED"] ?? 20_261_128);

/** Conversations whose messages' times do not fall, as they are sent. `parts`: in how many answers the messages come. */
const world = fc
  .array(
    fc.record({
      steps: fc.array(fc.record({ waits: fc.nat(3), isHit: fc.boolean() }), { maxLength: 12 }),
      parts: fc.integer({ min: 1, max: 5 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((conversations) =>
    conversations.map(({ steps, parts }, index) => {
      let at = 100;
      const id = `c_${index}` as ConversationId;
      return {
        id,
        parts,
        messages: steps.map(({ waits, isHit }, n) => ({ at: (at += waits), id, seq: n + 1, isHit })),
      };
    }),
  );

/** No time runs out. */
const bounds = (limit: number): PageBounds => ({
  limit,
  deadlineMs: Number.MAX_SAFE_INTEGER,
  lastMs: Number.MAX_SAFE_INTEGER,
  from: null,
});

const foundAt = ({ at, id, seq }: HitPlace) => ({ place: { at, id, seq }, message: { seq } as Message });

/** A conversation answers a few messages at a time; of what is left it says where that begins. */
function sourceOf(
  conversation: { id: ConversationId; parts: number; messages: (HitPlace & { isHit: boolean })[] },
  behind: HitPlace,
): Source {
  return {
    behind,
    giveUp: () => [],
    open: () => {
      const before = beforeIn(conversation.id, behind);
      const left = conversation.messages
        .filter(({ at, seq }) => at < before.at || (at === before.at && seq < before.seq))
        .toReversed();
      const seen = left.slice(0, conversation.parts);
      const last = seen.at(-1);
      const found: Found = {
        messages: seen.filter(({ isHit }) => isHit).map(foundAt),
        sources: last === undefined || left.length === seen.length ? [] : [sourceOf(conversation, last)],
        missing: [],
      };
      return Promise.resolve(done(found));
    },
  };
}

test("[E7] pages together are all hits in order, each once, whatever comes in how many answers", async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.integer({ min: 1, max: 7 }), async (conversations, limit) => {
      const expected = conversations
        .flatMap(({ messages }) => messages.filter(({ isHit }) => isHit))
        .sort(byPlace)
        .map(({ id, seq }) => `${id} ${seq}`);
      const told: string[] = [];
      let place: HitPlace | null = null;
      for (let pages = 0; ; pages++) {
        expect(pages).toBeLessThan(200);
        const start: HitPlace = place ?? { at: 1e6, id: "c_0" as ConversationId, seq: 1e6 };
        const sources = conversations.map((conversation) => sourceOf(conversation, start));
        const merged = await merge({ messages: [], sources, missing: [] }, bounds(limit));
        if (!merged.ok) throw new Error("refused");
        const { messages, next } = merged.value;
        expect(messages.length).toBeLessThanOrEqual(limit);
        told.push(...messages.map((one) => `${one.place.id} ${one.place.seq}`));
        if (next === null) break;
        // By the client and back.
        place = cursorOf(cursorText({ place: next, round: null }))?.place ?? null;
        expect(place).toMatchObject({ at: next.at, id: next.id, seq: next.seq });
      }
      expect(told).toEqual(expected);
    }),
    { seed, numRuns: 500 },
  );
});

test("[E10] a page opens a bounded number of sources, a bounded number at once, and goes on behind them", async () => {
  let opened = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const endless = (at: number): Source => ({
    behind: { at, id: "c_0" as ConversationId, seq: 1 },
    giveUp: () => [],
    open: async () => {
      opened++;
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      await Promise.resolve();
      atOnce--;
      return done({ messages: [], sources: [endless(at - 1)], missing: [] });
    },
  });
  const sources = Array.from({ length: 20 }, () => endless(1_000));
  const merged = await merge({ messages: [], sources, missing: [] }, bounds(10));
  expect(opened).toBe(searchHolds.stepsPerPage);
  expect(mostAtOnce).toBeLessThanOrEqual(searchHolds.stepsAtOnce);
  expect(merged.ok && merged.value.next?.at).toBeLessThan(1_000);
  opened = 0;
  const late = await merge({ messages: [], sources: [endless(1_000)], missing: [] }, { ...bounds(10), deadlineMs: 0 });
  expect(opened).toBe(3);
  expect(late.ok && late.value.next?.at).toBe(997);
});

test("no more is read than the page needs", async () => {
  let opened = 0;
  const far: Source = {
    behind: { at: 5, id: "c_0" as ConversationId, seq: 9 },
    giveUp: () => [],
    open: () => (opened++, Promise.resolve(refuse("internal", ""))),
  };
  const messages = [10, 9, 8].map((at) => foundAt({ at, id: "c_1" as ConversationId, seq: at }));
  const merged = await merge({ messages, sources: [far], missing: [] }, bounds(3));
  expect(opened).toBe(0);
  expect(merged.ok && merged.value.next).toEqual(messages[2]?.place);
});

/** Many conversations whose archives all reach over the place where the page begins. */
function archivesAt(from: HitPlace, count: number, opened: string[]): Source[] {
  return Array.from({ length: count }, (_, n): Source => {
    const id = `c_${n}` as ConversationId;
    return {
      behind: from,
      giveUp: () => [{ conversationId: id }],
      open: () => (opened.push(id), Promise.resolve(done({ messages: [], sources: [], missing: [] }))),
    };
  });
}

test("[E10] a page opens all that lies where it begins, beyond its bounds, and what it has no time for is named: no page leads to itself", async () => {
  const from: HitPlace = { at: 1_000, id: "c_9" as ConversationId, seq: 5 };
  const older = foundAt({ at: 10, id: "c_0" as ConversationId, seq: 1 });
  const opened: string[] = [];
  const sources = archivesAt(from, 3 * searchHolds.stepsPerPage, opened);
  const found = { messages: [older], sources, missing: [] };
  const merged = await merge(found, { ...bounds(10), from });
  expect(opened).toHaveLength(sources.length);
  expect(merged.ok && merged.value).toEqual({ messages: [older], next: null, missing: [] });
  opened.length = 0;
  const late = await merge(found, { ...bounds(10), from, deadlineMs: 0, lastMs: 0 });
  expect(opened.length).toBeLessThanOrEqual(searchHolds.stepsAtOnce);
  expect(late.ok && late.value.messages).toEqual([older]);
  expect(late.ok && late.value.next).toBeNull();
  const named = late.ok ? late.value.missing.map(({ conversationId }) => conversationId as string) : [];
  expect([...named, ...opened].toSorted()).toEqual(sources.map((_, n) => `c_${n}`).toSorted());
});
