import fc from "fast-check";
import { expect, it } from "vitest";
import type { TimelineEntry } from "../../../client/index.ts";
import type { HistoryWindow } from "../../../client/history/history-window.ts";
import { TimelineViewer } from "../../../client/timeline/view/timeline-view.ts";
import type { ConversationModel } from "../../rig/client/conversation/conversation-model.ts";
import { modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import {
  conversationSync,
  fetchedTwiceBy,
  from,
  overlay,
  seqsOf,
  shownBy,
  windowOf,
} from "../../rig/client/conversation/conversation-sync-rig.ts";

it("[C22] [P10] whatever is loaded, let go and changed, windows and timeline show the present state, and only what is theirs", async () => {
  const step = fc.record({
    do: fc.constantFrom(
      "send",
      "edit",
      "unsend",
      "open",
      "before",
      "after",
      "older",
      "around",
      "fill",
      "wait",
      "close",
    ),
    at: fc.nat({ max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
      const model = modelWith(200);
      const sizes = {
        heldMessagesMax: 80,
        aroundViewMessages: 20,
        newestMessages: 10,
        viewMessagesMax: 10,
        idleMessages: 5,
      };
      const { sync, clock, hear, state, server } = conversationSync({ model, memorySizes: sizes });
      await sync.bringUpToDate();
      const fetchedTwice = fetchedTwiceBy(server, sync);
      const windows: { window: HistoryWindow; end: () => void }[] = [];
      state.onChange = () => windows.forEach(({ window }) => window.touch());
      const viewer = new TimelineViewer({ timeline: sync.shown, userId: "ana", overlay });
      const afresh = () => new TimelineViewer({ timeline: sync.shown, userId: "ana", overlay });
      for (const each of steps) {
        const seq = 1 + (each.at % model.seq);
        const { window, end } = windows[each.at % Math.max(1, windows.length)] ?? {};
        const shown = viewer.view({ pending: [], isStale: false });
        if (each.do === "send") for (let i = 0; i < 5; i++) hear(model.send(i).rev);
        if (each.do === "edit" || each.do === "unsend") {
          const { rev } = model;
          model[each.do](seq);
          if (model.rev > rev) hear(model.rev);
        }
        if (each.do === "open") {
          const opened = windowOf(sync, seq);
          windows.push({ window: opened, end: opened.subscribe(() => undefined) });
          state.places.push(opened.place);
          await opened.load();
          expect(shownBy(opened)).toContain(seq);
        }
        if (each.do === "before") await window?.before();
        if (each.do === "after") await window?.after();
        if (each.do === "older") await sync.history.before();
        if (each.do === "around") await sync.history.around(seq, sync.place);
        if (each.do === "fill") {
          const { spans } = sync.shown;
          const [above, below] = [spans[each.at % spans.length], spans[(each.at % spans.length) + 1]];
          const hole = { after: above?.to ?? 0, before: (below?.after ?? model.seq) + 1 };
          await sync.history.fill(hole, each.at % 2 === 0 ? "after" : "before");
        }
        if (each.do === "wait") await clock.wind(60);
        if (each.do === "close" && window !== undefined) {
          end?.();
          windows.splice(each.at % windows.length, 1);
          state.places.splice(state.places.indexOf(window.place), 1);
        }
        // A message that memory lets go in the middle of a step may be fetched again in the same step.
        expect(fetchedTwice).toEqual([]);
        for (const opened of windows) {
          const { entries, hasAfter } = opened.window.getSnapshot();
          const seqs = seqsOf(entries);
          expect(seqs).toEqual(from(seqs[0] ?? 1, seqs.at(-1) ?? 0));
          expect(seqs.length).toBe(entries.length);
          expect(hasAfter).toBe((seqs.at(-1) ?? 0) < model.seq);
          for (const entry of entries)
            if (entry.kind === "message") expect(entry.message).toEqual(model.messages.get(entry.message.seq));
        }
        const timeline = viewer.view({ pending: [], isStale: false });
        expect(timeline).toEqual(afresh().view({ pending: [], isStale: false }));
        expectNoGap(timeline.entries, model);
        if (["open", "before", "after", "close"].includes(each.do)) {
          // What it shows it has shown before, or it has grown together with that.
          const before = new Set([...seqsOf(shown.entries), model.seq]);
          for (const run of runsOf(seqsOf(timeline.entries))) expect(run.some((seq) => before.has(seq))).toBe(true);
        }
      }
      await clock.wind(60);
      expect(sync.timeline.messages.size).toBeLessThan(120 + 100 * windows.length);
    }),
    { numRuns: 80 },
  );
}, 60_000);

/** Seqs that follow each other. */
function runsOf(seqs: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const seq of seqs) {
    const run = runs.at(-1);
    if (run?.at(-1) === seq - 1) run.push(seq);
    else runs.push([seq]);
  }
  return runs;
}

function expectNoGap(entries: readonly TimelineEntry[], model: ConversationModel): void {
  let end: number | undefined;
  for (const entry of entries) {
    if (entry.kind === "message") {
      if (end !== undefined) expect(entry.message.seq).toBe(end + 1);
      end = entry.message.seq;
      expect(entry.message).toEqual(model.messages.get(end));
    } else if (entry.kind === "hole") {
      if (end !== undefined) expect(entry.hole.after).toBe(end);
      end = entry.hole.before - 1;
    }
  }
  expect(end).toBe(model.seq);
}
