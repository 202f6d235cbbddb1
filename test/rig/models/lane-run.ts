/** A lane of fan-out, the inbox of its member, and what is on its way between them, for runs in which anything is lost and either side crashes at any moment. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Standing } from "../../../objects/contract/command.ts";
import { type Call, Lane, type Target } from "../../../objects/conversation/fan-out/lane.ts";

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
  /** The commands of its user that are under way. Calls that seem to leave a gap wait for their answer. */
  commands: Commands | undefined;
  held: Sent[] = [];
  #unanswered: { call: Call; rev: number | null }[] = [];
  #series: number | undefined;

  /** `undefined`: it is answered later. */
  arrive({ call, series }: Sent): Answer | undefined {
    const isGap = call.sinceRev > this.rev;
    if (isGap && this.commands !== undefined) {
      this.held.push({ call, series });
      return undefined;
    }
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

  /** What rode in an answer. */
  take(ride: Call): void {
    if (ride.sinceRev > this.rev) return;
    this.rev = Math.max(this.rev, ride.rev);
    this.read = Math.max(this.read, ride.read);
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
    this.commands = undefined;
    const held = this.held.splice(0).map(({ call }) => call);
    return [...held, ...this.#unanswered.splice(0).map(({ call }) => call)];
  }
}

/** Commands of the user: on the way up with what the inbox has, then answered; a delivery may ride in the answer. */
type Commands = { standing: Standing; isAnswered: boolean; ride: Call | undefined };

export type Step =
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
        | "alarm"
        | "rest"
        | "commands"
        | "commands done"
        | "commands answered"
        | "commands lost";
    }
  | { do: "answer"; which: number };

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("happen" as const, "call" as const, "arrive" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("read" as const, "receipt" as const, "flush" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("answer" as const), which: fc.nat(9) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom("commands" as const, "commands done" as const, "commands answered" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("commands lost" as const, "rest" as const) }) },
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

export class Run {
  head = 1;
  read = 0;
  owesReceipt = false;
  readonly inbox = new Inbox();
  lane = this.#newLane(true);
  /** Calls on their way, and answers. */
  sent: Sent[] = [];
  answers: Answer[] = [];
  /** Commands on the way up, those of earlier lives of the member's object included. */
  up: Commands[] = [];
  rides = 0;
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
    if (sent !== undefined) this.#reach(sent);
  }

  #reach(sent: Sent): void {
    const answer = this.inbox.arrive(sent);
    if (answer !== undefined) this.answers.push(answer);
  }

  /** Commands reach the conversation. One of them makes a change, and what the inbox lacks rides in the answer if it may. */
  done(): void {
    const commands = this.up.shift();
    if (commands === undefined) return;
    this.lane.heard(commands.standing);
    this.head++;
    const { sent } = this.lane;
    if (this.lane.isDue(this.target, this.#at) && this.lane.mayRide(commands.standing)) {
      const rev = Math.min(this.head, sent + 5);
      const brought = { sinceRev: sent, rev, read: this.read, bytes: 100, isCut: rev < this.head };
      commands.ride = this.lane.depart(brought, this.#at, true);
      this.rides++;
    }
    commands.isAnswered = true;
  }

  /** The answer comes, or none does; then what waited for it goes on. */
  endCommands(isLost: boolean): void {
    const { commands } = this.inbox;
    if (commands === undefined || !(commands.isAnswered || isLost)) return;
    this.inbox.commands = undefined;
    if (!isLost && commands.ride !== undefined) this.inbox.take(commands.ride);
    for (const sent of this.inbox.held.splice(0)) this.#reach(sent);
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
    const answer = given.rev === undefined ? undefined : ({ rev: given.rev, takesPacked: true } as const);
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
        break;
      case "rest":
        this.#settle();
        break;
      case "commands": {
        if (this.inbox.commands !== undefined) break;
        const standing = { applied: this.inbox.rev, stored: this.inbox.durable };
        this.inbox.commands = { standing, isAnswered: false, ride: undefined };
        this.up.push(this.inbox.commands);
        break;
      }
      case "commands done":
        this.done();
        break;
      case "commands answered":
        this.endCommands(false);
        break;
      case "commands lost":
        this.endCommands(true);
    }
    if (this.lane.isKnown) expect(this.lane.acked).toBeLessThanOrEqual(this.inbox.durable);
    if (this.lane.isSettled(this.target)) {
      expect(this.inbox.durable).toBe(this.head);
      expect(this.inbox.durableRead).toBeGreaterThanOrEqual(this.read);
    }
  }

  /** No more faults. */
  rest(): void {
    this.up = [];
    this.endCommands(true);
    this.#settle();
  }

  #settle(): void {
    for (let rounds = 0; rounds < 50 && !this.lane.isSettled(this.target); rounds++) {
      this.#at += 1_000_000;
      this.lane.ask();
      for (let i = 0; i < 100; i++) this.call();
      while (this.sent.length > 0) this.arrive();
      this.answers.push(...this.inbox.flush());
      while (this.answers.length > 0) this.answer(0);
    }
  }
}

/** A lane whose inbox has everything that was sent, and has said so. */
export function inStep(): Run {
  const run = new Run();
  run.call();
  run.arrive();
  run.do({ do: "flush" });
  run.answer(0);
  return run;
}
