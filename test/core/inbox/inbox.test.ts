import fc from "fast-check";
import { expect, test } from "vitest";
import { type Arrival, decideDelivery, type DeliveryDecision, type Step } from "../../../core/inbox/inbox.ts";
import { type InboxRow, patchRow, summaryOf } from "../../../core/inbox/inbox-row.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import { type Happening, KeptMarks, me, others, Story } from "../../rig/models/inbox-model.ts";

type State = { row: InboxRow | undefined; marks: KeptMarks; version: number };
const nothing: State = { row: undefined, marks: new KeptMarks(), version: 0 };
const ana = others[0] ?? me;

function deliver(state: State, arrival: Arrival, now = 1): { state: State; decision: DeliveryDecision } {
  const decision = decideDelivery({ ...state, arrival, me, now });
  if (decision.do === "nothing") return { state, decision };
  const { row } = decision;
  const marks = state.marks.after(decision);
  return { state: { row, marks, version: Math.max(state.version, row.version) }, decision };
}

/** The row after a delivery that must be applied. */
function applied(state: State, arrival: Arrival, now = 1): { state: State; row: InboxRow; steps: readonly Step[] } {
  const { state: after, decision } = deliver(state, arrival, now);
  if (decision.do !== "apply") throw new Error("not applied");
  return { state: after, row: decision.row, steps: decision.steps };
}

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("send" as const), who: fc.nat(2), isMention: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("edit" as const, "unsend" as const),
      target: fc.nat(20),
      isMention: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("notice" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const), upTo: fc.nat(12) }) },
);
const happenings = fc.array(happening, { minLength: 1, maxLength: 30 });
const stretches = fc.array(
  fc.record({ from: fc.nat(100), to: fc.nat(100), isStored: fc.boolean(), isReadLate: fc.boolean() }),
  { maxLength: 15 },
);

/** What somebody knows who has only what sockets are told. */
function follow(known: Summary | undefined, arrival: Arrival, steps: readonly Step[]): Summary | undefined {
  let summary = known;
  for (const step of steps) {
    if (step.show === "row") {
      summary = summaryOf(step.row, 1);
      continue;
    }
    const item = arrival.items[step.index];
    if (summary === undefined || item === undefined) throw new Error("an item came before its row");
    const numbers = { version: step.version, unread: step.unread, mentionsUnread: step.mentionsUnread };
    summary = { ...summary, ...numbers, head: { ...summary.head, rev: item.rev } };
    const { message } = item;
    if (item.kind !== "message" || message === null) continue;
    const { seq, senderId, preview, sentAt, isUnsent } = message;
    summary.head = { seq: Math.max(seq, summary.head.seq), rev: item.rev, at: Math.max(summary.head.at, sentAt) };
    if (senderId === me) summary.read = Math.max(summary.read, seq);
    if (summary.lastMessage === null || summary.lastMessage.seq <= seq)
      summary.lastMessage = { seq, senderId, preview, sentAt, unsent: isUnsent, attachments: [] };
  }
  return summary;
}

