/** Owns which messages the user has hidden from themself, beside those that a deleted chat hides: one row a conversation, read and written whole. */
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Hidden } from "../../../../core/marks/hidden.ts";
import type { Reader, Transactor } from "../../../shared/platform/database.ts";

/** `stretches`: as JSON, see core/marks/hidden.ts. */
export const hiddenTables = `
  CREATE TABLE hidden_messages (conversation_id TEXT PRIMARY KEY, stretches TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

export function hiddenIn(db: Reader, id: ConversationId): Hidden {
  const row = db.first<{ stretches: string }>("SELECT stretches FROM hidden_messages WHERE conversation_id = ?", id);
  return row === undefined ? [] : (JSON.parse(row.stretches) as Hidden);
}

export function writeHidden(tx: Transactor, id: ConversationId, hidden: Hidden): void {
  if (hidden.length === 0) tx.run("DELETE FROM hidden_messages WHERE conversation_id = ?", id);
  else {
    const statement = "INSERT OR REPLACE INTO hidden_messages (conversation_id, stretches) VALUES (?, ?)";
    tx.run(statement, id, JSON.stringify(hidden));
  }
}
