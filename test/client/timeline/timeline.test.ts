import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ActsOverlay } from "../../../client/timeline/acts-overlay.ts";
import { TimelineViewer } from "../../../client/timeline/view/timeline-view.ts";
import { Timeline } from "../../../client/timeline/timeline.ts";
import type { PendingMessage } from "../../../client/index.ts";
import { userId as userIdForm } from "../../../schema/ids.ts";
import { ConversationModel, modelUsers } from "../../rig/client/conversation/conversation-model.ts";
import { step, TimelineRun, type Step } from "../../rig/client/conversation/timeline-run.ts";

function viewerOf(timeline: Timeline, userId = "ana"): TimelineViewer {
  return new TimelineViewer({ timeline, userId, overlay: new ActsOverlay(userIdForm.parse(userId)) });
}

const aNotice: Step = { do: "notice" };
const aSend: Step = { do: "send", at: 0 };
const hear = (at: number): Step => ({ do: "hear", at });
/** The last of the notices that were left out came alone, or was known already. Then the timeline lost the note that others are missing. */
const cutsThatWereLost: Step[][] = [
  [aSend, aNotice, aNotice, aNotice, aNotice, { do: "askAround", at: 0 }, { do: "hearAgain", at: 707 }],
  [aNotice, aSend, hear(0), aNotice, aNotice, aNotice, { do: "askAround", at: 0 }],
  [aNotice, aSend, aNotice, hear(1), aNotice, hear(6), hear(1), aNotice, { do: "askNewest" }],
];

describe("a timeline", () => {
  it("[P18] becomes what the server has, whatever order frames, acks, pages and changes come in", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const run = new TimelineRun();
        for (const each of steps) {
          run.take(each);
          run.check();
        }
        run.finish();
        run.check();
        expect([...run.timeline.messages.values()].sort((a, b) => a.seq - b.seq)).toEqual([
          ...run.model.messages.values(),
        ]);
        expect([...run.timeline.notices.all.values()].sort((a, b) => a.rev - b.rev)).toEqual(run.model.notices);
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
          const run = new TimelineRun();
          for (const each of steps) run.take(each);
          const userId = modelUsers[0] ?? "";
          const pending: PendingMessage[] = pendingSeqs.map((seq) => ({
            clientId: `k${seq}`,
            text: "",
            replyTo: null,
            mentions: [],
            attachments: [],
            createdAt: 0,
            status: "waiting",
            error: null,
            retryAt: null,
          }));
          const view = viewerOf(run.timeline, userId).view({ pending, isStale: false });
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
        const run = new TimelineRun(2);
        for (const each of steps) run.take(each);
        run.finish();
        const { timeline, model } = run;
        const view = viewerOf(timeline).view({ pending: [], isStale: false });
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
    const view = () => viewerOf(timeline).view({ pending: [], isStale: false });
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
    expect(timeline.takeUnsaved().cutAbove).toBe(0);
  });
});
