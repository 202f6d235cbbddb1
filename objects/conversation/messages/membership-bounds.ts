/** Owns what a member's inbox receives at the bounds of a membership: the conversation as it was when they left, and the message before they joined. */
import { visibleFrom } from "../../../core/visibility.ts";
import { messageOf, type MessageRow } from "../../../core/stored-message.ts";
import type { Rev, Seq, TimeMs } from "../../../schema/ids.ts";
import type { MessageFacts } from "../../contract/delivery/delivery.ts";
import { factsOf } from "./items.ts";
import type { Journal } from "./journal.ts";
import type { Messages } from "./messages.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { State } from "../store.ts";

/** What a former member's inbox receives of the conversation, however late it is called: nothing that came after they left. Undefined for present members. */
export type Farewell = { at: TimeMs; headSeq: Seq; title: string | null; avatarUrl: string | null };

export function farewellOf(journal: Journal, { facts, head }: State, { leftRev }: MemberRow): Farewell | undefined {
  if (leftRev === null) return undefined;
  const change = journal.at(leftRev);
  return {
    at: change?.at ?? head.at,
    headSeq: change?.notice?.afterSeq ?? 0,
    title: facts.detailsRev > leftRev ? journal.titleAt(leftRev) : facts.title,
    avatarUrl: facts.detailsRev > leftRev ? journal.avatarAt(leftRev) : (facts.avatar?.url ?? null),
  };
}

/**
 * The last message before the membership came to be. It is the one at `joinedSeq`, except in a conversation that was imported: there a member may have joined
 * long before the import was done, and the membership came to be after all of it. Undefined where only a segment of the archive says which message it is.
 */
export function lastSeqBefore(
  messages: Messages,
  { head }: State,
  { joinedSeq, joinedRev }: Pick<MemberRow, "joinedSeq" | "joinedRev">,
): Seq | undefined {
  const next = messages.short(joinedSeq + 1);
  const isNext = next === undefined ? joinedSeq + 1 > messages.archivedSeq : next.createdRev > joinedRev;
  if (isNext) return joinedSeq;
  const seq = messages.firstAfter(joinedRev, head.seq) - 1;
  return seq > messages.archivedSeq || messages.archivedRev <= joinedRev ? seq : undefined;
}

/** What is asked of the archive: a message; and the last message made up to a rev. Null: it cannot be read. Undefined: its segment has to be fetched first. */
export type ArchivedLast = {
  row: (seq: Seq) => MessageRow | null | undefined;
  lastMadeBy: (rev: Rev) => Seq | null | undefined;
};

/**
 * The newest message before a membership, in its present state; null where there is none for this member, or where it cannot be read; undefined where the archive
 * has to be fetched first.
 */
export function lastBefore(
  messages: Messages,
  archived: ArchivedLast,
  state: State,
  member: MemberRow,
): MessageFacts | null | undefined {
  const seq = lastSeqBefore(messages, state, member) ?? archived.lastMadeBy(member.joinedRev);
  if (seq === undefined) return undefined;
  if (seq === null || seq <= visibleFrom(state, member).after) return null;
  const row = messages.short(seq) ?? archived.row(seq);
  return row && factsOf(messageOf(state.facts.id, row));
}
