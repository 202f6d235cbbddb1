/** Which messages of a delivery become pushes, and what takes one away before it is sent. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ArrivedItem } from "../../../core/inbox/inbox.ts";
import type { InboxRow } from "../../../core/inbox/inbox-row.ts";
import { decideNotify, type Reader, stillDue } from "../../../core/inbox/decide-notify.ts";
import { done, isWaiting, type Pushes, sealed } from "../../../core/push/pushes.ts";
import type { UserId } from "../../../schema/ids.ts";
import { pushes as bounds } from "../../../schema/push-limits.ts";
import {
  after,
  ana,
  base,
  change,
  dm,
  listening,
  me,
  message,
  phone,
  sent,
  seqs,
  t0,
  tablet,
} from "../../rig/models/pushed-rows.ts";

test("[N1] a new message of somebody else is pushed; one's own, an unsent and a read one are not", () => {
  expect(seqs(after(base, [sent(11)]))).toEqual([11]);
  expect(seqs(after(base, [sent(11, { senderId: me })]))).toEqual([]);
  expect(seqs(after(base, [sent(11, { isUnsent: true, preview: "" })]))).toEqual([]);
  expect(seqs(after(base, [sent(11), sent(12)], { row: { read: 11 } }))).toEqual([12]);
});

test("[N1] a muted conversation, a request and one that was left push nothing, mentions neither", () => {
  const mention = [sent(11, { mentions: [me] })];
  expect(seqs(after({ ...base, mutedUntil: t0 + 1 }, mention))).toEqual([]);
  expect(seqs(after({ ...base, mutedUntil: t0 }, mention))).toEqual([11]);
  expect(seqs(after({ ...base, requestBy: ana }, mention))).toEqual([]);
  expect(seqs(after({ ...base, hasLeft: true }, mention))).toEqual([]);
});

test("[N1] nothing is pushed to somebody who is not to be reached, or of somebody whom they block, also later", () => {
  const away: Reader = { ...listening, isReachable: () => false };
  const row = after(base, [sent(11)], { reader: away });
  expect(row.pushes).toBeNull();
  expect(seqs(after(row, [change(12, 11, { preview: "edited" })]))).toEqual([]);
  const blocks: Reader = { ...listening, isBlocked: (user: UserId) => user === ana };
  expect(seqs(after(base, [sent(11)], { reader: blocks }))).toEqual([]);
});

test("[N1] a row that begins pushes what came after it began, and nothing of the history before", () => {
  const begun = { ...base, rev: 12, headSeq: 12, read: 10 };
  const items: ArrivedItem[] = [
    { rev: 9, kind: "change", message: message(9) },
    { rev: 10, kind: "change", message: null },
    sent(11),
    sent(12),
  ];
  const facts = { before: undefined, after: begun, begins: true, items, me, reader: listening, now: t0 };
  expect(decideNotify(facts)?.due.map(({ seq }) => seq)).toEqual([11, 12]);
  const again = { ...base, rev: 5, pushes: after(base, [sent(11)]).pushes };
  expect(decideNotify({ ...facts, before: again })?.due.map(({ seq }) => seq)).toEqual([11, 12]);
});

test("[N2] notify: mentions pushes mentions and answers to one's messages, none nothing", () => {
  const some = { ...base, notify: "mentions" as const };
  const items = [sent(11), sent(12, { mentions: [me] }), sent(13, { answers: me }), sent(14, { answers: ana })];
  expect(seqs(after(some, items))).toEqual([12, 13]);
  expect(after(some, items).pushes?.due.map(({ isMention }) => isMention)).toEqual([true, true]);
  expect(seqs(after({ ...base, notify: "none" }, items))).toEqual([]);
});

test("[N5] a delivery that comes again, or overlaps, makes nothing due twice", () => {
  const row = after(base, [sent(11), sent(12)]);
  expect(after(row, [sent(11), sent(12)]).pushes).toBe(row.pushes);
  expect(seqs(after(row, [sent(12), sent(13)]))).toEqual([11, 12, 13]);
  const told = { ...row, pushes: done(row.pushes, 11, phone, new Set([phone])) };
  expect(seqs(after(told, [sent(11), sent(12)]))).toEqual([12]);
  // A message that was sent and edited in a gap comes as a change alone, or as both.
  expect(seqs(after(base, [change(12, 11)]))).toEqual([11]);
  expect(seqs(after(base, [sent(11), change(12, 11, { preview: "edited" })]))).toEqual([11]);
});

test("[N4] what is read or unsent before it is sent is taken away, and what is edited has its present text", () => {
  const row = after(dm, [sent(11), sent(12), sent(13)]);
  expect(seqs(after(row, [], { row: { read: 12 } }))).toEqual([13]);
  expect(seqs(after(row, [change(14, 12, { isUnsent: true, preview: "" })]))).toEqual([11, 13]);
  const edited = after(row, [change(14, 12, { preview: "better" })]);
  expect(edited.pushes?.due.map(({ preview }) => preview)).toEqual(["text 11", "better", "text 13"]);
  expect(after(row, [change(14, 12)]).pushes).toEqual(row.pushes);
});

test("[N4] muting, leaving, choosing less and waiting too long take away what waits", () => {
  const row = after(dm, [sent(11), sent(12, { mentions: [me] })]);
  expect(stillDue({ ...row, mutedUntil: t0 + 1 }, row.pushes, t0)).toBeNull();
  expect(stillDue({ ...row, hasLeft: true }, row.pushes, t0)).toBeNull();
  expect(stillDue({ ...row, notify: "none" }, row.pushes, t0)).toBeNull();
  expect(stillDue({ ...row, notify: "mentions" }, row.pushes, t0)?.due.map(({ seq }) => seq)).toEqual([12]);
  expect(stillDue(row, row.pushes, t0 + bounds.waitMsMax - 1)).toBe(row.pushes);
  expect(stillDue(row, row.pushes, t0 + bounds.waitMsMax)).toBeNull();
});

test("[N5] a push is over when every device that subscribes has it", () => {
  const { pushes } = after(dm, [sent(11)]);
  const both = new Set([phone, tablet]);
  const one = done(pushes, 11, phone, both);
  expect(one?.due[0]?.doneFor).toEqual([phone]);
  expect(done(one, 11, phone, both)).toBe(one);
  expect(done(one, 11, tablet, both)).toBeNull();
  expect(done(one, 11, phone, new Set([phone]))).toBe(one);
  expect(done(pushes, 11, phone, new Set([phone]))).toBeNull();
  expect(done(pushes, 10, phone, both)).toBe(pushes);
});

test("[N6] a busy group pushes five messages within a minute one by one, and sums up those after them", () => {
  let row = base;
  for (let n = 1; n <= 12; n++) row = after(row, [sent(10 + n)], { now: t0 + n * 1_000 });
  expect(seqs(row)).toEqual([11, 12, 13, 14, 15]);
  expect(sealed(row.pushes, t0 + 6_000 + bounds.gatherMs - 1)).toBe(row.pushes);
  const summed = sealed(row.pushes, t0 + 6_000 + bounds.gatherMs);
  expect(summed?.due.at(-1)).toMatchObject({ seq: 22, sums: { earlier: 0, seqs: [16, 17, 18, 19, 20, 21, 22] } });
  // The next summary comes a minute after this one, and counts what is unread of it, too.
  const later = after({ ...row, pushes: summed }, [sent(23)], { now: t0 + 20_000 });
  const dueAt = later.pushes?.busy?.gathering?.dueAt ?? 0;
  expect(dueAt).toBe(t0 + 6_000 + bounds.gatherMs + bounds.busyMs);
  const again = sealed(later.pushes, dueAt);
  expect(again?.due.filter((one) => one.sums !== undefined)).toMatchObject([
    { seq: 23, sums: { earlier: 7, earlierUpTo: 22, seqs: [23] } },
  ]);
});

test("[N6] direct chats, mentions and answers are never summed up", () => {
  const many = Array.from({ length: 12 }, (_, n) => sent(11 + n));
  expect(seqs(after(dm, many))).toHaveLength(12);
  const busy = after(base, many);
  expect(seqs(after(busy, [sent(23, { mentions: [me] }), sent(24), sent(25, { answers: me })]))).toEqual([
    11, 12, 13, 14, 15, 23, 25,
  ]);
});

test("[N6] a group is calm again after a minute without a message; five within more than a minute are single ones", () => {
  const five = after(
    base,
    Array.from({ length: 6 }, (_, n) => sent(11 + n)),
  );
  expect(five.pushes?.busy?.gathering?.seqs).toEqual([16]);
  const calm = after({ ...five, pushes: sealed(five.pushes, t0 + bounds.gatherMs) }, [sent(17)], {
    now: t0 + bounds.busyMs,
  });
  expect(seqs(calm)).toEqual([11, 12, 13, 14, 15, 16, 17]);
  let slow = base;
  for (let n = 1; n <= 20; n++) slow = after(slow, [sent(10 + n)], { now: t0 + n * 15_000 });
  expect(seqs(slow)).toHaveLength(20);
});

test("[N6] one message that was gathered is pushed as itself, also after it was edited; an unsent one counts no more", () => {
  const busy = after(
    base,
    Array.from({ length: 7 }, (_, n) => sent(11 + n)),
  );
  const less = after(busy, [change(18, 17, { isUnsent: true, preview: "" })]);
  // The text of the one before is not known any more, until it is told anew.
  const summary = sealed(less.pushes, t0 + bounds.gatherMs)?.due.at(-1);
  expect(summary).toMatchObject({ seq: 16, preview: null, sums: { seqs: [16] } });
  const known = after(less, [change(19, 16, { preview: "edited" })]);
  expect(sealed(known.pushes, t0 + bounds.gatherMs)?.due.at(-1)).toMatchObject({ seq: 16, preview: "edited" });
  const one = after(
    after(
      base,
      Array.from({ length: 6 }, (_, n) => sent(11 + n)),
    ),
    [change(17, 16, { preview: "edited" })],
  );
  const single = sealed(one.pushes, t0 + bounds.gatherMs)?.due.at(-1);
  expect(single).toMatchObject({ seq: 16, preview: "edited" });
  expect(single?.sums).toBeUndefined();
  expect(isWaiting(after(one, [change(18, 16, { isUnsent: true, preview: "" })], { row: { read: 15 } }).pushes)).toBe(
    false,
  );
});

test("[N6] what waits is bounded: the oldest make room", () => {
  const many = after(
    dm,
    Array.from({ length: bounds.waitingMax + 30 }, (_, n) => sent(11 + n)),
  );
  expect(seqs(many)).toEqual(Array.from({ length: bounds.waitingMax }, (_, n) => 41 + n));
  const long = { preview: "x".repeat(200) };
  const texts = after(
    dm,
    Array.from({ length: 150 }, (_, n) => sent(11 + n, long)),
  ).pushes?.due.map(({ preview }) => preview?.length ?? 0);
  const withText = bounds.waitingCharactersMax / 200;
  expect(texts).toEqual(Array.from({ length: 150 }, (_, n) => (n < 150 - withText ? 0 : 200)));
  const gathered = after(
    base,
    Array.from({ length: 1_000 }, (_, n) => sent(11 + n)),
  );
  const summary = sealed(gathered.pushes, t0 + bounds.gatherMs)?.due.at(-1);
  expect(summary?.sums?.seqs).toHaveLength(bounds.summedMax);
  expect(summary?.sums?.earlier).toBe(995 - bounds.summedMax);
});

test("[N4] a summary waits without a text, and one that ends with a message of somebody who is blocked goes, however many it sums up", () => {
  const items = Array.from({ length: bounds.singlesMax + bounds.summedMax + 20 }, (_, n) => sent(11 + n));
  const { pushes } = after(base, items);
  const sealing = sealed(pushes, t0 + bounds.gatherMs);
  expect(sealing?.due.at(-1)?.sums).toMatchObject({ earlier: 20 });
  expect(sealing?.due.at(-1)?.preview).toBeNull();
  for (const waiting of [pushes, sealing])
    expect(isWaiting(stillDue(base, waiting, t0, ({ senderId }) => senderId !== ana))).toBe(false);
});

type Step =
  | { do: "send"; by: number; isMention: boolean; afterMs: number }
  | { do: "unsend"; target: number }
  | { do: "read"; upTo: number }
  | { do: "take"; afterMs: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      by: fc.nat(1),
      isMention: fc.boolean(),
      afterMs: fc.nat(20_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unsend" as const), target: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("read" as const), upTo: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("take" as const), afterMs: fc.nat(80_000) }) },
);

test("[N6] in any group each message is pushed once, by itself or in one summary, unless it was read or unsent before", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let row: InboxRow = { ...base, rev: 0, headSeq: 0, read: 0 };
      let now = t0;
      const mine = new Set<number>();
      const unsent = new Set<number>();
      const told = new Map<number, number>();
      const take = (): void => {
        let pushes: Pushes | null = sealed(stillDue(row, row.pushes, now), now);
        for (const one of pushes?.due ?? []) {
          const covered = one.sums?.seqs ?? [one.seq];
          for (const seq of covered) told.set(seq, (told.get(seq) ?? 0) + 1);
          if (covered.some((seq) => unsent.has(seq) || mine.has(seq) || seq <= row.read))
            throw new Error("pushed too much");
          pushes = done(pushes, one.seq, phone, new Set([phone]));
        }
        row = { ...row, pushes };
      };
      for (const one of steps) {
        if (one.do === "send") {
          now += one.afterMs;
          const seq = row.headSeq + 1;
          if (one.by === 0) mine.add(seq);
          const fields = { senderId: one.by === 0 ? me : ana, mentions: one.isMention ? [me] : [] };
          const read = one.by === 0 ? seq : row.read;
          row = after(row, [{ ...sent(seq, fields), rev: row.rev + 1 }], { row: { read, rev: row.rev + 1 }, now });
        } else if (one.do === "unsend") {
          if (one.target < 1 || one.target > row.headSeq || mine.has(one.target)) continue;
          unsent.add(one.target);
          const rev = row.rev + 1;
          row = after(row, [change(rev, one.target, { isUnsent: true, preview: "" })], { row: { rev }, now });
        } else if (one.do === "read") {
          row = after(row, [], { row: { read: Math.max(row.read, Math.min(one.upTo, row.headSeq)) }, now });
        } else {
          now += one.afterMs;
          take();
        }
      }
      now += 2 * bounds.busyMs;
      take();
      expect(isWaiting(row.pushes)).toBe(false);
      for (let seq = row.read + 1; seq <= row.headSeq; seq++)
        if (!unsent.has(seq) && !mine.has(seq)) expect(told.get(seq)).toBe(1);
      for (const times of told.values()) expect(times).toBe(1);
    }),
    { numRuns: 300 },
  );
});
