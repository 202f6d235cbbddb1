/** Pins, stars and hidden messages in the SDK: what its details say, and which messages it shows. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Act } from "../../../client/act.ts";
import { Marks, type MarksParts } from "../../../client/sync/marks.ts";
import { Timeline } from "../../../client/timeline/timeline.ts";
import { TimelineViewer } from "../../../client/timeline/view/timeline-view.ts";
import { ActsOverlay } from "../../../client/timeline/acts-overlay.ts";
import { userId as userIdForm } from "../../../schema/ids.ts";
import type { Api } from "../../../client/session/api.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import {
  conversationOnScreen,
  modelWith,
  openedConversation,
} from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

/** Marks, and the acts that change them: made at once, and shown while they are under way. */
function marksRig(api: object, more: Partial<MarksParts> = {}) {
  const acts: Act[] = [];
  const parts = { conversationId: modelConversation, api: api as unknown as Api, clock: new WoundClock() };
  const marks = new Marks({ ...parts, acts: () => acts, ...more });
  const perform = async (act: Parameters<Marks["perform"]>[0]) => {
    acts.push(act);
    marks.actsChanged();
    try {
      await marks.perform(act);
    } finally {
      acts.splice(acts.indexOf(act), 1);
      marks.actsChanged();
    }
  };
  const here = { conversationId: modelConversation };
  return {
    marks,
    star: (seq: number, on: boolean) => perform({ ...here, kind: "star", seq, on }),
    hide: (seqs: number[], on: boolean) =>
      perform({ ...here, kind: "hide", hidden: on ? seqs : [], shown: on ? [] : seqs }),
  };
}

it("[C5] the details forget the last pin, which a server does not name any more", async () => {
  const { model, socket, conversation } = await openedConversation(modelWith(3));
  await conversation.load();
  await settled();
  const details: object = conversation.details.getSnapshot() ?? {};
  const say = (more: object) => {
    const rev = ++model.rev;
    socket.say({ type: "change", conversationId: modelConversation, rev, conversation: { ...details, ...more } });
  };
  say({ pinned: [2] });
  expect(conversation.details.getSnapshot()?.pinned).toEqual([2]);
  say({ title: "other" });
  expect(conversation.details.getSnapshot()).toMatchObject({ title: "other" });
  expect(conversation.details.getSnapshot()?.pinned).toBe(undefined);
});

it("[C5] a star is shown at once, taken back where it fails, and those of other devices are asked for once", async () => {
  const server = { starred: [1], marksVersion: 7, asked: 0, fails: false };
  const api = {
    call: async () => {
      server.asked++;
      return await Promise.resolve({ starred: [...server.starred], hidden: [], marksVersion: server.marksVersion });
    },
    run: async () => {
      await Promise.resolve();
      if (server.fails) throw new Error("no");
    },
  };
  const { marks, star } = marksRig(api);
  const shown = () => [...marks.starred.getSnapshot()];
  const row = (marksVersion?: number) => ({ marksVersion }) as unknown as Summary;
  marks.compare(row());
  expect(server.asked).toBe(0);
  marks.compare(row(7));
  marks.compare(row(7));
  await settled();
  expect([server.asked, shown()]).toEqual([1, [1]]);
  marks.compare(row(7));
  expect(server.asked).toBe(1);
  const starring = star(4, true);
  expect(shown()).toEqual([1, 4]);
  await starring;
  expect(shown()).toEqual([1, 4]);
  server.fails = true;
  const failing = star(1, false);
  expect(shown()).toEqual([4]);
  await expect(failing).rejects.toThrow("no");
  expect(shown()).toEqual([1, 4]);
});

it("[C33] what is hidden is gone at once, shown again where the server refuses, kept, and asked for where a row is newer", async () => {
  const server = { hidden: [{ from: 2, to: 3 }], marksVersion: 7, asked: 0, fails: false };
  const api = {
    call: async (_route: unknown, { body }: { body?: { seqs: number[]; on: boolean } }) => {
      await Promise.resolve();
      if (body !== undefined) {
        if (server.fails) throw new Error("no");
        server.hidden = [...server.hidden, ...body.seqs.map((seq) => ({ from: seq, to: seq }))];
        return { marksVersion: ++server.marksVersion };
      }
      server.asked++;
      return { starred: [], hidden: server.hidden, marksVersion: server.marksVersion };
    },
  };
  const froms: number[] = [];
  const { marks, hide } = marksRig(api, { onHides: (from) => froms.push(from) });
  const shown = () => [1, 2, 3, 4, 5, 6].filter((seq) => !marks.hides.getSnapshot().has(seq));
  const row = (marksVersion?: number, cleared?: Summary["cleared"]) =>
    ({ marksVersion, cleared }) as unknown as Summary;
  await marks.ready(row(7));
  await marks.ready(row(7));
  expect([server.asked, shown(), froms]).toEqual([1, [1, 4, 5, 6], [2]]);
  const hiding = hide([4, 6], true);
  expect(shown()).toEqual([1, 5]);
  await hiding;
  await settled();
  expect([server.asked, shown()]).toEqual([2, [1, 5]]);
  server.fails = true;
  const failing = hide([1], true);
  expect(shown()).toEqual([5]);
  await expect(failing).rejects.toThrow("no");
  expect(shown()).toEqual([1, 5]);
  // A device that starts anew shows nothing of it from the first moment.
  const kept = marks.kept;
  expect(kept).toMatchObject({ marksVersion: 8, starred: [] });
  const again = marksRig(api).marks;
  if (kept !== undefined) again.restore(kept);
  expect(again.hides.getSnapshot().has(3)).toBe(true);
  await again.ready(row(8, { seq: 5, rev: 9 }));
  expect([server.asked, again.hides.getSnapshot().has(5), again.hides.getSnapshot().has(6)]).toEqual([2, true, true]);
});

