import { describe, expect, test } from "vitest";
import type { Row } from "../../../web/conversation/timeline/rows.ts";
import { passedFrom, seenFrom, withStretch, type SeenStretch } from "../../../web/conversation/timeline/seen.ts";

/** Rows of the messages `1` to `count`; a hole stands in place of those in `missing`. */
function rowsOf(count: number, missing: readonly number[] = []): Row[] {
  return Array.from({ length: count }, (_, index) => {
    const seq = index + 1;
    const entry = missing.includes(seq) ? { kind: "hole" } : { kind: "message", message: { seq } };
    return { entry } as Row;
  });
}

describe("messages that were on screen", () => {
  test("[W21] the watermark rises up to the first message that was not seen", () => {
    for (let seed = 1; seed <= 200; seed++) {
      let state = seed;
      const random = (below: number) => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((state / 2_147_483_648) * below);
      };
      const model = new Set<number>();
      let seen: readonly SeenStretch[] = [];
      for (let step = 0; step < 12; step++) {
        const first = 1 + random(60);
        const last = first + random(8);
        for (let seq = first; seq <= last; seq++) model.add(seq);
        seen = withStretch(seen, { first, last });
        const read = random(70);
        let reach = read;
        while (model.has(reach + 1)) reach++;
        expect(seenFrom(read, seen), `seed ${seed}, step ${step}`).toBe(reach);
      }
    }
  });

  test("[W21] a step over at most as many messages as a view shows passes them; a jump, or a step over a hole, does not", () => {
    const before = { first: 11, last: 20 };
    // The next view begins at message 26, which is row 25.
    expect(passedFrom(before, rowsOf(60), 25)).toEqual({ first: 21, last: 25 });
    expect(passedFrom(before, rowsOf(60), 30)).toEqual({ first: 21, last: 30 });
    expect(passedFrom(before, rowsOf(60), 31)).toBeUndefined();
    expect(passedFrom(before, rowsOf(60), 59)).toBeUndefined();
    expect(passedFrom(before, rowsOf(60, [23]), 25)).toBeUndefined();
    // The next view touches the one before, lies above it, or is the first.
    expect(passedFrom(before, rowsOf(60), 20)).toBeUndefined();
    expect(passedFrom(before, rowsOf(60), 4)).toBeUndefined();
    expect(passedFrom(undefined, rowsOf(60), 25)).toBeUndefined();
  });
});
