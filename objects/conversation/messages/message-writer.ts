/** Owns how messages, and their long texts, are written. */
import { type MessageRow, previewOf, type StoredMessage } from "../../../core/stored-message.ts";
import type { Rev, Seq } from "../../../schema/ids.ts";
import type { RowsOut } from "../archive/rows-out.ts";
import type { Transactor } from "../../shared/platform/database.ts";

/** Writes a change of a message. */
export type MessageWriter = {
  setText: (tx: Transactor, row: MessageRow) => void;
  setReactions: (tx: Transactor, row: MessageRow) => void;
  setAttachments: (tx: Transactor, row: MessageRow) => void;
  setPoll: (tx: Transactor, row: MessageRow) => void;
  erase: (tx: Transactor, row: MessageRow) => void;
};

/** Writes messages that the object holds. */
export class RowWriter implements MessageWriter {
  readonly #rowsOut: Pick<RowsOut, "erase">;

  constructor(rowsOut: Pick<RowsOut, "erase">) {
    this.#rowsOut = rowsOut;
  }

  /** `mentionsDigest`: the digest of the mentions in the send. */
  append(tx: Transactor, row: MessageRow, mentionsDigest: string | null): void {
    const preview = previewOf(row.text);
    const isCut = preview.length < row.text.length;
    tx.run(
      `INSERT INTO messages (seq, created_rev, rev, sender_id, client_id, sent_at, reply_to, hash, content_hash, salt, is_cut, mentions, text, mentions_digest, answers, attachments, poll)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.seq,
      row.createdRev,
      row.rev,
      row.senderId,
      row.clientId,
      row.sentAt,
      row.replyTo,
      row.hash,
      row.contentHash,
      row.salt,
      isCut ? 1 : 0,
      row.mentions.length === 0 ? null : JSON.stringify(row.mentions),
      preview,
      mentionsDigest,
      row.answers ?? null,
      row.attachments == null || row.attachments.length === 0 ? null : JSON.stringify(row.attachments),
      row.poll == null ? null : JSON.stringify(row.poll),
    );
    if (isCut) tx.run("INSERT INTO texts (seq, text) VALUES (?, ?)", row.seq, row.text);
  }

  /** Deletes the rows of a stretch that did not change after a rev. The archive has them. */
  forget(tx: Transactor, from: Seq, to: Seq, rev: Rev): void {
    tx.run("DELETE FROM messages WHERE seq BETWEEN ? AND ? AND rev <= ?", from, to, rev);
    tx.run(
      "DELETE FROM texts WHERE seq BETWEEN ? AND ? AND seq NOT IN (SELECT seq FROM messages WHERE seq BETWEEN ? AND ?)",
      from,
      to,
      from,
      to,
    );
  }

  /** Gives an archived message its row back, in its present state. From then on the row counts. */
  lay(tx: Transactor, message: StoredMessage): void {
    this.append(tx, message, message.mentionsDigest);
    this.setReactions(tx, message);
    tx.run(
      "UPDATE messages SET edited_at = ?, unsent_at = ? WHERE seq = ?",
      message.editedAt,
      message.unsentAt,
      message.seq,
    );
  }

  /** Writes changes of an archived message. The first change brings its row back. */
  over(archived: StoredMessage): MessageWriter {
    return {
      setText: (tx, row) => this.lay(tx, { ...archived, ...row, isCut: false }),
      setReactions: (tx, row) => this.lay(tx, { ...archived, ...row, text: archived.text, isCut: false }),
      setAttachments: (tx, row) => this.lay(tx, { ...archived, ...row, text: archived.text, isCut: false }),
      setPoll: (tx, row) => this.lay(tx, { ...archived, ...row, text: archived.text, isCut: false }),
      erase: (tx, row) => {
        this.lay(tx, { ...archived, ...row, isCut: false, mentionsDigest: null });
        this.#rowsOut.erase(tx, row.seq);
      },
    };
  }

  setText(tx: Transactor, row: MessageRow): void {
    const preview = previewOf(row.text);
    const isCut = preview.length < row.text.length;
    tx.run(
      "UPDATE messages SET rev = ?, text = ?, is_cut = ?, mentions = ?, edited_at = ? WHERE seq = ?",
      row.rev,
      preview,
      isCut ? 1 : 0,
      row.mentions.length === 0 ? null : JSON.stringify(row.mentions),
      row.editedAt,
      row.seq,
    );
    if (isCut) tx.run("INSERT OR REPLACE INTO texts (seq, text) VALUES (?, ?)", row.seq, row.text);
    else tx.run("DELETE FROM texts WHERE seq = ?", row.seq);
  }

  setReactions(tx: Transactor, row: MessageRow): void {
    tx.run(
      "UPDATE messages SET rev = ?, reactions = ? WHERE seq = ?",
      row.rev,
      row.reactions.length === 0 ? null : JSON.stringify(row.reactions),
      row.seq,
    );
  }

  /** What is said of them. Which they are never changes. */
  setAttachments(tx: Transactor, row: MessageRow): void {
    tx.run(
      "UPDATE messages SET rev = ?, attachments = ? WHERE seq = ?",
      row.rev,
      JSON.stringify(row.attachments ?? []),
      row.seq,
    );
  }

  /** Whether it is closed. What it asks never changes. */
  setPoll(tx: Transactor, row: MessageRow): void {
    tx.run("UPDATE messages SET rev = ?, poll = ? WHERE seq = ?", row.rev, JSON.stringify(row.poll), row.seq);
  }

  /** Erases the content: text, salt, mentions, reactions, attachments, poll, and the digest by which the mentions of a repeat would be compared. */
  erase(tx: Transactor, row: MessageRow): void {
    tx.run(
      "UPDATE messages SET rev = ?, text = '', is_cut = 0, salt = NULL, mentions = NULL, reactions = NULL, attachments = NULL, poll = NULL, mentions_digest = NULL, unsent_at = ? WHERE seq = ?",
      row.rev,
      row.unsentAt,
      row.seq,
    );
    tx.run("DELETE FROM texts WHERE seq = ?", row.seq);
    this.#rowsOut.erase(tx, row.seq);
  }
}
