import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EntryMaker, viewTimeline } from "../../client/timeline/timeline-view.ts";
import { Timeline } from "../../client/timeline/timeline.ts";
import type { PendingMessage } from "../../client/index.ts";
import { ConversationModel, modelUsers } from "../rig/conversation-model.ts";

/** What may happen next; numbers choose among what is there. */
type Step =
  | { do: "send" | "edit" | "unsend" | "hear" | "hearAgain" | "lose" | "ack"; at: number }
  | { do: "notice" | "answer" | "fail" | "askNewest" | "askBefore" | "askHole" | "askChanges" | "askMutated" }
  | { do: "askAround"; at: number };

const at = fc.nat({ max: 1_000 });
const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
const step = fc.oneof(
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
class Run {
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
        // Never older than the cursor says, and always a state that was.
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
    this.#request = { answer: () => this.timeline.page(page, bound), fail: () => this.timeline.pageFailed() };
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

const aNotice: Step = { do: "notice" };
const aSend: Step = { do: "send", at: 0 };
const hear = (at: number): Step => ({ do: "hear", at });
/** Once the last of the notices that were left out came alone, or was here already, and nothing said any more that others are missing. */
const cutsThatWereLost: Step[][] = [
  [aSend, aNotice, aNotice, aNotice, aNotice, { do: "askAround", at: 0 }, { do: "hearAgain", at: 707 }],
  [aNotice, aSend, hear(0), aNotice, aNotice, aNotice, { do: "askAround", at: 0 }],
  [aNotice, aSend, aNotice, hear(1), aNotice, hear(6), hear(1), aNotice, { do: "askNewest" }],
];

describe("a timeline", () => {
  it("[P18] becomes what the server has, whatever order frames, acks, pages and changes come in", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const run = new Run();
        for (const each of steps) {
          run.take(each);
          run.check();
        }
        run.finish();
        run.check();
        expect([...run.timeline.messages.values()].sort((a, b) => a.seq - b.seq)).toEqual([
          ...run.model.messages.values(),
        ]);
        expect([...run.timeline.notices.values()].sort((a, b) => a.rev - b.rev)).toEqual(run.model.notices);
        // What arrived was told once, and where nothing was skipped on purpose, all of it was.
        expect(new Set(run.arrived).size).toBe(run.arrived.length);
        const [first = 1] = [...run.arrived].sort((a, b) => a - b);
        const isWhole = !steps.some((each) => each.do === "askMutated" || each.do === "askAround");
        if (isWhole && run.arrived.length > 0) expect(run.arrived.length).toBe(run.model.seq - first + 1);
      }),
      { numRuns: 1_500 },
    );
  });

  it("[P7] [P9] shows each message once, in order, and a hole wherever something is missing", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.array(fc.nat({ max: 40 }), { maxLength: 5 }),
        (steps, pendingSeqs) => {
          const run = new Run();
          for (const each of steps) run.take(each);
          const userId = modelUsers[0] ?? "";
          const pending: PendingMessage[] = pendingSeqs.map((seq) => ({
            clientId: `k${seq}`,
            text: "",
            replyTo: null,
            mentions: [],
            createdAt: 0,
            status: "waiting",
            error: null,
            retryAt: null,
          }));
          const view = viewTimeline(
            { timeline: run.timeline, pending, userId, isStale: false, shown: (message) => message },
            new EntryMaker(userId),
          );
          let end: number | undefined;
          for (const entry of view.entries) {
            if (entry.kind === "message") {
              if (end !== undefined) expect(entry.message.seq).toBe(end + 1);
              end = entry.message.seq;
            } else if (entry.kind === "hole") {
              if (end !== undefined) expect(entry.hole.after).toBe(end);
              expect(entry.hole.before).toBeGreaterThan(entry.hole.after + 1);
              end = entry.hole.before - 1;
            }
          }
          if (view.isLoaded && end !== undefined) expect(end).toBe(view.headSeq);
          const keys = view.entries.map(({ key }) => key);
          expect(new Set(keys).size).toBe(
            new Set(pendingSeqs).size === pendingSeqs.length ? keys.length : new Set(keys).size,
          );
          const shown = new Set(
            view.entries.flatMap((entry) =>
              entry.kind === "message" && entry.isOwn ? [entry.message.clientId as string] : [],
            ),
          );
          for (const entry of view.entries)
            if (entry.kind === "pending") expect(shown.has(entry.pending.clientId)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("[S17] says where notices are left out, and nothing else is missing in what it shows", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(step, fc.constant<Step>({ do: "notice" })), { maxLength: 120 }), (steps) => {
        const run = new Run(2);
        for (const each of steps) run.take(each);
        run.finish();
        const { timeline, model } = run;
        const view = viewTimeline(
          { timeline, pending: [], userId: "ana", isStale: false, shown: (message) => message },
          new EntryMaker("ana"),
        );
        // Shown, or further back than a cut that is shown.
        let missing = model.notices.filter((notice) => !timeline.notices.has(notice.rev));
        const cuts = view.entries.filter(({ kind }) => kind === "cut");
        for (const cut of timeline.facts.cuts) missing = missing.filter(({ rev }) => rev > cut.rev);
        expect(missing).toEqual([]);
        expect(cuts).toHaveLength(timeline.facts.cuts.length);
        const revs = view.entries.flatMap((entry) => (entry.kind === "notice" ? [entry.notice.rev] : []));
        expect(revs).toEqual([...revs].sort((a, b) => a - b));
      }),
      { numRuns: 500, examples: cutsThatWereLost.map((steps) => [steps]) },
    );
  });

  it("begins with a conversation without messages, which is not the same as knowing nothing", () => {
    const model = new ConversationModel();
    model.notice();
    const timeline = new Timeline();
    const view = () =>
      viewTimeline(
        { timeline, pending: [], userId: "ana", isStale: false, shown: (message) => message },
        new EntryMaker("ana"),
      );
    expect(view()).toMatchObject({ isLoaded: false, isStale: true, entries: [] });
    timeline.pageAsked();
    timeline.page(model.page("newest", 10), "newest");
    expect(view()).toMatchObject({ isLoaded: true, isStale: false, hasBefore: false });
    expect(view().entries.map(({ kind }) => kind)).toEqual(["notice"]);
    model.send(1);
    const frame = model.frames[1];
    if (frame !== undefined) timeline.feed(frame, true);
    expect(view().entries.map(({ kind }) => kind)).toEqual(["notice", "message"]);
  });

  it("drops everything when the epoch is another", () => {
    const model = new ConversationModel();
    model.send(0);
    const timeline = new Timeline();
    timeline.meetEpoch("e1");
    timeline.pageAsked();
    timeline.page(model.page("newest", 10), "newest");
    expect(timeline.meetEpoch("e1")).toBe(false);
    expect(timeline.messages.size).toBe(1);
    expect(timeline.meetEpoch("e2")).toBe(true);
    expect(timeline.messages.size).toBe(0);
    expect(timeline.facts.rev).toBeNull();
    expect(timeline.takeDirty().cutAbove).toBe(0);
  });
});
