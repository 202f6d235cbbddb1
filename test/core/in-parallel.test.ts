/** Work in parallel: at most so many at once, and all of them, whichever fail. */
import { expect, test } from "vitest";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";

const items = Array.from({ length: 20 }, (_, n) => n);

for (const hasPauses of [false, true]) {
  test(`${hasPauses ? "with" : "without"} pauses: work that throws ends no other, and the first error is thrown when all is done`, async () => {
    const done: number[] = [];
    let [underWay, most] = [0, 0];
    const work = async (n: number): Promise<void> => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
      if (n % 2 === 0) throw new Error(`on purpose ${n}`);
      done.push(n);
    };
    await expect(inParallel(items, 3, work, { hasPauses })).rejects.toThrow("on purpose 0");
    expect(done).toEqual(items.filter((n) => n % 2 === 1));
    expect(most).toBe(3);
  });
}
