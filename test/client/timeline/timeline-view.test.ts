import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ActsOverlay } from "../../../client/timeline/acts-overlay.ts";
import { withSpan, type Spans } from "../../../client/timeline/spans.ts";
import { TimelineViewer } from "../../../client/timeline/view/timeline-view.ts";
import { Timeline } from "../../../client/timeline/timeline.ts";
import type { Act as OwnAct } from "../../../client/act.ts";
import type { PendingMessage } from "../../../client/index.ts";
import { userId } from "../../../schema/ids.ts";
import type { Message } from "../../../schema/wire/message.ts";
import { ConversationModel, modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { step, TimelineRun, type Step } from "../../rig/client/conversation/timeline-run.ts";

const ana = userId.parse("ana");

function pendingOf(seqs: readonly number[]): PendingMessage[] {
  return seqs.map((seq) => ({
    ...{ clientId: `k${seq}`, text: "", replyTo: null, mentions: [], attachments: [], createdAt: 0 },
    ...{ status: "waiting", error: null, retryAt: null },
  }));
}

/** What the user does to a message: one of several acts. */
function actAt(at: number): OwnAct {
  const about = { conversationId: modelConversation, seq: 1 + (at % 20) };
  if (at % 7 === 0) return { ...about, kind: "unsend", at };
  return { ...about, kind: "react", emoji: "👍", on: at % 2 === 0 };
}

/** What happens to a timeline besides the frames that it receives: messages leave memory, notices are thinned out, the user reacts. */
type Act = Step | { readonly do: "letGo" | "thin" | "react" | "settle" | "look" | "drop"; readonly at: number };
const ownAct = fc.record({
  do: fc.constantFrom(
    "letGo" as const,
    "thin" as const,
    "react" as const,
    "settle" as const,
    "look" as const,
    "drop" as const,
  ),
  at: fc.nat({ max: 1_000 }),
});
const act: fc.Arbitrary<Act> = fc.oneof({ weight: 5, arbitrary: step }, { weight: 3, arbitrary: ownAct });

/** Once the hole before a stretch that was dropped stayed where it was. */
const holeThatStayed: Act[] = [
  { do: "send", at: 0 },
  { do: "hear", at: 1 },
  { do: "send", at: 0 },
  { do: "askMutated" },
  { do: "letGo", at: 300 },
  { do: "hear", at: 1 },
  { do: "letGo", at: 0 },
  { do: "look", at: 0 },
  { do: "answer" },
  { do: "look", at: 0 },
];

describe("what a timeline looks like", () => {
  it("[C20] is the same whether it was looked at all along or is worked out anew", () => {
    fc.assert(
      fc.property(
        fc.array(act, { minLength: 20, maxLength: 100, size: "max" }),
        fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
        (acts, pendingSeqs) => {
          const run = new TimelineRun(2);
          const { timeline } = run;
          const overlay = new ActsOverlay(ana);
          const all = new TimelineViewer({ timeline, userId: ana, overlay });
          const pending = pendingOf([...new Set(pendingSeqs)]);
          let meant: readonly OwnAct[] = [];
          const look = () => {
            const now = all.view({ pending, isStale: false });
            expect(all.view({ pending, isStale: false })).toBe(now);
            expect(now).toEqual(
              new TimelineViewer({ timeline, userId: ana, overlay }).view({ pending, isStale: false }),
            );
          };
          for (const each of acts) {
            switch (each.do) {
              case "letGo":
                timeline.keepOnly(someOf(timeline.spans, each.at));
                break;
              case "thin":
                timeline.cutNotices();
                break;
              case "react":
                meant = [...meant, actAt(each.at)];
                overlay.show(meant);
                break;
              case "settle":
                meant = meant.slice(1);
                overlay.show(meant);
                break;
              case "drop":
                if (each.at % 10 === 0) timeline.reset();
                break;
              case "look":
                look();
                break;
              default:
                run.take(each);
            }
          }
          look();
        },
      ),
      { numRuns: 400, examples: [[holeThatStayed, []]] },
    );
  });

  it("[C20] costs the same for a new message in a long timeline as in a short one", () => {
    const shownAt = (count: number) => {
      let shown = 0;
      const { timeline, model } = timelineOf(count);
      const overlay = new ActsOverlay(ana);
      const apply = (message: Message) => {
        shown++;
        return overlay.apply(message);
      };
      const viewer = new TimelineViewer({
        timeline,
        userId: ana,
        overlay: { apply, touched: overlay.touched },
      });
      const before = viewer.view({ pending: [], isStale: false });
      expect(shown).toBe(count);
      const message = model.send(1);
      timeline.feed({ since: message.rev - 1, rev: message.rev, messages: [message], notices: [] }, true);
      const after = viewer.view({ pending: [], isStale: false });
      expect(after.entries.length).toBe(count + 1);
      expect(after.entries.slice(0, count)).toEqual(before.entries);
      // The oldest one is edited.
      model.edit(1);
      const edit = model.frames.at(-1);
      if (edit !== undefined) timeline.feed(edit);
      const edited = viewer.view({ pending: [], isStale: false });
      expect(edited.entries.filter((entry, i) => entry !== after.entries[i])).toMatchObject([{ message: { seq: 1 } }]);
      // The pong's head, a repeated frame, a receipt: nothing to look at.
      const looked = shown;
      timeline.noteHead(model.head);
      timeline.feed({ since: message.rev - 1, rev: message.rev, messages: [message], notices: [] }, true);
      expect(viewer.view({ pending: [], isStale: false })).toBe(edited);
      expect(shown).toBe(looked);
      return shown - count;
    };
    expect(shownAt(10_000)).toBe(shownAt(100));
    expect(shownAt(10_000)).toBeLessThanOrEqual(3);
  });
});

/** A part of each stretch. */
function someOf(spans: Spans, at: number): Spans {
  return spans.reduce<Spans>((kept, { after, to }, i) => {
    const from = Math.min(to, after + ((at + i) % 4));
    return withSpan(kept, { after: from, to: Math.max(from, to - ((at >> 2) % 2)) });
  }, []);
}

function timelineOf(count: number): { timeline: Timeline; model: ConversationModel } {
  const model = new ConversationModel();
  for (let i = 0; i < count; i++) model.send(i);
  const timeline = new Timeline();
  timeline.pageAsked();
  timeline.page(model.page("newest", count), "newest");
  return { timeline, model };
}
