/**
 * Owns how archived messages leave the object. A deleted row is billed as a written row; a dropped table is not. So if fewer rows stay than go, the rows that stay are copied into a
 * new table, and the old table is dropped. SQLite cannot drop a table while a statement still reads from it, and a statement that was left early counts as reading until its memory is
 * collected. Then the old table stays under another name until it can be dropped, at the latest when the object wakes.
 */
import type { Rev, Seq } from "../../../schema/ids.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Manifest } from "./manifest.ts";

/** The rows that are billed for making and renaming the new table, whatever is in it. */
const renamingRows = 40;

export class RowsOut {
  readonly #db: Database;
  #hasOld = false;

  constructor(db: Database, manifest: Manifest) {
    this.#db = db;
    const read = (): void => {
      this.#hasOld =
        manifest.through > 0 && db.first("SELECT 1 FROM sqlite_master WHERE name = 'messages_out'") !== undefined;
    };
    read();
    db.onRollback(read);
    this.dropOld();
  }

  /** Whether the old table still exists. */
  get hasOld(): boolean {
    return this.#hasOld;
  }

  /**
   * Removes the rows of messages up to `through`, except rows that changed after their segment was written, or after `recentRev`. Writes as few rows as
   * possible.
   */
  take(tx: Transactor, through: Seq, recentRev: Rev): void {
    // Most messages were never changed: for them the segment's row is not looked up.
    const stays = `(m.seq > ${through} OR m.rev > ${recentRev} OR (m.rev <> m.created_rev AND m.rev >
      (SELECT s.rev FROM segments s WHERE s.first_seq <= m.seq ORDER BY s.first_seq DESC LIMIT 1)))`;
    const counted = tx.first<{ stay: number; go: number }>(
      `SELECT SUM(${stays}) AS stay, SUM(NOT ${stays}) AS go FROM messages m`,
    );
    const { stay, go } = counted ?? { stay: 0, go: 0 };
    const next = this.#hasOld ? undefined : nextTable(tx);
    if (stay + renamingRows < go && next !== undefined) {
      tx.run(next);
      tx.run(`INSERT INTO messages_next SELECT * FROM messages m WHERE ${stays}`);
      tx.run("ALTER TABLE messages RENAME TO messages_out");
      tx.run("ALTER TABLE messages_next RENAME TO messages");
      this.#hasOld = true;
    } else tx.run(`DELETE FROM messages AS m WHERE NOT ${stays}`);
    tx.run(
      "DELETE FROM texts WHERE seq <= ? AND seq NOT IN (SELECT seq FROM messages WHERE seq <= ?)",
      through,
      through,
    );
  }

  /** Erases an unsent message in the old table, too. */
  erase(tx: Transactor, seq: Seq): void {
    if (this.#hasOld)
      tx.run(
        "UPDATE messages_out SET text = '', salt = NULL, mentions = NULL, reactions = NULL, mentions_digest = NULL, attachments = NULL WHERE seq = ?",
        seq,
      );
  }

  /** Drops the old table, if that is possible now. */
  dropOld(): void {
    if (!this.#hasOld) return;
    try {
      this.#db.transact((tx) => {
        tx.run("DROP TABLE messages_out");
        this.#hasOld = false;
      });
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("SQLITE_LOCKED")) throw error;
    }
  }
}

/** The statement that makes a table like that of the messages. Undefined if the table has indexes or triggers, which would be lost. */
function nextTable(tx: Transactor): string | undefined {
  const table = tx.first<{ sql: string; others: number }>(
    `SELECT sql, (SELECT COUNT(*) FROM sqlite_master WHERE tbl_name = 'messages' AND type <> 'table') AS others
     FROM sqlite_master WHERE type = 'table' AND name = 'messages'`,
  );
  const next = table?.sql.replace(/^CREATE TABLE "?messages"?/, "CREATE TABLE messages_next");
  return table === undefined || table.others > 0 || next === table.sql ? undefined : next;
}