it("[C33] what is hidden is stored soon after, so that a page that starts without a server does not show it", async () => {
  const { model, storage, conversation, clock, state, texts } = await openedConversation(modelWith(3));
  await conversation.load();
  await settled();
  await clock.wind(1_000);
  expect(texts()).toHaveLength(3);
  state.marks = { starred: [], hidden: [{ from: 2, to: 2 }], marksVersion: 8 };
  await conversation.hide([2]);
  await settled();
  expect(texts()).toHaveLength(2);
  await clock.wind(1_000);
  const later = await conversationOnScreen({ model, storage });
  later.state.isDown = true;
  await later.conversation.load().catch(() => undefined);
  await settled();
  expect(later.texts()).toEqual(texts());
});

it("[C33] an answer that was asked for before an act and comes after it takes nothing back, and the newer marks are asked for", async () => {
  const server = { hidden: [{ from: 2, to: 2 }], marksVersion: 7 };
  const late: (() => void)[] = [];
  const api = {
    call: async (_route: unknown, { body }: { body?: { seqs: number[]; on: boolean } }) => {
      if (body !== undefined) {
        server.hidden = [];
        return await Promise.resolve({ marksVersion: ++server.marksVersion });
      }
      const answer = { starred: [], hidden: server.hidden, marksVersion: server.marksVersion };
      await new Promise<void>((resolve) => late.push(resolve));
      return answer;
    },
  };
  const { marks, hide } = marksRig(api);
  const row = (marksVersion: number) => ({ marksVersion }) as unknown as Summary;
  marks.compare(row(7));
  await settled();
  const showing = hide([2], false);
  await settled();
  // The row of the act comes while the earlier question is still unanswered.
  marks.compare(row(8));
  late.shift()?.();
  await settled();
  expect(marks.hides.getSnapshot().has(2)).toBe(false);
  late.shift()?.();
  await showing;
  expect([late.length, marks.hides.getSnapshot().has(2), marks.kept?.marksVersion]).toEqual([0, false, 8]);
});

it("[C33] a timeline shows what is not hidden, with the holes and notices that are left, and nothing before a deleted part", () => {
  const seqs = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 6 });
  fc.assert(
    fc.property(seqs, fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 11 }), (hidden, cleared, from) => {
      const timeline = new Timeline();
      const me = userIdForm.parse("u_me");
      let hides = { cleared: { seq: 0, rev: 0 }, has: (_seq: number) => false };
      const viewer = new TimelineViewer({ timeline, userId: me, overlay: new ActsOverlay(me), hides: () => hides });
      const message = (seq: number) => ({ seq, rev: seq, senderId: "u_other", reactions: [], unsentAt: null });
      const head = { seq: 12, rev: 12, hash: "" };
      const page = {
        messages: Array.from({ length: 12 - from }, (_, n) => message(from + 1 + n)),
        notices: [],
        head,
        hasBefore: from > 0,
        hasAfter: false,
      };
      timeline.pageAsked();
      timeline.page(page as unknown as Parameters<Timeline["page"]>[0], "newest");
      viewer.view({ pending: [], isStale: false });
      hides = {
        cleared: { seq: cleared, rev: 12 },
        has: (seq) => seq <= cleared || hidden.includes(seq),
      };
      timeline.touched.from(0);
      const view = viewer.view({ pending: [], isStale: false });
      const shown = view.entries.flatMap((entry) => (entry.kind === "message" ? [entry.message.seq] : []));
      const left = page.messages.map(({ seq }) => seq).filter((seq) => seq > cleared && !hidden.includes(seq));
      expect(shown).toEqual(left);
      expect(view.hasBefore).toBe(from > cleared);
      expect(view.entries.some(({ kind }) => kind === "hole")).toBe(false);
    }),
  );
});
