/**
 * Owns where the user was mentioned. Each mention is a row, written with the row of the inbox, so a message without a mention writes none. A list of
 * mentions reads the messages from their conversations, which check whether a message still mentions the user and whether the user may still read it.
 */
import type { ConversationId, Seq, TimeMs } from "../../../../schema/ids.ts";
import { inboxHolds } from "../../../../schema/search-limits.ts";
import type { Mentioned } from "../../../../core/inbox/inbox.ts";
import type { MentionPlace } from "../../../contract/search.ts";
import type { Reader, Transactor } from "../../../shared/platform/database.ts";

/** The primary key is the order in which mentions are read, and the only index. */
export const mentionTables = `
  CREATE TABLE mentions (
    at INTEGER NOT NULL,
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (at, conversation_id, seq)
  ) STRICT, WITHOUT ROWID;
`;

/** One of so many writes looks whether there are too many mentions, because counting reads each of them. */
const writesPerTrim = 64;

/** Writes mentions. A message that comes again, for example with each reaction to it, writes nothing. */
export function writeMentions(tx: Transactor, conversationId: ConversationId, mentions: Iterable<Mentioned>): void {
  for (const { seq, at } of mentions) {
    const written = tx.run(
      "INSERT OR IGNORE INTO mentions (at, conversation_id, seq) VALUES (?, ?, ?)",
      at,
      conversationId,
      seq,
    );
    if (written > 0 && Math.random() * writesPerTrim < 1) trim(tx);
  }
}

function trim(tx: Transactor): void {
  const { mentionsMax } = inboxHolds;
  tx.run(
    `DELETE FROM mentions WHERE (at, conversation_id, seq) <= (
       SELECT at, conversation_id, seq FROM mentions ORDER BY at DESC, conversation_id DESC, seq DESC LIMIT 1 OFFSET ?)`,
    mentionsMax,
  );
}

/** A page of mentions behind a place, the newest first. `waiting`: mentions that are not written yet. */
export function mentionsPage(
  db: Reader,
  waiting: readonly MentionPlace[],
  after: MentionPlace | null,
  limit: number,
): MentionPlace[] {
  const { at, id, seq } = after ?? { at: Number.MAX_SAFE_INTEGER, id: "", seq: 0 };
  const stored = db
    .all<{ at: TimeMs; conversation_id: ConversationId; seq: Seq }>(
      `SELECT at, conversation_id, seq FROM mentions WHERE (at, conversation_id, seq) < (?, ?, ?)
       ORDER BY at DESC, conversation_id DESC, seq DESC LIMIT ?`,
      at,
      id,
      seq,
      limit,
    )
    .map((row) => ({ at: row.at, id: row.conversation_id, seq: row.seq }));
  const unwritten = waiting.filter(
    (one) =>
      (after === null || byMention(after, one) < 0) &&
      !stored.some(({ id: other, seq: of }) => other === one.id && of === one.seq),
  );
  return [...stored, ...unwritten].sort(byMention).slice(0, limit);
}

/** The newest first. */
function byMention(a: MentionPlace, b: MentionPlace): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.id !== b.id) return a.id < b.id ? 1 : -1;
  return b.seq - a.seq;
}
