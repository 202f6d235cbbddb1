/** Owns the messages that the user has starred: their places, for the user alone. The conversations have the messages. */
import type { ConversationId, Seq, TimeMs } from "../../../../schema/ids.ts";
import { inboxHolds } from "../../../../schema/search-limits.ts";
import type { MentionPlace } from "../../../contract/search.ts";
import type { Reader, Transactor } from "../../../shared/platform/database.ts";

/** The second index is the order in which stars are read. */
export const starTables = `
  CREATE TABLE stars (
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX stars_by_time ON stars (at, conversation_id, seq);
`;

export function isStarred(db: Reader, id: ConversationId, seq: Seq): boolean {
  return db.first("SELECT 1 FROM stars WHERE conversation_id = ? AND seq = ?", id, seq) !== undefined;
}

/** Whether the user has as many stars as they may have. */
export function isFullOfStars(db: Reader): boolean {
  return db.first("SELECT 1 FROM stars LIMIT 1 OFFSET ?", inboxHolds.starsMax - 1) !== undefined;
}

export function writeStar(tx: Transactor, id: ConversationId, seq: Seq, at: TimeMs | null): void {
  if (at === null) tx.run("DELETE FROM stars WHERE conversation_id = ? AND seq = ?", id, seq);
  else tx.run("INSERT OR IGNORE INTO stars (conversation_id, seq, at) VALUES (?, ?, ?)", id, seq, at);
}

/** The starred messages of a conversation, ascending. */
export function starsIn(db: Reader, id: ConversationId): Seq[] {
  return db.all<{ seq: Seq }>("SELECT seq FROM stars WHERE conversation_id = ? ORDER BY seq", id).map(({ seq }) => seq);
}

/** A page of stars behind a place, the newest star first. */
export function starsPage(db: Reader, after: MentionPlace | null, limit: number): MentionPlace[] {
  const { at, id, seq } = after ?? { at: Number.MAX_SAFE_INTEGER, id: "", seq: 0 };
  return db
    .all<{ at: TimeMs; conversation_id: ConversationId; seq: Seq }>(
      `SELECT at, conversation_id, seq FROM stars WHERE (at, conversation_id, seq) < (?, ?, ?)
       ORDER BY at DESC, conversation_id DESC, seq DESC LIMIT ?`,
      at,
      id,
      seq,
      limit,
    )
    .map((row) => ({ at: row.at, id: row.conversation_id, seq: row.seq }));
}
