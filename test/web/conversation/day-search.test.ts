import fc from "fast-check";
import { expect, test } from "vitest";
import { searchDay } from "../../../web/conversation/panel/day-search.ts";

/** Searches messages with these times, the first of which has the seq `first`. */
async function search(times: readonly number[], time: number, nearEnough = 1, first = 1) {
  let reads = 0;
  const found = await searchDay({
    first,
    last: first + times.length - 1,
    time,
    nearEnough,
    sentAt: (seq) => {
      reads++;
      const at = times[seq - first];
      if (at === undefined) throw new Error(`${seq} was never written`);
      return Promise.resolve(at);
    },
  });
  return { found, reads };
}

test("the first message at or after a time is found, wherever the times lie", async () => {
  const ascending = fc.array(fc.nat({ max: 60 }), { maxLength: 80 }).map((times) => times.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(
      ascending,
      fc.nat({ max: 70 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat({ max: 5 }),
      async (times, time, near, before) => {
        const { found } = await search(times, time, near, before + 1);
        const index = times.findIndex((at) => at >= time);
        expect(found === null).toBe(index === -1);
        if (found === null) return;
        const seq = before + 1 + index;
        expect(found.after).toBeLessThan(seq);
        expect(found.upTo).toBeGreaterThanOrEqual(seq);
        expect(found.upTo - found.after).toBeLessThanOrEqual(near);
      },
    ),
  );
});

test("few messages of a million are read, also where most were written in one night", async () => {
  const even = Array.from({ length: 1_000_000 }, (_, i) => i * 60_000);
  expect((await search(even, 31_234_567_890, 20)).reads).toBeLessThan(6);
  const night = Array.from({ length: 1_000_000 }, (_, i) => (i < 500_000 ? i : 1e12 + i * 3_600_000));
  for (const time of [250_000, 1e12 + 7e11, 1e12 + 3e12])
    expect((await search(night, time, 20)).reads).toBeLessThan(40);
});