test("[I2] any order, overlap and repeat of deliveries comes to the same row as all of them at once, and to what counting gives", () => {
  fc.assert(
    fc.property(happenings, stretches, (list, cuts) => {
      const story = new Story(list);
      if (story.rev === 0) return;
      let state = nothing;
      let known: Summary | undefined;
      const bring = (arrival: Arrival): void => {
        const { state: after, decision } = deliver(state, arrival);
        if (decision.do === "apply") {
          known = follow(known, arrival, decision.steps);
          const versions = decision.steps.map((step) => (step.show === "row" ? step.row.version : step.version));
          expect(versions).toEqual(versions.map((_, index) => state.version + 1 + index));
          expect(after.version).toBe(versions.at(-1) ?? state.version);
        }
        state = after;
        if (state.row === undefined) return;
        expect(known).toEqual(summaryOf(state.row, 1));
        expect(state.row.read).toBeLessThanOrEqual(state.row.headSeq);
      };
      for (const { from, to, isStored, isReadLate } of cuts) {
        const rev = 1 + (to % story.rev);
        bring(story.arrival(from % rev, rev, { isStored, isReadLate }));
      }
      const reached = state.row?.rev ?? 0;
      bring(story.arrival(reached, story.rev, { isStored: cuts.length % 2 === 0, isReadLate: true }));

      const once = applied(nothing, story.arrival(0, story.rev, { isStored: false, isReadLate: true })).row;
      expect({ ...state.row, version: 0 }).toEqual({ ...once, version: 0 });
      const summary = summaryOf(once, 1);
      expect(summary).toMatchObject({
        head: { seq: story.headSeq, rev: story.rev, at: story.rev * 10 },
        read: story.read,
        unread: story.unread(),
        mentionsUnread: story.mentionsUnread(),
      });
      expect(summary.lastMessage?.preview).toBe(story.last()?.preview);
      expect(summary.lastMessage?.unsent).toBe(story.last()?.isUnsent);
    }),
    {
      numRuns: 400,
      examples: [
        [
          [{ do: "send", who: 0, isMention: false }, { do: "notice" }, { do: "edit", target: 0, isMention: false }],
          [
            { from: 0, to: 0, isStored: true, isReadLate: false },
            { from: 0, to: 55, isStored: false, isReadLate: false },
          ],
        ],
      ],
    },
  );
});

const base = new Story([{ do: "notice" }, { do: "send", who: 1, isMention: false }]);
const whole = { isStored: false, isReadLate: true };

function founded(): State {
  return applied(nothing, base.arrival(0, 2, whole)).state;
}

const joined = {
  kind: "group" as const,
  mode: "small" as const,
  title: "t",
  peer: null,
  role: "member" as const,
  hasLeft: false,
  joinedSeq: 0,
  joinedRev: 1,
};

/** The next message after the two revs of `base`. */
function next(fields: Partial<Arrival> = {}, senderId = ana): Arrival {
  const message = { seq: 2, senderId, sentAt: 50, preview: "hi", isUnsent: false, mentions: [] };
  return {
    ...base.arrival(0, 2, whole),
    facts: null,
    sinceRev: 2,
    rev: 3,
    headSeq: 2,
    at: 50,
    items: [{ rev: 3, kind: "message", message }],
    ...fields,
  };
}

test("the first delivery shows the row before its messages", () => {
  const { steps } = applied(nothing, base.arrival(0, 2, whole));
  expect(steps.map((step) => step.show)).toEqual(["row", "item", "item", "row"]);
});

test("a message in the steady case is one step with the numbers after it", () => {
  const { steps, row } = applied(founded(), next());
  expect(steps).toEqual([{ show: "item", index: 0, version: 5, unread: 2, mentionsUnread: 0 }]);
  expect(row.version).toBe(5);
});

test("a gap is answered with what the row has, and applies nothing", () => {
  const { decision, state } = deliver(founded(), next({ sinceRev: 3, rev: 4 }));
  expect(decision).toEqual({ do: "nothing", rev: 2 });
  expect(state.row?.rev).toBe(2);
});

test("a conversation that is not known needs facts to begin", () => {
  expect(deliver(nothing, next()).decision).toEqual({ do: "nothing", rev: 0 });
});

test("a member who joins late begins at the head of that moment, with nothing unread", () => {
  const facts = { ...joined, joinedSeq: 70, joinedRev: 91 };
  const { row, steps } = applied(
    nothing,
    next({ facts, sinceRev: 90, rev: 91, headSeq: 70, read: 70, items: [{ rev: 91, kind: "change", message: null }] }),
  );
  expect(summaryOf(row, 1)).toMatchObject({ head: { seq: 70, rev: 91 }, unread: 0, read: 70, left: false });
  expect(steps[0]).toMatchObject({ show: "row", row: { rev: 90 } });
});

