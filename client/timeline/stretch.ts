/** Owns the forms in which history and changes go into a timeline. */
import type { Rev, Seq } from "../../schema/ids.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";

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

/** The place at which the past ends, if a page without messages shows that. */
export function emptyAt(bound: PageBound, headSeq: Seq): Seq | undefined {
  if (bound === "newest") return headSeq;
  return "before" in bound ? bound.before - 1 : undefined;
}
