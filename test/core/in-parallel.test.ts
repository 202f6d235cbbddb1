/** Doing many things at once: not too many, all of them, whatever fails. */
import { expect, test } from "vitest";
import { inParallel, inParallelWithPauses } from "../../objects/shared/platform/in-parallel.ts";

const items = Array.from({ length: 20 }, (_, n) => n);

for (const run of [inParallel, inParallelWithPauses]) {
  test(`${run.name}: work that throws ends no other, and the first error is thrown when all is done`, async () => {
    const done: number[] = [];
    let [underWay, most] = [0, 0];
    const work = async (n: number): Promise<void> => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
      if (n % 2 === 0) throw new Error(`on purpose ${n}`);
      done.push(n);
    };
    await expect(run(items, 3, work)).rejects.toThrow("on purpose 0");
    expect(done).toEqual(items.filter((n) => n % 2 === 1));
    expect(most).toBe(3);
  });
}
