/** Owns the forms in which a timeline says what its cache lacks. */
import type { Rev, Seq } from "../../schema/ids.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";
import type { Spans } from "./spans.ts";

/** What changed in a timeline and is not in its cache yet. */
export interface Unsaved {
  readonly messages: Map<Seq, Message>;
  readonly notices: Map<Rev, Notice>;
  /** States of messages that this timeline does not hold. A cache that holds more than the timeline needs them. */
  readonly foreign: Map<Seq, Message>;
  /** Stretches that were added, also those that memory has dropped again since. */
  spans: Spans;
  /** Messages above this were dropped, before those in `messages` were put. */
  cutAbove: Seq | null;
  /** Whether the facts of the timeline changed. */
  areFactsChanged: boolean;
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

export function nothingUnsaved(): Unsaved {
  return {
    messages: new Map(),
    notices: new Map(),
    foreign: new Map(),
    spans: [],
    cutAbove: null,
    areFactsChanged: false,
  };
}

/** Whether the cache lacks anything. */
export function hasUnsaved({ messages, notices, foreign, spans, cutAbove, areFactsChanged }: Unsaved): boolean {
  return areFactsChanged || cutAbove !== null || messages.size + notices.size + foreign.size + spans.length > 0;
}
