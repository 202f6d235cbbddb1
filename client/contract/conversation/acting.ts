/**
 * Owns what a program does to stored messages by small acts.
 *
 * This holds for all acts here, for those of `Hiding`, and for `vote` and `closePoll`: an act is shown at once, kept over restarts, and repeated until the server
 * has answered, however long that takes. Its promise resolves when the server has done it, and is pending until then, without network for hours: a program
 * must not wait for it before it goes on. Of several acts about the same thing the last one counts, and the promises of all of them settle with it. An act that
 * the server refuses for good is undone where it is shown, and its promise rejects. After a restart nobody holds that promise any more: then what is shown falls
 * back, and nothing else tells of it. The promises may be ignored.
 */
import type { Pin } from "../../../schema/http/conversation/marks.ts";
import type { Observable } from "../observable.ts";
import type { Page, PageAsk } from "../page.ts";

/** A part of `ConversationHandle`. */
export interface Acting {
  /** Erases a message for everybody. Users can unsend their own messages; admins of a group can unsend all. Errors: `forbidden`, `not_found`. */
  unsend(seq: number): Promise<void>;
  /** Adds the user's reaction to a message, or with `on: false` removes it. Errors: `forbidden`, `not_found`, `too_large`, `conflict` (unsent), `bad_request` (no emoji). */
  react(seq: number, emoji: string, on: boolean): Promise<void>;
  /**
   * Pins a message for all members, or takes the pin away. `details` names the pinned messages. Errors: `forbidden` (in a group that lets only admins change its
   * details), `conflict` (the message was unsent, or too many are pinned), `not_found`.
   */
  pin(seq: number): Promise<void>;
  unpin(seq: number): Promise<void>;
  /**
   * The pinned messages that the user may see, the newest pin first. As long as a page has a `cursor` there may be more. The server is asked when it has what
   * the user pinned before.
   */
  pins(ask?: PageAsk): Promise<Page<Pin>>;
  /** Messages that the user has starred, on any device. Nobody else sees them. They are asked for when the conversation is shown or loaded. */
  readonly starred: Observable<ReadonlySet<number>>;
  /** Stars a message, or takes the star back. Errors: `conflict` (unsent, or too many stars), `not_found`. */
  star(seq: number): Promise<void>;
  unstar(seq: number): Promise<void>;
}
