/** Which messages a user has hidden from themself, against a plain set of seqs. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  aboveCleared,
  type Hidden,
  isHidden,
  newestHidden,
  withHidden,
  withoutHidden,
} from "../../core/marks/hidden.ts";

const seqs = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const acts = fc.array(fc.record({ seqs, isOn: fc.boolean() }), { maxLength: 12 });

test("[I33] stretches hold exactly what was hidden and not shown again, ascending and apart", () => {
  fc.assert(
    fc.property(acts, fc.integer({ min: 0, max: 41 }), (run, cleared) => {
      let hidden: Hidden = [];
      const model = new Set<number>();
      for (const { seqs: some, isOn } of run) {
        const before = hidden;
        hidden = (isOn ? withHidden : withoutHidden)(hidden, some);
        const isSame = some.every((seq) => model.has(seq) === isOn);
        expect(hidden === before).toBe(isSame);
        for (const seq of some) model[isOn ? "add" : "delete"](seq);
      }
      for (let seq = 1; seq <= 40; seq++) {
        expect(isHidden({ hidden }, seq)).toBe(model.has(seq));
        const isEither = model.has(seq) || seq <= cleared;
        expect(isHidden({ hidden: aboveCleared(hidden, cleared), cleared: { seq: cleared, rev: 0 } }, seq)).toBe(
          isEither,
        );
      }
      expect(newestHidden(hidden)).toBe(Math.max(0, ...model));
      for (const [at, { from, to }] of hidden.entries()) {
        expect(from).toBeLessThanOrEqual(to);
        expect(from).toBeGreaterThan((hidden[at - 1]?.to ?? -1) + 1);
      }
    }),
  );
});
