import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message, Receipts, TimelineEntry } from "../../../client/index.ts";
import { MarksByUser } from "../../../client/receipts/marks-by-user.ts";
import { clientId, conversationId, userId } from "../../../schema/ids.ts";
import { readersOf, seenSeqOf } from "../../../web/conversation/message/receipts.ts";
import { RowMaker } from "../../../web/conversation/timeline/rows.ts";

const here = conversationId.parse("c1");
const dayMs = 86_400_000;

function messageAt(seq: number, sender = "bo", at = seq * 60_000): Message {
  return {
    ...{ conversationId: here, seq, rev: seq, senderId: userId.parse(sender), clientId: clientId.parse(`k${seq}`) },
    ...{ text: `text ${seq}`, sentAt: at, editedAt: null, unsentAt: null, replyTo: null, mentions: [], reactions: [] },
    attachments: [],
    hash: "",
  };
}

function entryAt(seq: number, sender = "bo", at?: number): TimelineEntry {
  return { kind: "message", key: `m:${seq}`, message: messageAt(seq, sender, at), isOwn: sender === "me" };
}

function entriesTo(count: number): TimelineEntry[] {
  return Array.from({ length: count }, (_, i) => entryAt(i + 1));
}

describe("the rows of a timeline", () => {
  it("are the same whether they were made all along or anew", () => {
    const entry = fc
      .tuple(fc.nat({ max: 60 }), fc.constantFrom("me", "bo", "cy"), fc.nat({ max: 4 }), fc.nat({ max: 12 }))
      .map(([seq, sender, day, kind]): TimelineEntry => {
        if (kind === 0) return { kind: "hole", key: `h:${seq}`, hole: { after: seq, before: seq + 3 } };
        if (kind === 1) return { kind: "cut", key: `x:${seq}` };
        return entryAt(seq, sender, day * dayMs + seq * 60_000);
      });
    const change = fc.record({
      at: fc.nat({ max: 40 }),
      gone: fc.nat({ max: 3 }),
      come: fc.array(entry, { maxLength: 3 }),
    });
    const ask = fc.record({ readBefore: fc.option(fc.nat({ max: 60 })), hasBefore: fc.boolean() });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), fc.array(fc.tuple(change, fc.option(ask))), (first, changes) => {
        const maker = new RowMaker();
        let entries: readonly TimelineEntry[] = first;
        let asked = { readBefore: 3 as number | null, hasBefore: true };
        for (const [{ at, gone, come }, other] of changes) {
          const before = maker.rows(entries, asked.readBefore, asked.hasBefore);
          expect(maker.rows(entries, asked.readBefore, asked.hasBefore)).toBe(before);
          entries = entries.toSpliced(at, gone, ...come);
          asked = other ?? asked;
          const anew = new RowMaker().rows(entries, asked.readBefore, asked.hasBefore);
          expect(maker.rows(entries, asked.readBefore, asked.hasBefore)).toEqual(anew);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("[C20] are the same objects but for the last, when a message comes in", () => {
    for (const count of [100, 10_000]) {
      const maker = new RowMaker();
      const entries = entriesTo(count);
      const before = maker.rows(entries, null, false);
      const after = maker.rows([...entries, entryAt(count + 1)], null, false);
      expect(after.length).toBe(count + 1);
      expect(after.filter((row, i) => row !== before[i]).map(({ key }) => key)).toEqual([
        `m:${count}`,
        `m:${count + 1}`,
      ]);
    }
  });

  it("tell below the newest message that others have read who they are", () => {
    const receiptsOf = (reads: Readonly<Record<string, number>>): Receipts => ({
      byUser: MarksByUser.of(Object.entries(reads).map(([id, read]) => [id, { delivered: read, read }] as const)),
      ...{ deliveredToAny: 0, readByAny: 0, deliveredToAll: 0, readByAll: 0 },
    });
    const entries = [...entriesTo(4), entryAt(5, "cy"), entryAt(6, "me"), entryAt(7, "bo")];
    const seen = (reads: Readonly<Record<string, number>>) => {
      const receipts = receiptsOf(reads);
      const seq = seenSeqOf(entries, receipts, "me");
      const entry = entries.find((each) => each.kind === "message" && each.message.seq === seq);
      return entry?.kind === "message" ? [seq, readersOf(entry.message, receipts, "me").toSorted()] : null;
    };
    expect(seen({})).toBeNull();
    expect(seen({ me: 7, bo: 0 })).toBeNull();
    // Bo has read his own message, of course.
    expect(seen({ me: 7, bo: 7, cy: 6 })).toEqual([6, ["bo", "cy"]]);
    expect(seen({ me: 7, bo: 7, cy: 7 })).toEqual([7, ["cy"]]);
    expect(seen({ me: 7, bo: 5, cy: 5, di: 4 })).toEqual([5, ["bo"]]);
    expect(seen({ me: 7, bo: 2, cy: 3, di: 3 })).toEqual([3, ["cy", "di"]]);
  });
});
