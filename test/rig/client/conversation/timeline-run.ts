/** A device's timeline, its server, and the frames and answers between them, driven by random steps. */
import fc from "fast-check";
import { expect } from "vitest";
import { Timeline } from "../../../../client/timeline/timeline.ts";
import { ConversationModel } from "./conversation-model.ts";

/** The steps; their numbers choose among the messages and frames that there are. */
export type Step =
  | { do: "send" | "edit" | "unsend" | "hear" | "hearAgain" | "lose" | "ack"; at: number }
  | { do: "notice" | "answer" | "fail" | "askNewest" | "askBefore" | "askHole" | "askChanges" | "askMutated" }
  | { do: "askAround"; at: number };

const at = fc.nat({ max: 1_000 });
const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
export const step = fc.oneof(
  weighted(6, fc.record({ do: fc.constantFrom("send" as const), at })),
  weighted(4, fc.record({ do: fc.constantFrom("edit" as const, "unsend" as const), at })),
  weighted(12, fc.record({ do: fc.constantFrom("hear" as const), at })),
  weighted(3, fc.record({ do: fc.constantFrom("hearAgain" as const, "lose" as const, "ack" as const), at })),
  weighted(5, fc.record({ do: fc.constantFrom("answer" as const) })),
  weighted(
    4,
    fc.record({
      do: fc.constantFrom(
        "notice" as const,
        "fail" as const,
        "askNewest" as const,
        "askBefore" as const,
        "askHole" as const,
        "askChanges" as const,
        "askMutated" as const,
      ),
    }),
  ),
  weighted(1, fc.record({ do: fc.constantFrom("askAround" as const), at })),
);

/** One device, its server, and what is between them. Requests are one at a time, answered at some moment between asking and arriving. */
export class TimelineRun {
  readonly model: ConversationModel;
  readonly timeline = new Timeline();
  #inTransit: number[] = [];
  #heard = 0;
  #request: { answer: () => void; fail: () => void } | undefined;
  readonly arrived: number[] = [];

  constructor(pageNoticesMax?: number) {
    this.model = new ConversationModel(pageNoticesMax);
  }

  take(step: Step): void {
    const { model } = this;
    switch (step.do) {
      case "send":
        model.send(step.at);
        break;
      case "edit":
        model.edit(this.#some(step.at, model.seq));
        break;
      case "unsend":
        model.unsend(this.#some(step.at, model.seq));
        break;
      case "notice":
        model.notice();
        break;
      case "hear": {
        // Mostly in order, sometimes the one after.
        const place = step.at % 5 === 0 ? 1 : 0;
        const [rev] = this.#inTransit.splice(place, 1);
        if (rev !== undefined) this.#feed(rev);
        break;
      }
      case "lose":
        this.#inTransit.splice(step.at % Math.max(1, this.#inTransit.length), 1);
        break;
      case "hearAgain":
      case "ack":
        if (model.rev > 0) this.#feed(this.#some(step.at, model.rev));
        break;
      case "answer":
        this.#request?.answer();
        this.#request = undefined;
        break;
      case "fail":
        this.#request?.fail();
        this.#request = undefined;
        break;
      case "askNewest":
        this.#ask("newest");
        break;
      case "askBefore": {
        const first = this.timeline.spans[0];
        if (first !== undefined && this.timeline.hasBefore) this.#ask({ before: first.after + 1 });
        break;
      }
      case "askHole": {
        const [first, second] = this.timeline.spans;
        if (first !== undefined && second !== undefined) this.#ask({ after: first.to });
        break;
      }
      case "askAround":
        if (model.seq > 0) this.#ask({ around: this.#some(step.at, model.seq) });
        break;
      case "askChanges":
      case "askMutated":
        this.#askChanges(step.do === "askMutated");
        break;
    }
    for (; this.#heard < model.frames.length; this.#heard++) this.#inTransit.push(this.#heard + 1);
    this.arrived.push(...this.timeline.takeArrived().map(({ seq }) => seq));
  }

  finish(): void {
    this.#catchUp();
    this.arrived.push(...this.timeline.takeArrived().map(({ seq }) => seq));
  }

  #catchUp(): void {
    this.#request?.answer();
    this.#request = undefined;
    const { timeline, model } = this;
    if (timeline.facts.rev === null) this.#pageNow("newest");
    for (let i = 0; (timeline.facts.rev ?? 0) < model.rev; i++) {
      if (i > 1_000) throw new Error("catching up does not end");
      const { rev, revSeq } = timeline.facts;
      timeline.changes(model.changes(rev ?? 0, false, 5), { rev: rev ?? 0, revSeq, mutated: false });
    }
    for (let i = 0; ; i++) {
      if (i > 1_000) throw new Error("filling holes does not end");
      const last = timeline.spans.at(-1);
      const first = timeline.spans[0];
      if (first === undefined || last === undefined || last.to < model.seq) this.#pageNow("newest");
      else if (timeline.hasBefore) this.#pageNow({ before: first.after + 1 });
      else if (timeline.spans[1] !== undefined) this.#pageNow({ before: timeline.spans[1].after + 1 });
      else return;
    }
  }

  /** What must hold at every moment. */
  check(): void {
    const { timeline, model } = this;
    const rev = timeline.facts.rev ?? 0;
    let end = -1;
    for (const span of timeline.spans) {
      expect(span.after).toBeGreaterThan(end);
      end = span.to;
      for (let seq = span.after + 1; seq <= span.to; seq++) {
        const held = timeline.messages.get(seq);
        expect(held, `message ${seq} of a span`).toBeDefined();
        // The message is never older than the cursor says, and it is always a state that it once had.
        expect(held?.rev).toBeGreaterThanOrEqual(model.revAt(seq, rev));
        expect(model.frames[(held?.rev ?? 0) - 1]?.messages[0]).toEqual(held);
      }
    }
    expect(timeline.messages.size).toBe(timeline.spans.reduce((sum, span) => sum + span.to - span.after, 0));
  }

  #feed(rev: number): void {
    const frame = this.model.frames[rev - 1];
    if (frame !== undefined) this.timeline.feed(frame, frame.isNew);
  }

  /** The server's answer is made now; it arrives with a later step. */
  #ask(bound: Parameters<Timeline["page"]>[1]): void {
    if (this.#request !== undefined) return;
    this.timeline.pageAsked();
    const page = this.model.page(bound, 3);
    this.#request = { answer: () => this.timeline.page(page, bound), fail: () => this.timeline.pageEnded() };
  }

  #pageNow(bound: Parameters<Timeline["page"]>[1]): void {
    this.timeline.pageAsked();
    this.timeline.page(this.model.page(bound, 3), bound);
  }

  #askChanges(mutated: boolean): void {
    const { rev, revSeq } = this.timeline.facts;
    if (this.#request !== undefined || rev === null) return;
    const page = this.model.changes(rev, mutated, 3);
    this.#request = { answer: () => this.timeline.changes(page, { rev, revSeq, mutated }), fail: () => undefined };
  }

  #some(at: number, count: number): number {
    return 1 + (at % Math.max(1, count));
  }
}
