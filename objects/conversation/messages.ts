/** Owns the messages, the dedupe of sends and the journal of changes: all SQL on them. Archived messages will be read through here too. */
import type { ClientId, ConversationId, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import { bytePrefix } from "../../schema/text.ts";
import type { Ack, Message, Notice, Reaction } from "../../schema/wire/message.ts";
import type { Database, Transactor } from "../shared/database.ts";

/** A message as stored, its text perhaps cut to what lists carry. */
export type MessageRow = {
  seq: Seq;
  createdRev: Rev;
  rev: Rev;
  senderId: UserId;
  clientId: ClientId;
  text: string;
  sentAt: TimeMs;
  editedAt: TimeMs | null;
  unsentAt: TimeMs | null;
  replyTo: Seq | null;
  mentions: UserId[];
  reactions: Reaction[];
  hash: string;
  contentHash: string;
  salt: string | null;
};

type Columns = {
  seq: number;
  created_rev: number;
  rev: number;
  sender_id: string;
  client_id: string;
  text: string;
  sent_at: number;
  edited_at: number | null;
  unsent_at: number | null;
  reply_to: number | null;
  mentions: string | null;
  reactions: string | null;
  hash: string;
  content_hash: string;
  salt: string | null;
};

/** One rev that is not a new message. Both null: the conversation's face changed without a notice. */
export type ChangeRow = { rev: Rev; at: TimeMs; seq: Seq | null; notice: Notice | null };

const otherColumns =
  "seq, created_rev, rev, sender_id, client_id, sent_at, edited_at, unsent_at, reply_to, mentions, reactions, hash, content_hash, salt";
/** One code point more than can fit tells that there is more, without reading 400 KB. */
const shortColumns = `${otherColumns}, substr(text, 1, ${limits.textPreviewBytesMax + 1}) AS text`;
const wholeColumns = `${otherColumns}, text`;

export class Messages {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(tx: Transactor, row: MessageRow, bodyDigest: string): void {
    tx.run(
      `INSERT INTO messages (seq, created_rev, rev, sender_id, client_id, text, sent_at, reply_to, mentions, hash, content_hash, salt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.seq,
      row.createdRev,
      row.rev,
      row.senderId,
      row.clientId,
      row.text,
      row.sentAt,
      row.replyTo,
      row.mentions.length === 0 ? null : JSON.stringify(row.mentions),
      row.hash,
      row.contentHash,
      row.salt,
    );
    tx.run(
      "INSERT INTO sent (sender_id, client_id, seq, rev, sent_at, hash, body_digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
      row.senderId,
      row.clientId,
      row.seq,
      row.rev,
      row.sentAt,
      row.hash,
      bodyDigest,
    );
  }

  /** What a clientId got before, whenever that was. */
  earlier(
    conversationId: ConversationId,
    senderId: UserId,
    clientId: ClientId,
  ): { ack: Ack; bodyDigest: string | null } | undefined {
    const row = this.#db.first<{ seq: number; rev: number; sent_at: number; hash: string; body_digest: string | null }>(
      "SELECT seq, rev, sent_at, hash, body_digest FROM sent WHERE sender_id = ? AND client_id = ?",
      senderId,
      clientId,
    );
    if (row === undefined) return undefined;
    const ack = { conversationId, seq: row.seq, rev: row.rev, sentAt: row.sent_at, hash: row.hash, duplicate: true };
    return { ack, bodyDigest: row.body_digest };
  }

  /** One message, its text whole. */
  whole(seq: Seq): MessageRow | undefined {
    const row = this.#db.first<Columns>(`SELECT ${wholeColumns} FROM messages WHERE seq = ?`, seq);
    return row === undefined ? undefined : rowOf(row);
  }

  /** Messages `from` to `to`, ascending, texts short. */
  range(from: Seq, to: Seq): MessageRow[] {
    if (to < from) return [];
    return this.#db
      .all<Columns>(`SELECT ${shortColumns} FROM messages WHERE seq BETWEEN ? AND ? ORDER BY seq`, from, to)
      .map(rowOf);
  }

  /** The links of the chain `from` to `to`. */
  links(
    from: Seq,
    to: Seq,
  ): { seq: Seq; senderId: UserId; sentAt: TimeMs; contentHash: string; salt: string | null; hash: string }[] {
    const rows = this.#db.all<Pick<Columns, "seq" | "sender_id" | "sent_at" | "content_hash" | "salt" | "hash">>(
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
    tx.run(
      "UPDATE messages SET rev = ?, text = ?, mentions = ?, edited_at = ? WHERE seq = ?",
      row.rev,
      row.text,
      row.mentions.length === 0 ? null : JSON.stringify(row.mentions),
      row.editedAt,
      row.seq,
    );
  }

  setReactions(tx: Transactor, row: MessageRow): void {
    tx.run(
      "UPDATE messages SET rev = ?, reactions = ? WHERE seq = ?",
      row.rev,
      row.reactions.length === 0 ? null : JSON.stringify(row.reactions),
      row.seq,
    );
  }

  /** Erases the content: text, salt, mentions, reactions, and the digest by which a repeat would be compared. */
  erase(tx: Transactor, row: MessageRow): void {
    tx.run(
      "UPDATE messages SET rev = ?, text = '', salt = NULL, mentions = NULL, reactions = NULL, unsent_at = ? WHERE seq = ?",
      row.rev,
      row.unsentAt,
      row.seq,
    );
    tx.run("UPDATE sent SET body_digest = NULL WHERE sender_id = ? AND client_id = ?", row.senderId, row.clientId);
  }

  /** Notes a rev that is not a new message. */
  journal(tx: Transactor, change: ChangeRow): void {
    const notice = change.notice === null ? null : JSON.stringify(change.notice);
    tx.run("INSERT INTO changes (rev, at, seq, notice) VALUES (?, ?, ?, ?)", change.rev, change.at, change.seq, notice);
  }

  /** The notices that belong after seqs `from` to `to`. */
  notices(from: Seq, to: Seq, sinceRev: Rev): Notice[] {
    const rows = this.#db.all<{ notice: string }>(
      "SELECT notice FROM changes WHERE notice IS NOT NULL AND json_extract(notice, '$.afterSeq') BETWEEN ? AND ? AND rev > ? ORDER BY rev",
      from,
      to,
      sinceRev,
    );
    return rows.map((row) => JSON.parse(row.notice) as Notice);
  }

  /** Journal entries after a rev, ascending. */
  changesAfter(rev: Rev, limit: number): ChangeRow[] {
    const rows = this.#db.all<{ rev: number; at: number; seq: number | null; notice: string | null }>(
      "SELECT rev, at, seq, notice FROM changes WHERE rev > ? ORDER BY rev LIMIT ?",
      rev,
      limit,
    );
    return rows.map((row) => ({ ...row, notice: row.notice === null ? null : (JSON.parse(row.notice) as Notice) }));
  }

  /** Messages made after a rev and not changed since, ascending. */
  freshAfter(rev: Rev, headSeq: Seq, limit: number): MessageRow[] {
    const from = this.firstAfter(rev, headSeq);
    const rows = this.#db.all<Columns>(
      `SELECT ${shortColumns} FROM messages WHERE seq >= ? AND rev = created_rev ORDER BY seq LIMIT ?`,
      from,
      limit,
    );
    return rows.map(rowOf);
  }

  /** Some messages by seq, texts short. */
  some(seqs: readonly Seq[]): Map<Seq, MessageRow> {
    if (seqs.length === 0) return new Map();
    const rows = this.#db.all<Columns>(
      `SELECT ${shortColumns} FROM messages WHERE seq IN (SELECT value FROM json_each(?))`,
      JSON.stringify(seqs),
    );
    return new Map(rows.map((row) => [row.seq, rowOf(row)]));
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

/** A message as it goes out; `isWhole` says that the text is not to be cut. */
export function messageOf(conversationId: ConversationId, row: MessageRow, isWhole = false): Message {
  const text = isWhole ? row.text : bytePrefix(row.text, limits.textPreviewBytesMax);
  return {
    conversationId,
    seq: row.seq,
    rev: row.rev,
    senderId: row.senderId,
    clientId: row.clientId,
    text,
    ...(text.length < row.text.length ? { truncated: true as const } : {}),
    sentAt: row.sentAt,
    editedAt: row.editedAt,
    unsentAt: row.unsentAt,
    replyTo: row.replyTo,
    mentions: row.mentions,
    reactions: row.reactions,
    hash: row.hash,
  };
}

function rowOf(row: Columns): MessageRow {
  return {
    seq: row.seq,
    createdRev: row.created_rev,
    rev: row.rev,
    senderId: row.sender_id as UserId,
    clientId: row.client_id as ClientId,
    text: row.text,
    sentAt: row.sent_at,
    editedAt: row.edited_at,
    unsentAt: row.unsent_at,
    replyTo: row.reply_to,
    mentions: row.mentions === null ? [] : (JSON.parse(row.mentions) as UserId[]),
    reactions: row.reactions === null ? [] : (JSON.parse(row.reactions) as Reaction[]),
    hash: row.hash,
    contentHash: row.content_hash,
    salt: row.salt,
  };
}
