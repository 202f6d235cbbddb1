import { describe, expect, test } from "vitest";
import { seenFrom, withStretch, type SeenStretch } from "../../web/conversation/seen.ts";

describe("what was seen", () => {
  test("[W21] reaches as far as nothing is missing behind what is read", () => {
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
});
