/** Owns the forms in which things go into a timeline, and in which it tells what has to be kept of it. */
import type { Rev, Seq } from "../../schema/ids.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";
import type { Spans } from "./spans.ts";

/** A stretch of changes: everything in `(since, rev]`, in its state at `rev`. A message frame is the stretch of one rev. */
export interface Stretch {
  readonly since: Rev;
  readonly rev: Rev;
  readonly messages: readonly Message[];
  readonly notices: readonly Notice[];
  /**
   * Messages above this are new to the reader; default: those above what the cursor has seen. Needed where several stretches make up one
   * catching up: there a message that was changed since comes after younger ones.
   */
  readonly newAfter?: Seq | undefined;
}

/** Where a page was asked for. */
export type PageBound = { readonly before: Seq } | { readonly after: Seq } | { readonly around: Seq } | "newest";

/** What has to be written to a cache since it was last asked. */
export interface Dirty {
  readonly messages: Map<Seq, Message>;
  readonly notices: Map<Rev, Notice>;
  /** States of messages that are not held here; a cache that holds more than this timeline needs them. */
  readonly foreign: Map<Seq, Message>;
  /** Stretches that were added. Those that were let go again since are here alone. */
  spans: Spans;
  /** Messages above this were dropped, before those in `messages` were put. */
  cutAbove: Seq | null;
  hasFacts: boolean;
}

/** What a cache keeps of a timeline beside messages and notices. */
export interface TimelineFacts {
  readonly epoch: string | null;
  readonly rev: Rev | null;
  readonly revSeq: Seq;
  readonly headSeq: Seq;
  readonly headRev: Rev;
  readonly floor: Seq | null;
  /** Where a page left notices out: those up to `rev` that stand at `seq` or before, as far as the page went. */
  readonly cuts: readonly { readonly rev: Rev; readonly seq: Seq }[];
}

export const emptyFacts: TimelineFacts = {
  epoch: null,
  rev: null,
  revSeq: 0,
  headSeq: 0,
  headRev: 0,
  floor: null,
  cuts: [],
};

export function cleanDirty(): Dirty {
  return { messages: new Map(), notices: new Map(), foreign: new Map(), spans: [], cutAbove: null, hasFacts: false };
}

/** Whether a cache lacks anything of it. */
export function isDirty({ messages, notices, foreign, spans, cutAbove, hasFacts }: Dirty): boolean {
  return hasFacts || cutAbove !== null || messages.size + notices.size + foreign.size + spans.length > 0;
}

/** Where a page without messages says that the past ends, if it says so. */
export function emptyAt(bound: PageBound, headSeq: Seq): Seq | undefined {
  if (bound === "newest") return headSeq;
  return "before" in bound ? bound.before - 1 : undefined;
}
