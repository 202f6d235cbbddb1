/** Owns what a program sees of what its user has deleted for themself, and how it is deleted. */
import type { Observable } from "./observable.ts";

/**
 * What the user has hidden of a conversation. `cleared`: everything up to this message, and the notices up to this rev, because the user deleted the chat; 0
 * where they never did.
 */
export interface HiddenMessages {
  readonly cleared: { readonly seq: number; readonly rev: number };
  has(seq: number): boolean;
}

/** A part of `ConversationHandle`. */
export interface Hiding {
  /** Which messages the user has hidden from themself, on any device. The timeline, windows and `message` show none of them. */
  readonly hidden: Observable<HiddenMessages>;
  /**
   * Hides messages from the user on all their devices, or shows them again; others keep them. It is shown at once, and undone if the server refuses it. What
   * is hidden counts as read. Errors: `conflict` (too many stretches are hidden), `not_found`.
   */
  hide(seqs: readonly number[]): Promise<void>;
  unhide(seqs: readonly number[]): Promise<void>;
  /**
   * Deletes the chat for the user on all their devices: what was written up to now is hidden, and the row leaves the inbox until something new is written.
   * Others keep everything, and are not told that it counts as read. Resolves to a function that takes it back, unless the chat was deleted again since
   * (`conflict`). Errors: `not_found`.
   */
  deleteChat(): Promise<() => Promise<void>>;
  /** Leaves a group, and deletes it for the user. Errors: as `leave`. */
  leaveAndDelete(): Promise<void>;
}
