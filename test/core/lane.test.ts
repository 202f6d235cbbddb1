/** What fan-out promises about one member's inbox: whatever calls are lost, void or late, and whichever side crashes, the inbox has everything in the end, and fan-out takes nothing as confirmed that is not stored. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { conversationHolds } from "../../schema/limits.ts";
import { inStep, Run, step } from "../rig/models/lane-run.ts";

test("[F8] [F11] a window of calls, and rides, come to the same as one call, whatever breaks in the middle of it, on either side", () => {
  let rides = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const run = new Run();
      let hasReceipt = false;
      for (const one of steps) {
        hasReceipt ||= one.do === "receipt";
        run.do(one);
      }
      run.rest();
      rides += run.rides;
      expect(run.lane.isSettled(run.target)).toBe(true);
      expect(run.inbox.durable).toBe(run.head);
      expect(run.inbox.durableRead).toBe(run.read);
      expect(run.owesReceipt).toBe(false);
      if (hasReceipt) expect(run.inbox.receipts).toBeGreaterThan(0);
    }),
    { numRuns: 2_000 },
  );
  expect(rides).toBeGreaterThan(1_000);
});

test("[F11] rides are confirmed by what the inbox says later, by an answer, or because the alarm asks; one that did not come is brought", () => {
  const run = inStep();
  const say = (): void => {
    for (const step of ["commands", "commands done", "commands answered"] as const) run.do({ do: step });
  };
  say();
  expect([run.rides, run.inbox.rev, run.lane.acked]).toEqual([1, 2, 1]);
  expect(run.lane.isSettled(run.target)).toBe(false);
  run.do({ do: "flush" });
  // Who waits for this inbox looks again when it says more, and only then.
  expect(run.lane.heard({ applied: 2, stored: 1 })).toBe(false);
  expect(run.lane.heard({ applied: 2, stored: 2 })).toBe(true);
  expect(run.lane.heard({ applied: 2, stored: 2 })).toBe(false);
  say();
  expect(run.lane.acked).toBe(2);
  run.call();
  expect(run.sent).toEqual([]);
  expect(run.lane.ask()).toBe(true);
  run.call();
  expect(run.sent.map(({ call }) => [call.sinceRev, call.rev])).toEqual([[3, 3]]);
  run.arrive();
  run.do({ do: "flush" });
  run.answer(0);
  expect(run.lane.isSettled(run.target)).toBe(true);
  expect(run.lane.ask()).toBe(false);
  run.do({ do: "commands" });
  run.do({ do: "commands done" });
  run.do({ do: "commands lost" });
  run.do({ do: "commands" });
  run.do({ do: "commands done" });
  expect(run.rides).toBe(3);
  run.call();
  expect(run.sent.map(({ call }) => [call.sinceRev, call.rev])).toEqual([[3, 5]]);
});

test("[F11] a delivery rides only in step: not while the inbox lacks a call, after a fault, with a receipt, or when too many are unconfirmed", () => {
  const run = inStep();
  run.head++;
  run.call();
  run.do({ do: "commands" });
  run.do({ do: "commands done" });
  expect(run.rides).toBe(0);
  run.fail(run.lose());
  expect(run.lane.mayRide({ applied: run.lane.sent, stored: 0 })).toBe(false);
  const other = inStep();
  other.lane.noteReceipt();
  expect(other.lane.mayRide({ applied: 1, stored: 1 })).toBe(false);
  const many = inStep();
  for (let n = 0; n <= conversationHolds.ridesMax; n++) {
    for (const step of ["commands", "commands done", "commands answered"] as const) many.do({ do: step });
  }
  expect(many.rides).toBe(conversationHolds.ridesMax);
});

test("[F8] calls go on without an answer up to the bound; after a fault there is one at a time, and frames that rode ride again, the newest of a key", () => {
  const run = new Run();
  run.lane.pass("typing", "first");
  for (let i = 0; i < 100; i++) {
    run.head++;
    run.call();
    if (i === 0) run.lane.pass("typing", "second");
  }
  expect(run.sent.length).toBe(conversationHolds.deliveriesAheadMax);
  expect(run.sent.slice(0, 2).map(({ call }) => [...call.passing.values()])).toEqual([["first"], ["second"]]);
  run.fail(run.lose());
  expect([...run.lane.waiting.passing.values()]).toEqual(["second"]);
  for (let i = 0; i < 10; i++) run.call();
  expect(run.sent.length).toBe(1);
  expect(run.sent[0]?.call).toMatchObject({ sinceRev: 0 });
});

test("[F8] one answer confirms the calls of its series that are applied, and no other; it may come before their own answers", () => {
  const run = new Run();
  const calls = [1, 2, 3, 4].map(() => {
    run.head++;
    run.call();
    return run.sent.at(-1)?.call;
  });
  const [first, second, third, fourth] = calls;
  if (first === undefined || second === undefined || third === undefined || fourth === undefined)
    throw new Error("no call");
  const at = { joinedRev: 1, headRev: run.head };
  expect(run.lane.answered(second, undefined, at)).toBe("applied");
  expect(run.lane.answered(fourth, undefined, at)).toBe("applied");
  expect(run.lane.acked).toBe(0);
  expect(run.lane.answered(first, { rev: third.rev }, at)).toBe("whole");
  expect([first, second, third, fourth].map((call) => run.lane.isUnderWay(call))).toEqual([false, false, true, true]);
  expect(run.lane.answered(third, undefined, at)).toBe("whole");
  expect(run.lane.isSettled(run.target)).toBe(false);
});

test("[F8] after a fault another series begins, and the inbox is asked anew whether it takes packed deliveries", () => {
  const run = new Run();
  run.head++;
  run.call();
  const { series } = run.lane;
  const [sent] = run.sent;
  if (sent === undefined) throw new Error("no call");
  run.lane.answered(sent.call, { rev: run.head, takesPacked: true }, { joinedRev: 1, headRev: run.head });
  expect(run.lane).toMatchObject({ takesPacked: true, series });
  run.lane.goBack();
  expect(run.lane.takesPacked).toBe(false);
  expect(run.lane.series).not.toBe(series);
});
