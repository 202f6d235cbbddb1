/** Owns notices: each takes the next rev, and goes out with the conversation's details as they then are. */
import type { Rev, UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import type { Notice } from "../../../schema/wire/message.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { Effects } from "../effects.ts";
import { changeItem, sharedDetailsOf } from "./items.ts";
import type { Journal } from "./journal.ts";
import type { State } from "../store.ts";

/** About how many bytes a notice takes, in storage and to its readers; also what a member takes. */
export const noticeBytes = 1_024;

/** A notice before it is numbered. */
export type NoticeDraft = Notice extends infer N
  ? N extends Notice
    ? Omit<N, "conversationId" | "rev" | "afterSeq" | "at" | "by">
    : never
  : never;

export class Notices {
  readonly #journal: Journal;

  constructor(parts: { journal: Journal }) {
    this.#journal = parts.journal;
  }

  /** Takes the next rev for a notice. */
  note(
    tx: Transactor,
    state: State,
    by: UserId,
    draft: NoticeDraft,
    effects: Effects,
    at = Math.max(now(), state.head.at),
  ): Rev {
    const rev = state.head.rev + 1;
    const notice: Notice = { conversationId: state.facts.id, rev, afterSeq: state.head.seq, at, by, ...draft };
    this.#journal.note(tx, { rev, at, seq: null, notice });
    state.head = { ...state.head, rev, at };
    effects.items.push(changeItem(state.facts.id, rev, { notice, conversation: sharedDetailsOf(state) }));
    return rev;
  }
}

/** Whom a notice is about. */
export function about(userIds: readonly UserId[]): { userIds: UserId[]; count: number } {
  return { userIds: userIds.slice(0, limits.noticeUserIdsMax), count: userIds.length };
}
