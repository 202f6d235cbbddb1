/** Owns what the SDK spends on each message and each receipt of one conversation, by how much of the conversation is loaded and how many members read it. */
import { Receipts } from "../../client/receipts/receipts.ts";
import { ActsOverlay } from "../../client/timeline/acts-overlay.ts";
import { Timeline } from "../../client/timeline/timeline.ts";
import { TimelineViewer } from "../../client/timeline/view/timeline-view.ts";
import { keptInMemory, Place } from "../../client/sync/memory.ts";
import { clientId, conversationId, userId } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";

export interface FoldRow {
  readonly entries: number;
  readonly readers: number;
  /** The time of a message frame: it is folded and shown, and its unsaved changes are collected. */
  readonly messageUs: number;
  /** The time of a reaction to the oldest loaded message. */
  readonly changeUs: number;
  /** The time of a receipt whose state is then read. */
  readonly receiptUs: number;
}

const sizes = [
  { entries: 1_000, readers: 10 },
  { entries: 10_000, readers: 10 },
  { entries: 1_000, readers: 1_000 },
  { entries: 10_000, readers: 1_000 },
];
const roundsMax = 5;
const [here, me, other] = [conversationId.parse("c1"), userId.parse("me"), userId.parse("bo")];

/** The median of interleaved rounds of so many messages each. */
export function measureFolds(messages: number): readonly FoldRow[] {
  const rounds = sizes.map((): FoldRow[] => []);
  // The first round is left out: V8 compiles what is hot.
  for (let round = 0; round <= roundsMax; round++)
    sizes.forEach((size, i) => {
      const row = measureFold(size, messages);
      if (round > 0) rounds[i]?.push(row);
    });
  return sizes.map((size, i) => {
    const of = (pick: (row: FoldRow) => number) => median((rounds[i] ?? []).map(pick));
    return {
      ...size,
      messageUs: of((row) => row.messageUs),
      changeUs: of((row) => row.changeUs),
      receiptUs: of((row) => row.receiptUs),
    };
  });
}

function measureFold({ entries, readers }: { entries: number; readers: number }, count: number): FoldRow {
  const timeline = new Timeline();
  const viewer = new TimelineViewer({ timeline, userId: me, overlay: new ActsOverlay(me) });
  const all = 10 * (entries + count);
  const sizes = {
    heldMessagesMax: all,
    aroundViewMessages: all,
    newestMessages: all,
    viewMessagesMax: all,
    idleMessages: all,
  };
  timeline.pageAsked();
  const held = Array.from({ length: entries }, (_, i) => messageAt(i + 1, i + 1));
  timeline.page(
    { messages: held, notices: [], head: { seq: entries, rev: entries, hash: "" }, hasBefore: false, hasAfter: false },
    "newest",
  );
  viewer.view({ pending: [], isStale: false });
  timeline.takeUnsaved();
  let rev = entries;
  const messageUs = usOf(count, () => {
    rev++;
    timeline.feed({ since: rev - 1, rev, messages: [messageAt(rev, rev)], notices: [] }, true);
    timeline.takeArrived();
    viewer.view({ pending: [], isStale: false });
    if (keptInMemory(timeline.spans, [new Place()], sizes) !== undefined) throw new Error("nothing was to be let go");
    timeline.cutNotices();
    timeline.takeUnsaved();
  });
  const changeUs = usOf(Math.ceil(count / 10), () => {
    rev++;
    timeline.feed({ since: rev - 1, rev, messages: [messageAt(1, rev)], notices: [] });
    viewer.view({ pending: [], isStale: false });
    timeline.takeUnsaved();
  });
  const receipts = receiptsOf(readers);
  let seq = 1;
  let next = 0;
  const receiptUs = usOf(count, () => {
    if (next % readers === 0) seq++;
    receipts.take(`r${next++ % readers}`, { delivered: seq, read: seq });
    receipts.view.getSnapshot();
  });
  return { entries, readers, messageUs, changeUs, receiptUs };
}

function receiptsOf(readers: number): Receipts {
  const receipts = new Receipts({
    conversationId: here,
    userId: me,
    api: { run: () => Promise.resolve() },
    keep: () => undefined,
    clock: { now: () => 0, after: () => () => undefined },
    random: () => 0,
    viaSocket: () => undefined,
    isLinked: () => false,
  });
  receipts.takeAll(
    Array.from({ length: readers }, (_, i) => ({ userId: `r${i}`, delivered: 1, read: 1 })),
    true,
  );
  return receipts;
}

function messageAt(seq: number, rev: number): Message {
  return {
    conversationId: here,
    seq,
    rev,
    senderId: seq % 5 === 0 ? me : other,
    clientId: clientId.parse(`k${seq}`),
    text: `message ${seq}`,
    sentAt: rev,
    editedAt: null,
    unsentAt: null,
    replyTo: null,
    mentions: [],
    reactions: rev > seq ? [{ emoji: "👍", count: 1, userIds: [other] }] : [],
    attachments: [],
    hash: "",
  };
}

function usOf(count: number, task: () => void): number {
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) task();
  return ((performance.now() - startedAt) * 1_000) / count;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
