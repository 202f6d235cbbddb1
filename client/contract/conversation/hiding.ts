/** Owns what a program sees of what its user has deleted for themself, and how it is deleted. */
import type { Observable } from "../observable.ts";

/**
 * What the user has hidden of a conversation. `cleared`: everything up to this message, and the notices up to this rev, because the user deleted the chat; 0
 * where they never did.
 */
export interface HiddenMessages {
  readonly cleared: { readonly seq: number; readonly rev: number };
  has(seq: number): boolean;
}

/** A chat that was just deleted. */
export interface Deletion {
  /** Resolves when the server has deleted the chat, or `undo` has taken that back. Errors: `not_found`. */
  readonly done: Promise<void>;
  /**
   * Takes the deletion back, with what it took from the row: pinned, archived, draft. As all acts it is shown at once, and resolves when the server has done it.
   * Errors: `conflict` (the chat was deleted again since).
   */
  readonly undo: () => Promise<void>;
}

/** A part of `ConversationHandle`. What `Acting` says of acts holds for these. */
export interface Hiding {
  /** Which messages the user has hidden from themself, on any device. The timeline, windows and `message` show none of them. */
  readonly hidden: Observable<HiddenMessages>;
  /**
   * Hides messages from the user on all their devices, or shows them again; others keep them. What is hidden counts as read. Errors: `conflict` (too many stretches are
   * hidden), `not_found`.
   */
  hide(seqs: readonly number[]): Promise<void>;
  unhide(seqs: readonly number[]): Promise<void>;
  /**
   * Deletes the chat for the user on all their devices: what was written up to now is hidden, and the row leaves the inbox until something new is written.
   * Others keep everything, and are not told that it counts as read.
   */
  deleteChat(): Deletion;
  /** Leaves a group, and deletes it for the user. Its row leaves the inbox at once. Errors: as `leave`, except `not_found` of who is no member any more. */
  leaveAndDelete(): Promise<void>;
}
