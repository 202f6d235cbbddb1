/** Owns which groups have had a picture made of an upload of the user, so that the operator's word on the upload reaches them. A row for each, which goes with the upload. */
import type { ConversationId } from "../../../schema/ids.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";

/** A new group's row also takes away those of uploads that are gone. */
export function notePicture(tx: Transactor, upload: string, group: ConversationId): void {
  tx.run("DELETE FROM group_pictures WHERE upload NOT IN (SELECT id FROM uploads)");
  tx.run("INSERT OR IGNORE INTO group_pictures (upload, conversation_id) VALUES (?, ?)", upload, group);
}

export function groupsOf(db: Reader, upload: string): ConversationId[] {
  return db
    .all<{ conversation_id: ConversationId }>("SELECT conversation_id FROM group_pictures WHERE upload = ?", upload)
    .map((row) => row.conversation_id);
}

/** The account is erased. */
export function forgetPictures(tx: Transactor): void {
  tx.run("DELETE FROM group_pictures");
}

export const groupPictureTables = `
  CREATE TABLE group_pictures (
    upload TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    PRIMARY KEY (upload, conversation_id)
  ) STRICT, WITHOUT ROWID;
`;
