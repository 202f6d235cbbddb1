/** Owns the messages and their long texts: all SQL on them. Archived messages will be read through here too. */
import type { Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import { type MessageColumns, type MessageRow, previewOf, rowOf, shortColumns, wholeColumns } from "./message-row.ts";

export class Messages {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** `mentionsDigest`: of the mentions that were asked for. */
  append(tx: Transactor, row: MessageRow, mentionsDigest: string | null): void {
    const preview = previewOf(row.text);
    const isCut = preview.length < row.text.length;
    tx.run(
      `INSERT INTO messages (seq, created_rev, rev, sender_id, client_id, sent_at, reply_to, hash, content_hash, salt, is_cut, mentions, text, mentions_digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    );
    if (isCut) tx.run("INSERT INTO texts (seq, text) VALUES (?, ?)", row.seq, row.text);
  }

  /** One message, its text whole. */
  whole(seq: Seq): MessageRow | undefined {
    const row = this.#db.first<MessageColumns>(
      `SELECT ${wholeColumns} FROM messages m LEFT JOIN texts ON texts.seq = m.seq AND m.is_cut = 1 WHERE m.seq = ?`,
      seq,
    );
    return row === undefined ? undefined : rowOf(row);
  }

  /** One message, of a long text the prefix that lists carry. */
  short(seq: Seq): MessageRow | undefined {
    const row = this.#db.first<MessageColumns>(`SELECT ${shortColumns} FROM messages m WHERE m.seq = ?`, seq);
    return row === undefined ? undefined : rowOf(row);
  }

  /** Messages `from` to `to`, texts short, one by one in that direction, as long as `take` wants more. */
  walk(from: Seq, to: Seq, take: (row: MessageRow) => boolean): void {
    const isUp = from <= to;
    this.#db.each<MessageColumns>(
      `SELECT ${shortColumns} FROM messages m WHERE m.seq BETWEEN ? AND ? ORDER BY m.seq ${isUp ? "" : "DESC"}`,
      [Math.min(from, to), Math.max(from, to)],
      (row) => take(rowOf(row)),
    );
  }

  /** Messages `from` to `to`, ascending, texts whole, as long as `take` wants more. */
  walkWhole(from: Seq, to: Seq, take: (row: MessageRow) => boolean): void {
    this.#db.each<MessageColumns>(
      `SELECT ${wholeColumns} FROM messages m LEFT JOIN texts ON texts.seq = m.seq AND m.is_cut = 1
       WHERE m.seq BETWEEN ? AND ? ORDER BY m.seq`,
      [from, to],
      (row) => take(rowOf(row)),
    );
  }

  /** The same, of these only what the user sent or reacted to. */
  walkBy(userId: UserId, from: Seq, to: Seq, take: (row: MessageRow) => boolean): void {
    this.#db.each<MessageColumns>(
      `SELECT ${wholeColumns} FROM messages m LEFT JOIN texts ON texts.seq = m.seq AND m.is_cut = 1
       WHERE m.seq BETWEEN ? AND ? AND (m.sender_id = ? OR instr(m.reactions, ?) > 0) ORDER BY m.seq`,
      [from, to, userId, userId],
      (row) => take(rowOf(row)),
    );
  }

  /** The texts, whole, of messages from `last` down to the one behind `after`, as long as `take` wants more. */
  walkTexts(
    after: Seq,
    last: Seq,
    take: (row: { seq: Seq; senderId: string; sentAt: TimeMs; isUnsent: boolean; text: string }) => boolean,
  ): void {
    this.#db.each<{ seq: number; sender_id: string; sent_at: number; is_unsent: number; text: string }>(
      `SELECT m.seq, m.sender_id, m.sent_at, m.unsent_at IS NOT NULL AS is_unsent, COALESCE(texts.text, m.text) AS text
       FROM messages m LEFT JOIN texts ON texts.seq = m.seq AND m.is_cut = 1
       WHERE m.seq > ? AND m.seq <= ? ORDER BY m.seq DESC`,
      [after, last],
      (row) =>
        take({
          seq: row.seq,
          senderId: row.sender_id,
          sentAt: row.sent_at,
          isUnsent: row.is_unsent !== 0,
          text: row.text,
        }),
    );
  }

  /** When the last message up to `seq` that is held here was sent, and which it is. */
  timeAt(seq: Seq): { seq: Seq; at: TimeMs } | undefined {
    return this.#db.first<{ seq: number; at: number }>(
      "SELECT seq, sent_at AS at FROM messages WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
      seq,
    );
  }

  /** Messages made in `(after, upTo]` and not changed since, ascending, as long as `take` wants more. */
  fresh(after: Rev, upTo: Rev, head: { seq: Seq; rev: Rev }, take: (row: MessageRow) => boolean): void {
    this.#db.each<MessageColumns>(
      `SELECT ${shortColumns} FROM messages m WHERE m.seq >= ? AND m.seq < ? AND m.rev = m.created_rev ORDER BY m.seq`,
      [this.firstAfter(after, head.seq), upTo >= head.rev ? head.seq + 1 : this.firstAfter(upTo, head.seq)],
      (row) => take(rowOf(row)),
    );
  }

  /** The links of the chain `from` to `to`. */
  links(
    from: Seq,
    to: Seq,
  ): { seq: Seq; senderId: UserId; sentAt: TimeMs; contentHash: string; salt: string | null; hash: string }[] {
    const rows = this.#db.all<Pick<MessageColumns, "seq" | "sender_id" | "sent_at" | "content_hash" | "salt" | "hash">>(
      "SELECT seq, sender_id, sent_at, content_hash, salt, hash FROM messages WHERE seq BETWEEN ? AND ? ORDER BY seq",
      from,
      to,
    );
    return rows.map((row) => ({
      seq: row.seq,
      senderId: row.sender_id as UserId,
      sentAt: row.sent_at,
      contentHash: row.content_hash,
      salt: row.salt,
      hash: row.hash,
    }));
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

  /** Erases the content: text, salt, mentions, reactions, and the digest by which the mentions of a repeat would be compared. */
  erase(tx: Transactor, row: MessageRow): void {
    tx.run(
      "UPDATE messages SET rev = ?, text = '', is_cut = 0, salt = NULL, mentions = NULL, reactions = NULL, mentions_digest = NULL, unsent_at = ? WHERE seq = ?",
      row.rev,
      row.unsentAt,
      row.seq,
    );
    tx.run("DELETE FROM texts WHERE seq = ?", row.seq);
  }

  /** The first seq made after a rev, by bisection: `created_rev` rises with `seq`, and is never below it. */
  firstAfter(rev: Rev, headSeq: Seq): Seq {
    let low = 1;
    let high = Math.min(rev, headSeq) + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const made =
        this.#db.first<{ created_rev: number }>("SELECT created_rev FROM messages WHERE seq = ?", middle)
          ?.created_rev ?? 0;
      if (made > rev) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
