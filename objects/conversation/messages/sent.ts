/**
 * Owns the dedupe of sends: which message each clientId got, for ever. A message's own row has its clientId, so a send writes no further row. The clientIds of
 * the newest messages are in memory, older ones in a compact record (sent-record.ts), which is written once every `sentSegmentMessages` messages. The
 * record only says which message to read; the message decides, in its row or in the archive. Messages older than this record are in the table `sent`, a row each.
 */
import { hash as digestOf } from "node:crypto";
import { bodyDigest, bodyOf } from "../../../core/body.ts";
import { sha256OfShort } from "../../../core/text/sha256.ts";
import type { EarlierSend } from "../../../core/send.ts";
import type { AttachmentId, ClientId, ConversationId, Seq, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import { conversationHolds } from "../../../schema/limits.ts";
import type { StoredMessage } from "../../../core/stored-message.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type { Fetched } from "../archive/fetched.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import { SentRecord } from "./sent-record.ts";

/** What is compared when a clientId comes again. */
export type SendBody = {
  text: string;
  replyTo: Seq | null;
  mentions: readonly UserId[];
  /** Their ids, in their order. */
  attachments?: readonly AttachmentId[];
};

type SentRow = {
  seq: number;
  created_rev: number;
  sent_at: number;
  hash: string;
  content_hash: string;
  salt: string | null;
  reply_to: number | null;
  mentions_digest: string | null;
  /** As JSON. */
  attachments: string | null;
};

export const sha256 = (text: string): string => sha256OfShort(text) ?? digestOf("sha256", text, "hex");

export function mentionsDigest(mentions: readonly UserId[]): string | null {
  return mentions.length === 0 ? null : sha256(JSON.stringify(mentions));
}

export class Sent {
  readonly #db: Database;
  readonly #fetched: Pick<Fetched, "lookup">;
  readonly #record: SentRecord;
  /** The seqs of the messages that are not in the record, by sender and clientId; undefined until they are first needed. */
  #newest: Map<string, Seq> | undefined;

  constructor(db: Database, fetched: Pick<Fetched, "lookup">) {
    this.#db = db;
    this.#fetched = fetched;
    this.#record = new SentRecord(db);
    db.onRollback(() => {
      this.#newest = undefined;
    });
  }

  /** The last message that is in the record, or in `sent`. */
  get recordedUpTo(): Seq {
    return this.#record.upTo;
  }

  /** The message that a clientId got before, however long ago. `away`: a segment of the archive has to be fetched first. */
  earlier(
    conversationId: ConversationId,
    senderId: UserId,
    clientId: ClientId,
    body: SendBody,
  ): EarlierSend | { away: SegmentName } | undefined {
    const key = keyOf(senderId, clientId);
    this.#newest ??= this.#readNewest();
    const seq = this.#newest.get(key);
    const row =
      seq === undefined
        ? this.#recorded(conversationId, senderId, clientId, key)
        : this.#row(conversationId, seq, senderId, clientId);
    if (row !== undefined && "away" in row) return row;
    if (row === undefined) return this.#fromBefore(conversationId, senderId, clientId, body);
    return {
      ack: {
        conversationId,
        seq: row.seq,
        rev: row.created_rev,
        sentAt: row.sent_at,
        hash: row.hash,
        duplicate: true,
      },
      isSameBody: isSame(row, body),
    };
  }

  /** A message was appended, in this transaction. */
  note(senderId: UserId, clientId: ClientId, seq: Seq): void {
    this.#newest?.set(keyOf(senderId, clientId), seq);
  }

  /** A message was unsent: its body is not compared any more. */
  erase(tx: Transactor, senderId: UserId, clientId: ClientId, seq: Seq): void {
    if (seq > this.#record.afterSeq) return;
    tx.run("UPDATE sent SET body_digest = NULL WHERE sender_id = ? AND client_id = ?", senderId, clientId);
  }

  /** Records the messages up to the head that fill whole segments. `also` writes, in the same transactions, what else follows from those messages. */
  record(headSeq: Seq, also: (tx: Transactor) => void): void {
    while (headSeq - this.recordedUpTo >= conversationHolds.sentSegmentMessages) {
      this.#db.transact((tx) => {
        this.#record.addSegment(tx, keyOf);
        also(tx);
      });
      this.#newest = undefined;
    }
  }

  /** Each seq that the record names leads to the row of one message. */
  #recorded(
    id: ConversationId,
    senderId: UserId,
    clientId: ClientId,
    key: string,
  ): SentRow | { away: SegmentName } | undefined {
    for (const seq of this.#record.seqsOf(key)) {
      const row = this.#row(id, seq, senderId, clientId);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  #row(
    id: ConversationId,
    seq: Seq,
    senderId: UserId,
    clientId: ClientId,
  ): SentRow | { away: SegmentName } | undefined {
    const row = this.#db.first<SentRow & { sender_id: string; client_id: string }>(
      `SELECT seq, sender_id, client_id, created_rev, sent_at, hash, content_hash, salt, reply_to, mentions_digest, attachments
       FROM messages WHERE seq = ?`,
      seq,
    );
    if (row !== undefined) return row.sender_id === senderId && row.client_id === clientId ? row : undefined;
    const archived = this.#fetched.lookup(id, seq);
    if (archived === undefined) return undefined;
    if (archived.is === "away") return archived;
    return archived.row.senderId === senderId && archived.row.clientId === clientId
      ? sentRowOf(archived.row)
      : undefined;
  }

  #fromBefore(
    conversationId: ConversationId,
    senderId: UserId,
    clientId: ClientId,
    { text, replyTo, mentions, attachments = [] }: SendBody,
  ): EarlierSend | undefined {
    if (this.#record.afterSeq === 0) return undefined;
    const row = this.#db.first<{ seq: number; rev: number; sent_at: number; hash: string; body_digest: string | null }>(
      "SELECT seq, rev, sent_at, hash, body_digest FROM sent WHERE sender_id = ? AND client_id = ?",
      senderId,
      clientId,
    );
    if (row === undefined) return undefined;
    const isSame = attachments.length === 0 && row.body_digest === sha256(JSON.stringify([text, replyTo, mentions]));
    return {
      ack: { conversationId, seq: row.seq, rev: row.rev, sentAt: row.sent_at, hash: row.hash, duplicate: true },
      isSameBody: row.body_digest === null || isSame,
    };
  }

  #readNewest(): Map<string, Seq> {
    const rows = this.#db.all<{ seq: number; sender_id: string; client_id: string }>(
      "SELECT seq, sender_id, client_id FROM messages WHERE seq > ?",
      this.recordedUpTo,
    );
    return new Map(rows.map((row) => [keyOf(row.sender_id, row.client_id), row.seq]));
  }
}

function sentRowOf(message: StoredMessage): SentRow {
  return {
    seq: message.seq,
    created_rev: message.createdRev,
    sent_at: message.sentAt,
    hash: message.hash,
    content_hash: message.contentHash,
    salt: message.salt,
    reply_to: message.replyTo,
    mentions_digest: message.mentionsDigest,
    attachments: message.attachments == null ? null : JSON.stringify(message.attachments),
  };
}

/** Neither ids nor clientIds hold a blank. */
function keyOf(senderId: string, clientId: string): string {
  return `${senderId} ${clientId}`;
}

/** An unsent message counts as the same as any body, because its content is erased. */
function isSame(row: SentRow, { text, replyTo, mentions, attachments = [] }: SendBody): boolean {
  if (row.salt === null) return true;
  const carried = row.attachments === null ? [] : (JSON.parse(row.attachments) as Attachment[]);
  return (
    row.reply_to === replyTo &&
    row.mentions_digest === mentionsDigest(mentions) &&
    attachments.join() === carried.map(({ id }) => id).join() &&
    row.content_hash === bodyDigest(sha256, row.salt, bodyOf(text, carried))
  );
}
