/** What the blocks of versions promise: no version is given to two changes, whatever was sent and lost, and no version is sent before that is allowed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Versions, versionsPerBlock } from "../../../core/inbox/versions.ts";

const step = fc.constantFrom("change", "change", "change", "write", "crash");

test("[I26] whatever crashes when, each change has a version of its own, above all that were sent before", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 0, max: 3 * versionsPerBlock }),
      (steps, start) => {
        let stored = start;
        let told = start;
        let versions = new Versions(stored);
        for (const what of steps) {
          if (what === "crash") versions = new Versions(stored);
          else if (what === "write") {
            stored = versions.present;
            if (stored > start) versions.stored(stored);
          } else {
            const version = versions.last + 1;
            expect(version).toBeGreaterThan(told);
            if (versions.covers(version)) versions.reach(version);
            else {
              stored = version;
              versions.stored(version);
            }
            told = version;
          }
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test("[I26] after waking nothing may be sent before it is written; then the rest of that block may", () => {
  const versions = new Versions(versionsPerBlock - 1);
  const next = versions.last + 1;
  expect(next).toBe(versionsPerBlock + 1);
  expect([versionsPerBlock, next].map((version) => versions.covers(version))).toEqual([false, false]);
  versions.stored(next);
  expect([next + 1, 2 * versionsPerBlock, 2 * versionsPerBlock + 1].map((version) => versions.covers(version))).toEqual(
    [true, true, false],
  );
});
