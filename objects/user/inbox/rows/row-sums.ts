/**
 * Owns what pushes need of all rows together: how many messages are unread, and in which conversations a push waits. Both are counted once after waking, when
 * they are first asked for, and follow the rows from then on.
 */
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { isWaiting, type Pushes } from "../../../../core/push/pushes.ts";
import { type InboxRow, unreadOf } from "../../../../core/inbox/inbox-row.ts";
import type { Reader } from "../../../shared/platform/database.ts";
import type { Columns } from "./inbox-columns.ts";

/** The fields of a row that are summed. */
export type Summed = Pick<
  InboxRow,
  "conversationId" | "hasLeft" | "headSeq" | "read" | "unsentUnread" | "requestBy" | "pushes"
>;

export class RowSums {
  /** Muted conversations count, requests do not. */
  unread = 0;
  readonly waiting = new Set<ConversationId>();

  constructor(rows: Iterable<Summed>) {
    for (const row of rows) this.move(undefined, row);
  }

  move(before: Summed | undefined, after: Summed): void {
    this.unread += countOf(after) - (before === undefined ? 0 : countOf(before));
    if (isWaiting(after.pushes)) this.waiting.add(after.conversationId);
    else if (before?.pushes !== null) this.waiting.delete(after.conversationId);
  }
}

/** All rows. `newer`: the row in memory where that is ahead of the stored one. */
export function summedRows(db: Reader, newer: (id: ConversationId) => InboxRow | undefined): Summed[] {
  const statement = "SELECT conversation_id, has_left, head_seq, read, unsent_unread, request_by, pushes FROM inbox";
  return db.all<Columns>(statement).map((columns) => {
    const conversationId = columns.conversation_id as ConversationId;
    return (
      newer(conversationId) ?? {
        conversationId,
        hasLeft: columns.has_left === 1,
        headSeq: columns.head_seq,
        read: columns.read,
        unsentUnread: columns.unsent_unread,
        requestBy: columns.request_by as UserId | null,
        pushes: columns.pushes === null ? null : (JSON.parse(columns.pushes) as Pushes),
      }
    );
  });
}

function countOf(row: Summed): number {
  return row.requestBy === null ? unreadOf(row) : 0;
}
