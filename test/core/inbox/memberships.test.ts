import fc from "fast-check";
import { expect, test } from "vitest";
import { type Arrival, decideDelivery } from "../../../core/inbox/inbox.ts";
import { type InboxRow, summaryOf } from "../../../core/inbox/inbox-row.ts";
import { KeptMarks, me } from "../../rig/models/inbox-model.ts";
import { Comings, type Happening } from "../../rig/models/membership-model.ts";

/** The inbox at the other end of the calls. */
class Receiver {
  row: InboxRow | undefined;
  #marks = new KeptMarks();

  /** Answers the rev, as the object does. */
  deliver(arrival: Arrival): number {
    const version = this.row?.version ?? 0;
    const decision = decideDelivery({ row: this.row, marks: this.#marks, arrival, me, version, now: 1 });
    if (decision.do === "nothing") return decision.rev;
    this.#marks = this.#marks.after(decision);
    this.row = decision.row;
    return decision.row.rev;
  }
}

type Step =
  | { do: "happen"; what: Happening }
  | { do: "call"; revsMax: number; isStored: boolean; fate: "answered" | "answer lost" | "late" }
  | { do: "late"; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("happen" as const),
      what: fc.constantFrom<Happening>("send", "send", "mention", "edit", "unsend", "title", "join", "leave", "leave"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      revsMax: fc.integer({ min: 1, max: 6 }),
      isStored: fc.boolean(),
      fate: fc.constantFrom("answered" as const, "answer lost" as const, "late" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("late" as const), which: fc.nat(20) }) },
);

test("[I16] however often somebody comes and goes, and however late, lost or doubled it is brought, the row ends as the last membership says", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, isHistoryShown) => {
      const conversation = new Comings(isHistoryShown);
      const inbox = new Receiver();
      // Calls of which nobody knows whether they arrived: they may, once or twice, at any time.
      const late: Arrival[] = [];
      for (const each of steps) {
        if (each.do === "happen") conversation.happen(each.what);
        else if (each.do === "late") {
          const call = late[each.which % Math.max(1, late.length)];
          if (call !== undefined) inbox.deliver(call);
        } else {
          const call = conversation.delivery(each.revsMax, each.isStored);
          if (call === undefined) continue;
          if (each.fate === "late") late.push(call);
          else {
            const rev = inbox.deliver(call);
            late.push(call);
            if (each.fate === "answered") conversation.answered(call, rev);
          }
        }
      }
      for (let rounds = 0; conversation.acked < conversation.end; rounds++) {
        const call = conversation.delivery(3, rounds % 2 === 0);
        if (call === undefined) break;
        // Repeated as it was, it would be repeated for ever.
        expect(conversation.answered(call, inbox.deliver(call)), "the conversation is not stuck").toBe(true);
        expect(rounds).toBeLessThan(100);
      }
      for (const call of late) inbox.deliver(call);

      const { row } = inbox;
      if (row === undefined) throw new Error("no row");
      const summary = summaryOf(row, 1);
      expect(summary).toMatchObject({
        left: conversation.membership.leftRev !== null,
        head: { rev: conversation.end, at: conversation.end * 10 },
        title: conversation.title(),
        unread: conversation.unread(),
      });
      if (summary.left) {
        expect(summary.lastMessage?.preview ?? "").toBe("");
        for (const text of conversation.hidden())
          expect([summary.title, summary.lastMessage?.preview]).not.toContain(text);
      } else {
        const { lastMessage } = summary;
        expect(lastMessage === null ? undefined : { seq: lastMessage.seq, preview: lastMessage.preview }).toEqual(
          conversation.last(),
        );
      }
    }),
    { numRuns: 3_000 },
  );
});
