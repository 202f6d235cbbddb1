/** What a stream of pages leaves to others. */
import { expect, test } from "vitest";
import { windClock } from "../../objects/shared/platform/clock.ts";
import { paced } from "../../workers/archive/paced.ts";

async function* pages(tookMs: readonly number[], over: () => void): AsyncGenerator<number> {
  try {
    for (const [n, ms] of tookMs.entries()) {
      windClock(ms);
      await Promise.resolve();
      yield n;
    }
  } finally {
    over();
  }
}

test("[X17] an export rests between its pages twice as long as each took but not for ever, and not before the first one", async () => {
  const rests: number[] = [];
  let isOver = false;
  const wait = (ms: number): Promise<void> => (ms > 0 ? void rests.push(ms) : undefined, Promise.resolve());
  const read: number[] = [];
  for await (const page of paced(
    pages([1_000, 5_000, 2_000], () => (isOver = true)),
    { times: 2, msMax: 6_000 },
    wait,
  )) {
    expect(rests).toHaveLength(read.length);
    read.push(page);
  }
  expect(read).toEqual([0, 1, 2]);
  expect(rests.map((ms) => Math.floor(ms / 1_000))).toEqual([2, 6, 4]);
  expect(isOver).toBe(true);
});

test("[X17] a reader who stops reading ends the pages", async () => {
  let isOver = false;
  const stream = paced(
    pages([1, 1, 1], () => (isOver = true)),
    { times: 2, msMax: 6_000 },
    () => Promise.resolve(),
  );
  await stream.next();
  await stream.return(undefined);
  expect(isOver).toBe(true);
});
