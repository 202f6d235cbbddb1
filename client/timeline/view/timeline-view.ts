/**
 * Owns what a timeline looks like: entries in the order to show them, holes where something is missing, pending messages last. What stands
 * before the first place that changed is taken over from the time before, so that a new message costs the same in a long timeline as in a short one.
 */
import type { HiddenMessages } from "../../contract/conversation/hiding.ts";
import type { Seq } from "../../../schema/ids.ts";
import type {
  PendingMessage,
  Timeline as TimelineView,
  TimelineEntry,
} from "../../contract/conversation/conversation.ts";
import { EntryMaker } from "./entry-maker.ts";
import type { ActsOverlay } from "../acts-overlay.ts";
import type { Timeline } from "../timeline.ts";
import type { Touched } from "../touched.ts";

export interface ViewFacts {
  readonly pending: readonly PendingMessage[];
  readonly isStale: boolean;
}

/** What is looked at: all of a timeline, or some of its stretches. */
export type Viewed = Pick<Timeline, "facts" | "spans" | "messages" | "notices" | "hasBefore" | "isBehind"> & {
  readonly touched: Pick<Touched, "take">;
};

export interface ViewerParts {
  readonly timeline: Viewed;
  readonly userId: string;
  /** Answers a message as it is to be shown, with what the user has just done to it. */
  readonly overlay: Pick<ActsOverlay, "apply"> & { readonly touched: Pick<Touched, "take"> };
  /** What the user has hidden from themself. Where it changes, the timeline is touched. */
  readonly hides?: (() => HiddenMessages) | undefined;
}

export class TimelineViewer {
  readonly #parts: ViewerParts;
  readonly #make: EntryMaker;
  /** The entries up to the end of what is held, and behind which message each stands; a hole is between two. */
  readonly #body: TimelineEntry[] = [];
  readonly #places: number[] = [];
  /** The clientIds of own messages among them. */
  readonly #confirmed = new Set<string>();
  #previous: TimelineView | undefined;

  constructor(parts: ViewerParts) {
    this.#parts = parts;
    this.#make = new EntryMaker(parts.userId);
  }

