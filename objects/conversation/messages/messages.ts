/** Owns the messages that the object holds, and their long texts: what is read of them, and how they are written by message-writer.ts. Messages up to `Manifest.through` are in the archive. Of these, only messages that changed since have a row, which replaces the archived state. */
import type { MessageRow, StoredMessage } from "../../../core/stored-message.ts";
import type { Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { Manifest } from "../archive/manifest.ts";
import type { RowsOut } from "../archive/rows-out.ts";
import type { Database } from "../../shared/platform/database.ts";
import { type MessageColumns, rowOf, shortColumns, type StoredColumns, storedOf, wholeColumns } from "./message-row.ts";
import { RowWriter } from "./message-writer.ts";

export class Messages {
  readonly #db: Database;
  readonly #manifest: Manifest;
  /** Writes messages. */
  readonly writer: RowWriter;

  constructor(db: Database, manifest: Manifest, rowsOut: Pick<RowsOut, "erase">) {
    this.#db = db;
    this.#manifest = manifest;
    this.writer = new RowWriter(rowsOut);
  }

  /** The last archived message, and the rev at which it was made. */
  get archivedSeq(): Seq {
    return this.#manifest.end.seq;
  }

  get archivedRev(): Rev {
    return this.#manifest.end.rev;
  }

  /** Who wrote a message that the object holds. */
  senderOf(seq: Seq): UserId | undefined {
    return this.#db.first<{ sender_id: UserId }>("SELECT sender_id FROM messages WHERE seq = ?", seq)?.sender_id;
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

  /** The same, but only messages that the user sent, or is named by as having reacted to, and these. */
  walkBy(userId: UserId, from: Seq, to: Seq, these: readonly Seq[], take: (row: MessageRow) => boolean): void {
    this.#db.each<MessageColumns>(
      `SELECT ${wholeColumns} FROM messages m LEFT JOIN texts ON texts.seq = m.seq AND m.is_cut = 1
       WHERE m.seq BETWEEN ? AND ? AND (m.sender_id = ? OR instr(m.reactions, ?) > 0 OR m.seq IN (SELECT value FROM json_each(?)))
       ORDER BY m.seq`,
      [from, to, userId, userId, JSON.stringify(these)],
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

  /** The last message up to `seq` that the object holds, and when it was sent. */
  timeAt(seq: Seq): { seq: Seq; at: TimeMs } | undefined {
    return this.#db.first<{ seq: number; at: number }>(
      "SELECT seq, sent_at AS at FROM messages WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
      seq,
    );
  }

  /** All that is stored of messages `from` to `to` that the object holds, ascending, as long as `take` wants more. */
  stored(from: Seq, to: Seq, take: (message: StoredMessage) => boolean): void {
    this.#db.each<StoredColumns>(
      `SELECT ${wholeColumns}, m.mentions_digest FROM messages m LEFT JOIN texts ON texts.seq = m.seq AND m.is_cut = 1
       WHERE m.seq BETWEEN ? AND ? ORDER BY m.seq`,
      [from, to],
      (row) => take(storedOf(row)),
    );
  }

  /** Which messages of `from` to `to` the object holds. */
  seqsBetween(from: Seq, to: Seq): Seq[] {
    return this.#db
      .all<{ seq: number }>("SELECT seq FROM messages WHERE seq BETWEEN ? AND ? ORDER BY seq", from, to)
      .map(({ seq }) => seq);
  }

  /** Messages behind the archive that were made in `(after, upTo]` and not changed since, ascending, as long as `take` wants more. */
  fresh(after: Rev, upTo: Rev, head: { seq: Seq; rev: Rev }, take: (row: MessageRow) => boolean): void {
    this.#db.each<MessageColumns>(
      `SELECT ${shortColumns} FROM messages m WHERE m.seq >= ? AND m.seq < ? AND m.rev = m.created_rev ORDER BY m.seq`,
      [this.firstAfter(after, head.seq), upTo >= head.rev ? head.seq + 1 : this.firstAfter(upTo, head.seq)],
      (row) => take(rowOf(row)),
    );
  }

  /** Who sent the newest messages, at most so many. */
  newest(limit: number): { seq: Seq; senderId: UserId }[] {
    return this.#db
      .all<{ seq: number; sender_id: string }>("SELECT seq, sender_id FROM messages ORDER BY seq DESC LIMIT ?", limit)
      .map((row) => ({ seq: row.seq, senderId: row.sender_id as UserId }));
  }

  /** Messages with so many reactions that they are at least so long as they are stored, ascending. */
  reacted(charactersMin: number): MessageRow[] {
    return this.#db
      .all<MessageColumns>(`SELECT ${shortColumns} FROM messages m WHERE length(m.reactions) >= ?`, charactersMin)
      .map(rowOf);
  }

  /** Messages behind a seq that were unsent, or that mention somebody, ascending. */
  marked(after: Seq): { seq: Seq; senderId: UserId; isUnsent: boolean; mentions: UserId[] }[] {
    const rows = this.#db.all<Pick<MessageColumns, "seq" | "sender_id" | "unsent_at" | "mentions">>(
      "SELECT seq, sender_id, unsent_at, mentions FROM messages WHERE seq > ? AND (unsent_at IS NOT NULL OR mentions IS NOT NULL) ORDER BY seq",
      after,
    );
    return rows.map((row) => ({
      seq: row.seq,
      senderId: row.sender_id as UserId,
      isUnsent: row.unsent_at !== null,
      mentions: row.mentions === null ? [] : (JSON.parse(row.mentions) as UserId[]),
    }));
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

  /** How many rows of a stretch have changed after a rev. */
  changedSince(rev: Rev, { firstSeq, lastSeq }: { firstSeq: Seq; lastSeq: Seq }): number {
    return (
      this.#db.first<{ count: number }>(
        "SELECT COUNT(*) AS count FROM messages WHERE seq BETWEEN ? AND ? AND rev > ?",
        firstSeq,
        lastSeq,
        rev,
      )?.count ?? 0
    );
  }

  /** Whether a message of a stretch was unsent after a rev. */
  hasErasedSince(rev: Rev, { firstSeq, lastSeq }: { firstSeq: Seq; lastSeq: Seq }): boolean {
    const row = this.#db.first(
      "SELECT seq FROM messages WHERE seq BETWEEN ? AND ? AND rev > ? AND unsent_at IS NOT NULL LIMIT 1",
      firstSeq,
      lastSeq,
      rev,
    );
    return row !== undefined;
  }

  /** The first seq behind the archive that was made after a rev, by bisection: `created_rev` rises with `seq`, and is never below it. */
  firstAfter(rev: Rev, headSeq: Seq): Seq {
    let low = this.#manifest.through + 1;
    let high = Math.max(low, Math.min(rev, headSeq) + 1);
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
