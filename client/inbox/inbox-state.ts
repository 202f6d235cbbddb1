/** Owns how rows make the inbox that is shown: its order, what is archived, and the numbers over all conversations. */
import type { Summary } from "../../schema/wire/inbox.ts";
import type { InboxState } from "../contract/account.ts";

/** The inbox of these rows at a moment. The badge leaves out what is archived, requested or muted. */
export function inboxStateOf(given: readonly Summary[], now: number, isLoaded: boolean): InboxState {
  const rows = given.toSorted(newestFirst);
  const counted = rows.filter((row) => !row.archived && !row.request && !isMuted(row, now));
  return {
    conversations: rows.filter((row) => !row.archived).sort((a, b) => Number(b.pinned) - Number(a.pinned)),
    archived: rows.filter((row) => row.archived),
    unread: rows.reduce((sum, row) => sum + row.unread, 0),
    badge: counted.reduce((sum, row) => sum + (row.unread > 0 ? row.unread : Number(row.markedUnread)), 0),
    isLoaded,
  };
}

/** When the next mute ends; Infinity where none does. */
export function nextUnmuteAt(rows: readonly Summary[], now: number): number {
  return Math.min(...rows.map((row) => (isMuted(row, now) ? (row.mutedUntil ?? Infinity) : Infinity)));
}

function isMuted({ mutedUntil }: Summary, now: number): boolean {
  return mutedUntil !== null && mutedUntil > now;
}

function newestFirst(a: Summary, b: Summary): number {
  return b.head.at - a.head.at || (a.conversationId < b.conversationId ? -1 : 1);
}
