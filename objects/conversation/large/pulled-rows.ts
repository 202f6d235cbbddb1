/** Owns the answer to the inbox of a member of a large group that asks for its row: the row at this moment. */
import { messageOf } from "../../../core/stored-message.ts";
import { visibleFrom } from "../../../core/visibility.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { MessageFacts } from "../../contract/delivery/delivery.ts";
import type { PulledRow, RowKnown } from "../../contract/delivery/pulled-row.ts";
import { factsOf } from "../messages/items.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import type { State, Store } from "../store.ts";
import type { UnreadCounts } from "./unread-counts.ts";

export type PulledRowParts = { store: Store; messages: Messages; journal: Journal; counts: UnreadCounts };

export class PulledRows {
  readonly #parts: PulledRowParts;

  constructor(parts: PulledRowParts) {
    this.#parts = parts;
  }

  /** The row of a member, or of a former one whose inbox does not know it yet; null for others, where the group is small, and where nothing is newer. */
  of(userId: UserId, known: RowKnown | null): PulledRow | null {
    const { state } = this.#parts.store;
    const member = state?.members.get(userId);
    if (state === undefined || state.members.kind !== "large" || member === undefined) return null;
    const told = member.leftRev === null ? this.#present(state, member) : this.#left(state, member, member.leftRev);
    const row = state.members.isFromSmall(member) ? { ...told, isFromSmall: true as const } : told;
    return known === null || isNewer(row, known) ? row : null;
  }

  #present(state: State, member: MemberRow): PulledRow {
    const { head } = state;
    return {
      ...this.#base(state, member),
      rev: head.rev,
      headSeq: head.seq,
      at: head.at,
      last: this.#last(state, member),
      title: state.facts.title,
      avatarUrl: state.facts.avatar?.url ?? null,
      hasLeft: false,
      ...this.#parts.counts.of(member.userId, member.read, head.seq),
    };
  }

  /** As the conversation was when the member left, without the text of a message, because a later unsend does not reach them. */
  #left(state: State, member: MemberRow, leftRev: number): PulledRow {
    const { journal } = this.#parts;
    const { seq, at } = member.leftWith ?? { seq: member.joinedSeq, at: member.joinedAt };
    return {
      ...this.#base(state, member),
      rev: leftRev,
      headSeq: seq,
      at,
      last: null,
      title: state.facts.detailsRev > leftRev ? journal.titleAt(leftRev) : state.facts.title,
      avatarUrl: state.facts.detailsRev > leftRev ? journal.avatarAt(leftRev) : (state.facts.avatar?.url ?? null),
      hasLeft: true,
      read: Math.min(member.read, seq),
      unread: 0,
      mentionsUnread: 0,
    };
  }

  #base(
    { facts }: State,
    { membership, role, joinedSeq, joinedRev, read, requestBy }: MemberRow,
  ): Pick<
    PulledRow,
    | "conversationId"
    | "epoch"
    | "membership"
    | "kind"
    | "mode"
    | "role"
    | "joinedSeq"
    | "joinedRev"
    | "read"
    | "requestBy"
  > {
    const { id, epoch, kind, mode } = facts;
    return { conversationId: id, epoch, membership, kind, mode, role, joinedSeq, joinedRev, read, requestBy };
  }

  #last(state: State, member: MemberRow): MessageFacts | null {
    const { facts, head } = state;
    if (head.seq <= visibleFrom(state, member).after) return null;
    const row = this.#parts.messages.short(head.seq);
    return row === undefined ? null : factsOf(messageOf(facts.id, row));
  }
}

/** Whether a row is later than what an inbox has. */
export function isNewer(row: RowKnown, known: RowKnown): boolean {
  if (row.membership !== known.membership) return row.membership > known.membership;
  return row.rev > known.rev || row.read > known.read;
}
