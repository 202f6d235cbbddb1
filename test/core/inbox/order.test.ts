/** The order of an inbox in memory against a list that is sorted anew each time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { InboxOrder, type Standing } from "../../../objects/user/inbox/rows/inbox-order.ts";
import type { ConversationId } from "../../../schema/ids.ts";

const idOf = (n: number): ConversationId => `g_${n}` as ConversationId;

const byActivity = (a: Standing, b: Standing): number => b.at - a.at || (a.conversationId < b.conversationId ? 1 : -1);

test("[I10] whatever changes, the order says what sorting all rows would say, from any place and after any version", () => {
  const change = fc.record({ which: fc.nat(15), at: fc.nat(6), isListed: fc.boolean() });
  fc.assert(
    fc.property(
      fc.nat(10),
      fc.array(change, { maxLength: 60 }),
      fc.nat(70),
      fc.nat(20),
      (count, changes, since, limit) => {
        const rows = new Map<ConversationId, Standing>();
        let version = 0;
        for (let n = 0; n < count; n++) rows.set(idOf(n), { conversationId: idOf(n), version: ++version, at: n % 4 });
        const order = new InboxOrder(rows.values());
        for (const { which, at, isListed } of changes) {
          const conversationId = idOf(which);
          const before = rows.get(conversationId);
          const after = { conversationId, version: ++version, at: Math.max(at, before?.at ?? 0) };
          order.move(before, after);
          rows.set(conversationId, after);
          if (isListed) order.newest(undefined, 1);
        }
        const changed = [...rows.values()].sort((a, b) => a.version - b.version).filter((row) => row.version > since);
        expect(order.changedAfter(since, limit)).toEqual(changed.slice(0, limit).map((row) => row.conversationId));
        const listed = [...rows.values()].sort(byActivity);
        expect(order.newest(undefined, limit)).toEqual(listed.slice(0, limit).map((row) => row.conversationId));
        for (const [index, place] of listed.entries()) {
          const rest = listed.slice(index + 1, index + 1 + limit);
          expect(order.newest(place, limit)).toEqual(rest.map((row) => row.conversationId));
        }
        // A place whose row has moved on since is a place all the same.
        const gone = { at: 3, conversationId: idOf(99) };
        const behind = listed.filter((row) => byActivity({ ...gone, version: 0 }, row) < 0);
        expect(order.newest(gone, limit)).toEqual(behind.slice(0, limit).map((row) => row.conversationId));
      },
    ),
    { numRuns: 300 },
  );
});
