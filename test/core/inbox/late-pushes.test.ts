/** Messages that were changed before the inbox first had them: they come behind later ones. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { InboxRow } from "../../../core/inbox/inbox-row.ts";
import { done } from "../../../core/push/pushes.ts";
import { after, change, dm, listening, phone, sent, seqs } from "../../rig/models/pushed-rows.ts";

test("[N1] a message that was changed before the inbox first had it is pushed when it comes, behind later ones and in a delivery of its own", () => {
  const first = after(dm, [sent(12)]);
  const edited = { preview: "edited" };
  expect(after(first, [change(13, 11, edited)]).pushes?.due).toMatchObject([
    { seq: 12 },
    { seq: 11, preview: "edited" },
  ]);
  expect(seqs(after(first, [change(13, 11, { isUnsent: true, preview: "" })]))).toEqual([12]);
  expect(seqs(after(first, [change(13, 11, edited)], { row: { read: 11 } }))).toEqual([12]);
  const twice = after(after(first, [change(13, 11, edited)]), [change(14, 11, { preview: "again" })]);
  expect(twice.pushes?.due).toMatchObject([{ seq: 12 }, { seq: 11, preview: "again" }]);
  const sentOff = {
    ...twice,
    pushes: done(done(twice.pushes, 11, phone, new Set([phone])), 12, phone, new Set([phone])),
  };
  expect(sentOff.pushes).toBeNull();
  expect(seqs(after(sentOff, [change(15, 11, { preview: "later" })]))).toEqual([]);
  // What the row has had and nobody was to be told of stays so; a large group leaves messages out for good.
  expect(
    seqs(
      after(after(dm, [sent(11), sent(12)], { reader: { ...listening, isReachable: () => false } }), [
        change(13, 11, edited),
      ]),
    ),
  ).toEqual([]);
  expect(seqs(after(after({ ...dm, mode: "large" }, [sent(12)]), [change(13, 11, edited)]))).toEqual([12]);
});

const act = fc.oneof(
  fc.record({ do: fc.constant("send" as const) }),
  fc.record({ do: fc.constant("edit" as const), target: fc.nat(14) }),
  fc.record({ do: fc.constant("deliver" as const), itemsMax: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("push" as const) }),
);
test("[N1] [N5] in whatever pages an inbox that is behind receives messages and their changes, each is pushed once", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      let row: InboxRow = { ...dm, rev: 0, headSeq: 0, read: 0 };
      let head = 0;
      const messages: { seq: number; sentAt: number; rev: number }[] = [];
      const pushed: number[] = [];
      const deliver = (itemsMax: number): void => {
        const items = messages
          .filter(({ rev }) => rev > row.rev)
          .sort((a, b) => a.rev - b.rev)
          .slice(0, itemsMax)
          .map(({ seq, sentAt, rev }) => (sentAt === rev ? { ...sent(seq), rev } : change(rev, seq)));
        row = after(row, items);
      };
      const push = (): void => {
        for (const seq of seqs(row)) {
          pushed.push(seq);
          row = { ...row, pushes: done(row.pushes, seq, phone, new Set([phone])) };
        }
      };
      for (const one of acts) {
        if (one.do === "send" && messages.length < 15)
          messages.push({ seq: messages.length + 1, sentAt: ++head, rev: head });
        else if (one.do === "edit" && messages[one.target] !== undefined) messages[one.target]!.rev = ++head;
        else if (one.do === "deliver") deliver(one.itemsMax);
        else if (one.do === "push") push();
      }
      deliver(100);
      push();
      expect(pushed.toSorted((a, b) => a - b)).toEqual(messages.map(({ seq }) => seq));
      expect(row.pushes).toBeNull();
    }),
    { numRuns: 300 },
  );
});