test("leaving freezes the row; being added again revives it and keeps what its owner made of it", () => {
  const start = founded();
  const pinned = { ...start, row: start.row === undefined ? undefined : patchRow(start.row, { pinned: true }) };
  const left = applied(
    pinned,
    next({ facts: { ...joined, hasLeft: true }, items: [{ rev: 3, kind: "change", message: null }] }),
  );
  expect(summaryOf(left.row, 1)).toMatchObject({ left: true, unread: 0, mentionsUnread: 0, head: { rev: 3 } });

  // What comes late, or from before the new membership, changes nothing.
  expect(deliver(left.state, next()).decision).toEqual({ do: "nothing", rev: 3 });
  expect(deliver(left.state, next({ facts: { ...joined, hasLeft: false } })).decision).toEqual({
    do: "nothing",
    rev: 3,
  });

  const again = { ...joined, hasLeft: false, joinedSeq: 9, joinedRev: 20 };
  const back = applied(
    left.state,
    next({
      facts: again,
      sinceRev: 19,
      rev: 20,
      headSeq: 9,
      read: 9,
      items: [{ rev: 20, kind: "change", message: null }],
    }),
  );
  expect(summaryOf(back.row, 1)).toMatchObject({
    left: false,
    unread: 0,
    read: 9,
    pinned: true,
    head: { seq: 9, rev: 20 },
  });
  expect(back.row.version).toBeGreaterThan(left.row.version);
});

test("a membership that came and went unseen leaves the row that it would have left if it had been seen", () => {
  const facts = { ...joined, hasLeft: true };
  const { row, state } = applied(nothing, next({ facts, sinceRev: 0, rev: 9 }));
  expect(summaryOf(row, 1)).toMatchObject({ left: true, unread: 0, head: { rev: 9 } });
  // What was said before it was over comes late: it does not bring the membership back.
  const late = deliver(state, next({ facts: { ...facts, hasLeft: false }, sinceRev: 0, rev: 8 }));
  expect(late.decision).toEqual({ do: "nothing", rev: 9 });
});

test("[I16] a membership that begins before the end of the last one was delivered begins the row anew", () => {
  const again = { ...joined, joinedSeq: 9, joinedRev: 20 };
  const arrival = next({ facts: again, sinceRev: 19, rev: 20, headSeq: 9, read: 9, items: [] });
  const { row, state } = applied(founded(), arrival);
  expect(summaryOf(row, 1)).toMatchObject({ left: false, unread: 0, read: 9, head: { seq: 9, rev: 20 } });
  // The end of the first comes late.
  const end = deliver(state, next({ facts: { ...again, joinedRev: 1, hasLeft: true }, rev: 10 })).state;
  expect(end.row).toEqual(state.row);
  // Over before it was heard, too.
  const over = applied(founded(), { ...arrival, facts: { ...again, hasLeft: true }, rev: 25 });
  expect(summaryOf(over.row, 1)).toMatchObject({ left: true, head: { rev: 25 } });
  expect(deliver(over.state, arrival).decision).toEqual({ do: "nothing", rev: 25 });
});

test("[I17] nothing of a text stays in the row of a user who left", () => {
  const facts = { ...joined };
  const { row } = applied(founded(), next({ facts: { ...facts, hasLeft: true } }));
  expect(row.last).toEqual({ seq: 2, senderId: ana, sentAt: 50, preview: "", unsent: false, attachments: [] });
});

test("[I18] a change of an older message does not become the last message of a member who joined after it", () => {
  const facts = { ...joined, joinedSeq: 70, joinedRev: 91 };
  const joining = next({ facts, sinceRev: 90, rev: 91, headSeq: 70, read: 70, items: [] });
  const message = { seq: 3, senderId: ana, sentAt: 5, preview: "ancient", isUnsent: false, mentions: [] };
  const reaction = { sinceRev: 91, rev: 92, headSeq: 70, items: [{ rev: 92, kind: "change" as const, message }] };
  const { state, row } = applied(nothing, joining);
  expect(row.last).toBeNull();
  expect(applied(state, next(reaction)).row.last).toBeNull();
  const newest = { ...message, seq: 70, preview: "newest" };
  const shown = applied(nothing, { ...joining, last: newest });
  expect(shown.row.last).toMatchObject({ seq: 70, preview: "newest" });
  expect(applied(shown.state, next(reaction)).row.last).toMatchObject({ seq: 70, preview: "newest" });
  const changed = { ...newest, preview: "edited" };
  const edited = next({ ...reaction, items: [{ rev: 92, kind: "change", message: changed }] });
  expect(applied(shown.state, edited).row.last).toMatchObject({ seq: 70, preview: "edited" });
});

