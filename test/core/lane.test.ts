/** What fan-out promises about one member's inbox: whatever calls are lost, void or late, and whichever side crashes, the inbox has everything in the end, and fan-out takes nothing as confirmed that is not stored. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Call, Lane, type Target } from "../../objects/conversation/fan-out/lane.ts";
import { conversationHolds } from "../../schema/limits.ts";

/** A call on its way, of a series. */
type Sent = { call: Call; series: number };
/** `rev` undefined: the call is told, and an earlier one will be answered when it is written. */
type Answer = { call: Call; rev: number | undefined };

/** A member's object: applies in memory, answers what is durable, or that it is told where an earlier call of the series is still to be answered. */
class Inbox {
  /** What it has in memory, and what it has stored. */
  rev = 0;
  durable = 0;
  read = 0;
  durableRead = 0;
  receipts = 0;
  #unanswered: { call: Call; rev: number | null }[] = [];
  #series: number | undefined;

  /** `undefined`: it is answered later. */
  arrive({ call, series }: Sent): Answer | undefined {
    const isGap = call.sinceRev > this.rev;
    const rises = !isGap && call.rev > this.rev;
    if (!isGap) {
      this.rev = Math.max(this.rev, call.rev);
      this.read = Math.max(this.read, call.read);
      if (call.hasReceipt) this.receipts++;
    }
    if (rises && !call.hasReceipt && this.#series === series) return { call, rev: undefined };
    if (!isGap) this.#series = series;
    this.#unanswered.push({ call, rev: isGap ? this.rev : null });
    return undefined;
  }

  /** Stores what it has, and answers. */
  flush(): Answer[] {
    this.#series = undefined;
    this.durable = this.rev;
    this.durableRead = this.read;
    return this.#unanswered.splice(0).map(({ call, rev }) => ({ call, rev: rev ?? this.durable }));
  }

  /** Memory is gone, and so are the answers. */
  crash(): Call[] {
    this.#series = undefined;
    this.rev = this.durable;
    this.read = this.durableRead;
    return this.#unanswered.splice(0).map(({ call }) => call);
  }
}

type Step =
  | {
      do:
        | "happen"
        | "read"
        | "receipt"
        | "call"
        | "arrive"
        | "flush"
        | "break"
        | "inbox crashes"
        | "conversation crashes"
        | "alarm";
    }
  | { do: "answer"; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("happen" as const, "call" as const, "arrive" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("read" as const, "receipt" as const, "flush" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("answer" as const), which: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "break" as const,
        "inbox crashes" as const,
        "conversation crashes" as const,
        "alarm" as const,
      ),
    }),
  },
);

class Run {
  head = 1;
  read = 0;
  owesReceipt = false;
  readonly inbox = new Inbox();
  lane = this.#newLane(true);
  /** Calls on their way, and answers. */
  sent: Sent[] = [];
  answers: Answer[] = [];
  #at = 0;

  #newLane(isKnown: boolean): Lane {
    return new Lane({ acked: 0, isKnown, base: isKnown ? 0 : this.head, storedRead: -1, hasReceipt: this.owesReceipt });
  }

  get target(): Target {
    return { end: this.head, read: this.read, joinedRev: 1, hasLeft: false };
  }

  call(): void {
    if (!this.lane.isDue(this.target, this.#at)) return;
    const { sent } = this.lane;
    // As many revs a call as five.
    const rev = Math.min(this.head, Math.max(sent, sent + 5));
    const brought = { sinceRev: sent, rev, read: this.read, bytes: 100, isCut: rev < this.head };
    const { series } = this.lane;
    this.sent.push({ call: this.lane.depart(brought, this.#at), series });
  }

  arrive(): void {
    const sent = this.sent.shift();
    const answer = sent === undefined ? undefined : this.inbox.arrive(sent);
    if (answer !== undefined) this.answers.push(answer);
  }

  /** What is on its way is lost. */
  lose(): Call[] {
    return this.sent.splice(0).map(({ call }) => call);
  }

  fail(calls: readonly Call[]): void {
    if (!calls.some((call) => this.lane.isUnderWay(call))) return;
    this.lane.goBack();
    this.lane.failures++;
  }

  answer(which: number): void {
    const [given] = this.answers.splice(which % Math.max(1, this.answers.length), 1);
    if (given === undefined) return;
    const answer = given.rev === undefined ? undefined : { rev: given.rev };
    const verdict = this.lane.answered(given.call, answer, { joinedRev: 1, headRev: this.head });
    if (verdict === "whole" && given.call.hasReceipt && !this.lane.owesReceipt) this.owesReceipt = false;
    if (verdict === "failed") this.fail([given.call]);
  }

  do(what: Step): void {
    switch (what.do) {
      case "happen":
        this.head++;
        break;
      case "read":
        this.read++;
        break;
      case "receipt":
        this.owesReceipt = true;
        this.lane.noteReceipt();
        break;
      case "call":
        this.call();
        break;
      case "arrive":
        this.arrive();
        break;
      case "flush":
        this.answers.push(...this.inbox.flush());
        break;
      case "answer":
        this.answer(what.which);
        break;
      case "break":
        // Some of the calls on their way do not arrive, and nobody hears of the others either.
        this.fail(this.lose());
        break;
      case "inbox crashes":
        this.fail([...this.inbox.crash(), ...this.lose()]);
        break;
      case "conversation crashes":
        // What is on its way still arrives; nobody waits for the answers.
        this.answers = [];
        this.lane = this.#newLane(false);
        break;
      case "alarm":
        this.lane.doubt();
    }
    if (this.lane.isKnown) expect(this.lane.acked).toBeLessThanOrEqual(this.inbox.durable);
    if (this.lane.isSettled(this.target)) {
      expect(this.inbox.durable).toBe(this.head);
      expect(this.inbox.durableRead).toBeGreaterThanOrEqual(this.read);
    }
  }

  /** No more faults. */
  rest(): void {
    for (let rounds = 0; rounds < 50 && !this.lane.isSettled(this.target); rounds++) {
      this.#at += 1_000_000;
      for (let i = 0; i < 100; i++) this.call();
      while (this.sent.length > 0) this.arrive();
      this.answers.push(...this.inbox.flush());
      while (this.answers.length > 0) this.answer(0);
    }
  }
}

test("[F8] a window of calls comes to the same as one call, whatever breaks in the middle of it, on either side", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const run = new Run();
      let hasReceipt = false;
      for (const one of steps) {
        hasReceipt ||= one.do === "receipt";
        run.do(one);
      }
      run.rest();
      expect(run.lane.isSettled(run.target)).toBe(true);
      expect(run.inbox.durable).toBe(run.head);
      expect(run.inbox.durableRead).toBe(run.read);
      expect(run.owesReceipt).toBe(false);
      if (hasReceipt) expect(run.inbox.receipts).toBeGreaterThan(0);
    }),
    { numRuns: 2_000 },
  );
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
