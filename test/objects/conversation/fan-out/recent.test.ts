/** The items that a conversation keeps in memory for fan-out. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Recent } from "../../../../objects/conversation/fan-out/stretches.ts";
import type { DeliveryItem } from "../../../../objects/contract/delivery/delivery.ts";
import { batches } from "../../../../schema/limits.ts";

const item = (rev: number): DeliveryItem => ({ rev, kind: "change", json: `"rev":${rev}`, message: null });

/** How many of the items up to `rev` memory has. */
function heldUpTo(recent: Recent, rev: number): number {
  let held = 0;
  while (held < rev && recent.after(rev - held - 1, rev - held) !== undefined) held++;
  return held;
}

test("[F8] what some inbox has not stored is in memory, and of the rest little more than a few items", () => {
  // How far the slowest inbox gets before the next item comes.
  const steps = fc.array(fc.oneof(fc.constant(0), fc.constant(1_000), fc.nat({ max: 3 })), {
    minLength: 1,
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, (advances) => {
      const recent = new Recent();
      let stored = 0;
      for (const [index, advance] of advances.entries()) {
        const rev = index + 1;
        recent.push(item(rev), () => stored);
        const behind = rev - stored;
        expect(recent.after(stored, rev)?.items.map((each) => each.rev)).toEqual(
          Array.from({ length: Math.min(behind, batches.deliveryItemsMax) }, (_, at) => stored + 1 + at),
        );
        stored = Math.min(rev, stored + advance);
      }
      // Every inbox comes up to date, and the conversation goes on for a while.
      const last = advances.length;
      const more = 3 * batches.recentItemsKept + last;
      for (let rev = last + 1; rev <= last + more; rev++) recent.push(item(rev), () => rev - 1);
      expect(heldUpTo(recent, last + more)).toBeLessThanOrEqual(batches.recentItemsKept + 1);
    }),
  );
});

test("[F8] of an inbox that stores nothing for long, memory has the newest items", () => {
  const recent = new Recent();
  for (let rev = 1; rev <= 3 * batches.recentItemsMax; rev++) recent.push(item(rev), () => 0);
  const held = heldUpTo(recent, 3 * batches.recentItemsMax);
  expect(held).toBeGreaterThanOrEqual(batches.recentItemsMax / 2);
  expect(held).toBeLessThanOrEqual(batches.recentItemsMax);
});
