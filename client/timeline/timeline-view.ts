/** Owns what a timeline looks like: entries in the order to show them, holes where something is missing, pending messages last. Pure. */
import type { Rev, Seq } from "../../schema/ids.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";
import type { PendingMessage, Timeline as TimelineView, TimelineEntry } from "../contract/conversation.ts";
import type { Timeline } from "./timeline.ts";
import type { TimelineFacts } from "./timeline-parts.ts";

export interface ViewFacts {
  readonly timeline: Timeline;
  readonly pending: readonly PendingMessage[];
  readonly userId: string;
  readonly isStale: boolean;
  /** A message as it is to be shown, with what the user has just done to it. */
  readonly shown: (message: Message) => Message;
}

/** More holes than a conversation shows at a time. */
const holesMax = 100;

/** Entries are made once for each state of a message, so that what did not change is the same object. */
export class EntryMaker {
  readonly #holes = new Map<Seq, TimelineEntry & { kind: "hole" }>();
  readonly #entries = new WeakMap<object, TimelineEntry>();
  readonly #userId: string;

  constructor(userId: string) {
    this.#userId = userId;
  }

  message(message: Message): TimelineEntry {
    const isOwn = message.senderId === this.#userId;
    // An own message keeps the key that it had while it was pending.
    const key = isOwn ? keyOfPending(message.clientId) : `m:${message.seq}`;
    return this.#once(message, { kind: "message", key, message, isOwn });
  }

  notice(notice: Notice): TimelineEntry {
    return this.#once(notice, { kind: "notice", key: `n:${notice.rev}`, notice });
  }

  pending(pending: PendingMessage): TimelineEntry {
    return this.#once(pending, { kind: "pending", key: keyOfPending(pending.clientId), pending });
  }

  hole(after: Seq, before: Seq): TimelineEntry {
    const known = this.#holes.get(after);
    if (known?.hole.before === before) return known;
    if (this.#holes.size >= holesMax) this.#holes.clear();
    const entry = { kind: "hole", key: `h:${after}`, hole: { after, before } } as const;
    this.#holes.set(after, entry);
    return entry;
  }

  cut(cut: { readonly rev: Rev }): TimelineEntry {
    return this.#once(cut, { kind: "cut", key: `x:${cut.rev}` });
  }

  #once(of: object, entry: TimelineEntry): TimelineEntry {
    const made = this.#entries.get(of);
    if (made !== undefined) return made;
    this.#entries.set(of, entry);
    return entry;
  }
}

/** The view of these facts; the previous one, where it says the same. */
export function viewTimeline(facts: ViewFacts, make: EntryMaker, previous?: TimelineView): TimelineView {
  const view = viewOf(facts, make);
  return previous !== undefined && isSame(view, previous) ? previous : view;
}

function isSame(a: TimelineView, b: TimelineView): boolean {
  if (a.headSeq !== b.headSeq || a.hasBefore !== b.hasBefore) return false;
  if (a.isLoaded !== b.isLoaded || a.isStale !== b.isStale) return false;
  return a.entries.length === b.entries.length && a.entries.every((entry, i) => entry === b.entries[i]);
}

function viewOf({ timeline, pending, userId, isStale, shown }: ViewFacts, make: EntryMaker): TimelineView {
  const { facts, spans, messages } = timeline;
  const entries: TimelineEntry[] = [];
  const confirmed = new Set<string>();
  const notices = noticesByPlace(timeline.notices.values());
  const floor = facts.floor ?? 0;
  let end: Seq = spans[0]?.after ?? floor;
  for (const span of spans) {
    if (span.after > end) entries.push(make.hole(end, span.after + 1));
    for (let seq = span.after; seq <= span.to; seq++) {
      const message = seq > span.after ? messages.get(seq) : undefined;
      if (message !== undefined) entries.push(make.message(shown(message)));
      if (message?.senderId === userId) confirmed.add(message.clientId);
      entries.push(...noticesAt(seq, notices.get(seq) ?? [], facts.cuts, make));
    }
    end = span.to;
  }
  const isLoaded = facts.rev !== null;
  if (isLoaded && facts.headSeq > end) entries.push(make.hole(end, facts.headSeq + 1));
  for (const each of pending) if (!confirmed.has(each.clientId)) entries.push(make.pending(each));
  return {
    entries,
    hasBefore: timeline.hasBefore,
    headSeq: facts.headSeq,
    isLoaded,
    isStale: isStale || !isLoaded || timeline.isBehind,
  };
}

/** The notices behind a message, with what says that some are left out before those that are younger. */
function noticesAt(
  seq: Seq,
  notices: readonly Notice[],
  cuts: TimelineFacts["cuts"],
  make: EntryMaker,
): readonly TimelineEntry[] {
  const entries = notices.map((notice) => ({ rev: notice.rev, entry: make.notice(notice) }));
  for (const cut of cuts) if (cut.seq === seq) entries.push({ rev: cut.rev, entry: make.cut(cut) });
  return entries.sort((a, b) => a.rev - b.rev).map(({ entry }) => entry);
}

/** Notices by the message that they follow, in order of rev. */
function noticesByPlace(notices: Iterable<Notice>): ReadonlyMap<Seq, Notice[]> {
  const places = new Map<Seq, Notice[]>();
  for (const notice of [...notices].sort((a, b) => a.rev - b.rev)) {
    const place = places.get(notice.afterSeq);
    if (place === undefined) places.set(notice.afterSeq, [notice]);
    else place.push(notice);
  }
  return places;
}

function keyOfPending(clientId: string): string {
  return `c:${clientId}`;
}
