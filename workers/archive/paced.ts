/** Owns the pace of a stream of pages: between two pages it rests longer than a page took, so that others get the objects and the threads that make the pages. */
import { now } from "../../objects/shared/platform/clock.ts";

/** `times`: a rest is so many times as long as a page took, but at most `msMax`. It comes before the next page is made, so nobody waits for it behind the last one that they read. */
export async function* paced<T>(
  pages: AsyncIterable<T>,
  rest: { times: number; msMax: number },
  wait: (ms: number) => Promise<void> = (ms) => scheduler.wait(ms),
): AsyncGenerator<T> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (let restMs = 0; ;) {
      if (restMs > 0) await wait(restMs);
      const begunAt = now();
      const { value, done } = await iterator.next();
      if (done === true) return;
      // The clock stands still while a Worker computes, until it has waited for something.
      await wait(0);
      restMs = Math.min(rest.msMax, rest.times * (now() - begunAt));
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
