import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MarksByUser, type Marks } from "../../../client/receipts/marks-by-user.ts";

const mark = fc.nat({ max: 50 });
const receipt = fc.record({ userId: fc.nat({ max: 100 }).map((n) => `u${n}`), delivered: mark, read: mark });

afterEach(() => vi.restoreAllMocks());

describe("the marks of all members", () => {
  it("are what a map would hold, and an earlier value stays as it was", () => {
    fc.assert(
      fc.property(fc.array(receipt), fc.array(receipt, { maxLength: 100 }), (first, receipts) => {
        const truth = new Map<string, Marks>(first.map(({ userId, ...marks }) => [userId, marks]));
        let all = MarksByUser.of(truth);
        for (const { userId, ...marks } of receipts) {
          const before = [...all];
          const next = all.with(userId, marks);
          expect([...all]).toEqual(before);
          truth.set(userId, marks);
          all = next;
          expect(all.get(userId)).toBe(marks);
        }
        const inOrder = (marks: ReadonlyMap<string, Marks>) => [...marks].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(inOrder(all)).toEqual(inOrder(truth));
        expect([...all.keys()].length).toBe(all.size);
        expect(all.size).toBe(truth.size);
        for (const of of ["delivered", "read"] as const) {
          const values = [...truth.values()].map((marks) => marks[of]);
          expect(all.least(of)).toBe(values.length === 0 ? 0 : Math.min(...values));
          expect(all.most(of)).toBe(Math.max(0, ...values));
        }
      }),
    );
  });

  it("[C20] are not all copied for one receipt", () => {
    const all = MarksByUser.of(Array.from({ length: 1_000 }, (_, i) => [`u${i}`, { delivered: 1, read: 1 }] as const));
    const sets = vi.spyOn(Map.prototype, "set");
    const next = all.with("u7", { delivered: 2, read: 2 });
    expect(next.most("read")).toBe(2);
    expect(next.least("read")).toBe(1);
    expect(sets.mock.calls.length).toBeLessThan(50);
  });
});