  /** What there is to see; the same object as before, where nothing is different. */
  view({ pending, isStale }: ViewFacts): TimelineView {
    const { facts, spans, hasBefore, isBehind } = this.#parts.timeline;
    const isBodySame = this.#bringUp();
    const cleared = this.#hides?.cleared.seq ?? 0;
    const end = Math.max(spans.at(-1)?.to ?? facts.floor ?? 0, cleared);
    const isLoaded = facts.rev !== null;
    const tail: TimelineEntry[] = [];
    if (isLoaded && facts.headSeq > end) tail.push(this.#make.hole(end, facts.headSeq + 1));
    for (const each of pending) if (!this.#confirmed.has(each.clientId)) tail.push(this.#make.pending(each));
    // What is before a deleted part of the chat is deleted, too.
    const isFirst = (spans[0]?.after ?? Infinity) <= cleared;
    const next = {
      hasBefore: hasBefore && !isFirst,
      headSeq: facts.headSeq,
      isLoaded,
      isStale: isStale || !isLoaded || isBehind,
    };
    const before = this.#previous;
    if (before !== undefined && isBodySame && isSameBeside(before, next) && this.#endsWith(before, tail)) return before;
    const view = { ...next, entries: this.#body.concat(tail) };
    this.#previous = view;
    return view;
  }

  /** Takes up what was touched since the last time. Answers whether the body is what was shown then. */
  #bringUp(): boolean {
    const { timeline, overlay } = this.#parts;
    const [touched, shown] = [timeline.touched.take(), overlay.touched.take()];
    const from = this.#previous === undefined ? 0 : touched.from;
    const kept = this.#cutAt(from);
    let isSame = true;
    for (const seq of [...touched.states, ...shown.states]) if (seq < from && this.#restate(seq)) isSame = false;
    this.#build(from);
    const before = this.#previous?.entries ?? [];
    for (let i = kept; isSame && i < this.#body.length; i++) isSame = this.#body[i] === before[i];
    return isSame;
  }

  /** Whether the body is the beginning, and this tail the rest, of what was shown before; the body itself is known to be. */
  #endsWith({ entries }: TimelineView, tail: readonly TimelineEntry[]): boolean {
    const { length } = this.#body;
    return entries.length === length + tail.length && tail.every((entry, i) => entry === entries[length + i]);
  }

  /** Takes away what stands at this place or after it. Answers how many entries stay. */
  #cutAt(from: Seq): number {
    while ((this.#places.at(-1) ?? -1) >= from) {
      this.#places.pop();
      const entry = this.#body.pop();
      if (entry?.kind === "message" && entry.isOwn) this.#confirmed.delete(entry.message.clientId);
    }
    return this.#body.length;
  }

  /** Shows a message in its present state where it stands. Answers whether that is another one. */
  #restate(seq: Seq): boolean {
    const { timeline, overlay } = this.#parts;
    const message = timeline.messages.get(seq);
    const index = firstAt(this.#places, seq);
    const before = this.#body[index];
    if (message === undefined || before?.kind !== "message" || before.message.seq !== seq) return false;
    const entry = this.#make.message(overlay.apply(message));
    this.#body[index] = entry;
    return entry !== before;
  }

  /** Puts there what stands at this place or after it. */
  #build(from: Seq): void {
    const { timeline, overlay } = this.#parts;
    const { spans, messages } = timeline;
    const hides = this.#hides;
    const cleared = hides?.cleared.seq ?? 0;
    let end: Seq = Math.max(spans[0]?.after ?? 0, cleared);
    for (const span of spans) {
      if (span.to < cleared) continue;
      const after = Math.max(span.after, cleared);
      if (span.to >= from) {
        if (after > end && between(end) >= from) this.#put(between(end), this.#make.hole(end, after + 1));
        for (let seq = Math.max(after, from); seq <= span.to; seq++) {
          const message = seq > after && hides?.has(seq) !== true ? messages.get(seq) : undefined;
          if (message !== undefined) this.#put(seq, this.#make.message(overlay.apply(message)));
          this.#putNotices(seq);
        }
      }
      end = span.to;
    }
  }

  get #hides(): HiddenMessages | undefined {
    return this.#parts.hides?.();
  }

  /** The notices behind a message, with what says that some are left out before those that are younger. */
  #putNotices(seq: Seq): void {
    const { notices, facts } = this.#parts.timeline;
    const { cleared } = this.#hides ?? {};
    const first = seq === cleared?.seq ? cleared.rev + 1 : 0;
    const here = first === 0 ? notices.at(seq) : notices.at(seq).filter(({ rev }) => rev >= first);
    const cuts = facts.cuts.length === 0 ? facts.cuts : facts.cuts.filter((cut) => cut.seq === seq && cut.rev >= first);
    if (here.length + cuts.length === 0) return;
    const entries = [
      ...here.map((notice) => ({ rev: notice.rev, entry: this.#make.notice(notice) })),
      ...cuts.map((cut) => ({ rev: cut.rev, entry: this.#make.cut(cut) })),
    ];
    for (const { entry } of entries.sort((a, b) => a.rev - b.rev)) this.#put(seq, entry);
  }

  #put(place: number, entry: TimelineEntry): void {
    this.#places.push(place);
    this.#body.push(entry);
    if (entry.kind === "message" && entry.isOwn) this.#confirmed.add(entry.message.clientId);
  }
}

function isSameBeside(a: Omit<TimelineView, "entries">, b: Omit<TimelineView, "entries">): boolean {
  const isSameEnd = a.headSeq === b.headSeq && a.hasBefore === b.hasBefore;
  return isSameEnd && a.isLoaded === b.isLoaded && a.isStale === b.isStale;
}

/** Where in an ascending list the first number stands that is not below this one. */
function firstAt(places: readonly number[], place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? place) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place between a message and the next. */
function between(seq: Seq): number {
  return seq + 0.5;
}