function patched(state: State, patch: Parameters<typeof patchRow>[1]): State {
  return { ...state, row: state.row === undefined ? undefined : patchRow(state.row, patch) };
}

test("a new message brings a row back from the archive, unless it is muted; a mute that is over does not count", () => {
  const cases = [
    { patch: { archived: true }, isArchived: false },
    { patch: { archived: true, mutedUntil: 2_000 }, isArchived: true },
    { patch: { archived: true, mutedUntil: 500 }, isArchived: false },
  ];
  for (const { patch, isArchived } of cases) {
    const { row, steps } = applied(patched(founded(), patch), next(), 1_000);
    expect(row.isArchived).toBe(isArchived);
    // Whoever folds message frames cannot know, so the row follows.
    expect(steps.at(-1)?.show).toBe(isArchived ? "item" : "row");
    expect(summaryOf(row, 1_000).mutedUntil).toBe(patch.mutedUntil === 2_000 ? 2_000 : null);
  }
});

test("the mark of unread goes with one's own message, a read that rises, or a receipt that raises nothing", () => {
  const marked = patched(founded(), { markedUnread: true });
  expect(applied(marked, next()).row.isMarkedUnread).toBe(true);
  expect(applied(marked, next({}, me)).row.isMarkedUnread).toBe(false);
  const silent = { sinceRev: 2, rev: 2, items: [], headSeq: 1, at: 20 };
  expect(applied(marked, next({ ...silent, read: 1 })).row.isMarkedUnread).toBe(false);
  const again = applied(marked, next({ ...silent, hasReceipt: true }));
  expect(again.row.isMarkedUnread).toBe(false);
  expect(again.steps.map((step) => step.show)).toEqual(["row"]);
});

test("a change of a message that is not known yet counts as a new one; of a known one it does not", () => {
  const archived = patched(founded(), { archived: true });
  const message = { seq: 2, senderId: ana, sentAt: 30, preview: "edited", isUnsent: false, mentions: [me] };
  const changed = (seq: number): Arrival =>
    next({ headSeq: Math.max(1, seq), items: [{ rev: 3, kind: "change", message: { ...message, seq } }] });
  const unknown = applied(archived, changed(2)).row;
  expect(summaryOf(unknown, 1)).toMatchObject({ archived: false, unread: 2, mentionsUnread: 1, head: { seq: 2 } });
  const known = applied(archived, changed(1)).row;
  expect(summaryOf(known, 1)).toMatchObject({
    archived: true,
    unread: 1,
    mentionsUnread: 1,
    lastMessage: { preview: "edited" },
  });
});

test("where more has happened than the items bring, the row follows them", () => {
  expect(applied(founded(), next({ at: 60 })).steps.map((step) => step.show)).toEqual(["item", "row"]);
  expect(applied(founded(), next({ headSeq: 5 })).steps.map((step) => step.show)).toEqual(["item", "row"]);
  expect(applied(founded(), next({ items: [] })).row).toMatchObject({ rev: 3, headSeq: 2 });
});

test("a read on another device shows as the row; a repeat of it shows nothing and writes nothing", () => {
  const silent = { sinceRev: 2, rev: 2, items: [], headSeq: 1, at: 20, read: 1 };
  const { row, state, steps } = applied(founded(), next(silent));
  expect(steps).toHaveLength(1);
  expect(summaryOf(row, 1)).toMatchObject({ read: 1, unread: 0 });
  const repeat = applied(state, next(silent));
  expect(repeat.steps).toEqual([]);
  expect(repeat.row).toBe(row);
});

test("another epoch is another life: the row starts anew, and needs facts to", () => {
  const other = { ...base.arrival(0, 2, whole), epoch: "e2" } as Arrival;
  expect(deliver(founded(), { ...other, facts: null, sinceRev: 1 }).decision).toEqual({ do: "nothing", rev: 0 });
  expect(applied(founded(), other).row).toMatchObject({ epoch: "e2", rev: 2 });
});
