/** Owns what a program does with polls. */
import type { User } from "../../../schema/wire/user.ts";
import type { Page, PageAsk } from "../page.ts";

/** What a poll asks: 2 to 12 options, different from each other. `multiple`: members may choose several. */
export interface PollQuestion {
  readonly question: string;
  readonly options: readonly string[];
  readonly multiple?: boolean;
}

export interface VotersAsk extends PageAsk {
  /** The place of the option in the poll. */
  readonly option: number;
}

/** A part of `ConversationHandle`. What `Acting` says of acts holds for `vote` and `closePoll`. */
export interface Polling {
  /**
   * Chooses among the options of a poll, by their places, in place of what the user chose before; none takes the vote back. Errors: `conflict` (closed, or unsent),
   * `bad_request`, `forbidden`, `not_found`.
   */
  vote(seq: number, options: readonly number[]): Promise<void>;
  /** Closes an own poll, for good. Errors: `forbidden`, `conflict` (unsent), `not_found`. */
  closePoll(seq: number): Promise<void>;
  /** Who chose an option of a poll, in the order in which they did. Errors: `not_found`, `bad_request`. */
  voters(seq: number, ask: VotersAsk): Promise<Page<User>>;
}
