/** Owns what a member's inbox receives at the bounds of a membership: the conversation as it was when they left, and the message before they joined. */
import { visibleFrom } from "../../../core/visibility.ts";
import { messageOf, type MessageRow } from "../../../core/stored-message.ts";
import type { Seq, TimeMs } from "../../../schema/ids.ts";
import type { MessageFacts } from "../../contract/delivery/delivery.ts";
import { factsOf } from "./items.ts";
import type { Journal } from "./journal.ts";
import type { Messages } from "./messages.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { State } from "../store.ts";

/** What a former member's inbox receives of the conversation, however late it is called: nothing that came after they left. Undefined for present members. */
export type Farewell = { at: TimeMs; headSeq: Seq; title: string | null };

export function farewellOf(journal: Journal, { facts, head }: State, { leftRev }: MemberRow): Farewell | undefined {
  if (leftRev === null) return undefined;
  const change = journal.at(leftRev);
  return {
    at: change?.at ?? head.at,
    headSeq: change?.notice?.afterSeq ?? 0,
    title: facts.detailsRev > leftRev ? journal.titleAt(leftRev) : facts.title,
  };
}

/**
 * The last message before the membership came to be. It is the one at `joinedSeq`, except in a conversation that was imported: there a member may have joined
 * long before the import was done, and the membership came to be after all of it.
 */
export function lastSeqBefore(messages: Messages, { head }: State, { joinedSeq, joinedRev }: MemberRow): Seq {
  const next = messages.short(joinedSeq + 1);
  const isNext = next === undefined ? joinedSeq + 1 > messages.archivedSeq : next.createdRev > joinedRev;
  if (isNext) return joinedSeq;
  const seq = messages.firstAfter(joinedRev, head.seq) - 1;
  // All messages of before the membership are in the archive, which does not say at which rev each was made.
  return seq > messages.archivedSeq ? seq : joinedSeq;
}

/**
 * The newest message before a membership, in its present state; null where there is none for this member, or where it cannot be read. `archived` answers an
 * archived message, or undefined where that has to be fetched first; then this is undefined, too.
 */
export function lastBefore(
  messages: Messages,
  archived: (seq: Seq) => MessageRow | null | undefined,
  state: State,
  member: MemberRow,
): MessageFacts | null | undefined {
  const seq = lastSeqBefore(messages, state, member);
  if (seq <= visibleFrom(state, member).after) return null;
  const row = messages.short(seq) ?? archived(seq);
  return row && factsOf(messageOf(state.facts.id, row));
}
