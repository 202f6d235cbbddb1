/**
 * Owns the dedupe of sends: which message each clientId got, for ever. A message's own row has its clientId, so a send writes no further row. The clientIds of
 * the newest messages are in memory, older ones in a compact record (core/sent/sent-pages.ts), which is written once every `sentSegmentMessages` messages. The
 * record only says which message to read; the message decides, in its row or in the archive. Messages older than this record are in the table `sent`, a row each.
 */
import { hash as digestOf } from "node:crypto";
import { bodyDigest, bodyOf } from "../../../core/body.ts";
import { FingerprintFilter } from "../../../core/sent/fingerprint-filter.ts";
import { bytesOfFingerprint, entriesOf, pagesOf, type SentEntry } from "../../../core/sent/sent-pages.ts";
import {
  filterBitsOf,
  longRunLevel,
  pageId,
  pagesOfShortRuns,
  pagesWith,
  shortFilterBits,
  type Step,
  stepsOf,
} from "../../../core/sent/sent-runs.ts";
import { fingerprintOf } from "../../../core/sent/sip-hash.ts";
import { sha256OfShort } from "../../../core/text/sha256.ts";
import type { EarlierSend } from "../../../core/send.ts";
import type { AttachmentId, ClientId, ConversationId, Seq, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import { conversationHolds } from "../../../schema/limits.ts";
import type { StoredMessage } from "../../../core/stored-message.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type { Fetched } from "../archive/fetched.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";

/** What is compared when a clientId comes again. */
export type SendBody = {
  text: string;
  replyTo: Seq | null;
  mentions: readonly UserId[];
  /** Their ids, in their order. */
  attachments?: readonly AttachmentId[];
};

/** The one row of `sent_record`. Messages up to `afterSeq` are in `sent`; `segments` segments after it are in the record. `mergedFrom`: see sent-runs.ts. */
type RecordState = { afterSeq: Seq; segments: number; mergedFrom: number; key: [number, number] };

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

export const sentRecordTables = `
  CREATE TABLE sent_record (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    after_seq INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    key BLOB NOT NULL
  );
  INSERT INTO sent_record SELECT 1, COALESCE(MAX(seq), 0), 0, randomblob(8) FROM messages;
  CREATE TABLE sent_pages (id INTEGER PRIMARY KEY, page BLOB NOT NULL);
  -- Of the mentions that were asked for, where there were some: an edit changes those of the message.
  ALTER TABLE messages ADD COLUMN mentions_digest TEXT;
`;

/** A later step: a record that has segments keeps the runs that it has. sent_filters: of long runs, by the id of their first page; a run from before this step has none. */
export const longRunsOfSent = `
  ALTER TABLE sent_record ADD COLUMN merged_from INTEGER NOT NULL DEFAULT 0;
  UPDATE sent_record SET merged_from = segments;
  CREATE TABLE sent_filters (run INTEGER PRIMARY KEY, bits BLOB NOT NULL);
`;

/** What is in the short runs, and in long ones, by the id of their first page. */
type Filters = { short: FingerprintFilter; long: Map<number, FingerprintFilter> };

/** Sends after waking before the pages of the short runs, 63 at most, and the filters of the long ones are read at once, so that most later sends read none of either. */
const lookupsBeforeFilter = 16;

export const sha256 = (text: string): string => sha256OfShort(text) ?? digestOf("sha256", text, "hex");

export function mentionsDigest(mentions: readonly UserId[]): string | null {
  return mentions.length === 0 ? null : sha256(JSON.stringify(mentions));
}

export class Sent {
  readonly #db: Database;
  readonly #fetched: Pick<Fetched, "lookup">;
  #record: RecordState;
  /** The seqs of the messages that are not in the record, by sender and clientId; undefined until they are first needed. */
  #newest: Map<string, Seq> | undefined;
  /** Undefined until it is worth reading them. */
  #filters: Filters | undefined;
  #lookups = 0;

  constructor(db: Database, fetched: Pick<Fetched, "lookup">) {
    this.#db = db;
    this.#fetched = fetched;
    this.#record = this.#read();
    db.onRollback(() => {
      this.#record = this.#read();
      this.#newest = undefined;
      this.#filters = undefined;
      this.#lookups = 0;
    });
  }

  /** The last message that is in the record, or in `sent`. */
  get recordedUpTo(): Seq {
    const { afterSeq, segments } = this.#record;
    return afterSeq + segments * conversationHolds.sentSegmentMessages;
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
        this.#recordSegment(tx);
        also(tx);
      });
      this.#newest = undefined;
    }
  }

  #recordSegment(tx: Transactor): void {
    const { segments } = this.#record;
    const [first, ...others] = stepsOf(this.#record);
    const from = this.recordedUpTo + 1;
    const entries = tx
      .all<{ seq: number; sender_id: string; client_id: string }>(
        "SELECT seq, sender_id, client_id FROM messages WHERE seq BETWEEN ? AND ?",
        from,
        from + conversationHolds.sentSegmentMessages - 1,
      )
      .map((row) => ({ fingerprint: this.#fingerprint(keyOf(row.sender_id, row.client_id)), seq: row.seq }));
    if (this.#filters !== undefined && first.run.level >= longRunLevel)
      this.#filters.short = new FingerprintFilter(shortFilterBits);
    else for (const { fingerprint } of entries) this.#filters?.short.add(fingerprint);
    this.#take(tx, first, entries);
    this.#putFilter(tx, first, entries);
    for (const step of others) this.#take(tx, step, []);
    tx.run("UPDATE sent_record SET segments = ? WHERE id = 1", segments + 1);
    this.#record = { ...this.#record, segments: segments + 1 };
  }

  /** Makes the pages of a step, of the pages that go and of these entries. */
  #take(tx: Transactor, step: Step, entries: SentEntry[]): void {
    if (step.merged.length > 0) {
      const ids = JSON.stringify(step.merged);
      const pages = "sent_pages WHERE id IN (SELECT value FROM json_each(?))";
      for (const { page } of tx.all<{ page: ArrayBuffer }>(`SELECT page FROM ${pages}`, ids))
        for (const entry of entriesOf(page)) entries.push(entry);
      tx.run(`DELETE FROM ${pages}`, ids);
    }
    for (const { id, page } of pagesOf(step, entries))
      tx.run("INSERT INTO sent_pages (id, page) VALUES (?, ?)", id, page);
    for (const run of step.gone) {
      if (filterBitsOf(run) === undefined) continue;
      tx.run("DELETE FROM sent_filters WHERE run = ?", pageId(run, 0));
      this.#filters?.long.delete(pageId(run, 0));
    }
  }

  #putFilter(tx: Transactor, { run }: Step, entries: readonly SentEntry[]): void {
    const bits = filterBitsOf(run);
    if (bits === undefined) return;
    const filter = new FingerprintFilter(bits);
    for (const { fingerprint } of entries) filter.add(fingerprint);
    tx.run("INSERT INTO sent_filters (run, bits) VALUES (?, ?)", pageId(run, 0), filter.bytes);
    this.#filters?.long.set(pageId(run, 0), filter);
  }

  /** Reads one page of each run. Each fingerprint that is found leads to the row of one message. */
  #recorded(
    id: ConversationId,
    senderId: UserId,
    clientId: ClientId,
    key: string,
  ): SentRow | { away: SegmentName } | undefined {
    const { segments } = this.#record;
    if (segments === 0) return undefined;
    const fingerprint = this.#fingerprint(key);
    if (this.#lookups++ === lookupsBeforeFilter) this.#filters = this.#readFilters();
    const isOffShortRuns = this.#filters !== undefined && !this.#filters.short.mayHold(fingerprint);
    const ids = pagesWith(fingerprint, this.#record, isOffShortRuns ? longRunLevel : 0)
      .filter(({ run }) => this.#filters?.long.get(pageId(run, 0))?.mayHold(fingerprint) !== false)
      .map((page) => page.id);
    if (ids.length === 0) return undefined;
    const pages = this.#db.all<{ page: ArrayBuffer }>(
      "SELECT page FROM sent_pages WHERE id IN (SELECT value FROM json_each(?)) AND instr(page, ?) > 0",
      JSON.stringify(ids),
      bytesOfFingerprint(fingerprint),
    );
    for (const { page } of pages) {
      for (const entry of entriesOf(page)) {
        const row = entry.fingerprint === fingerprint ? this.#row(id, entry.seq, senderId, clientId) : undefined;
        if (row !== undefined) return row;
      }
    }
    return undefined;
  }

  #readFilters(): Filters {
    const short = new FingerprintFilter(shortFilterBits);
    const pages = this.#db.all<{ page: ArrayBuffer }>(
      "SELECT page FROM sent_pages WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(pagesOfShortRuns(this.#record.segments)),
    );
    for (const { page } of pages) for (const { fingerprint } of entriesOf(page)) short.add(fingerprint);
    const filters = this.#db.all<{ run: number; bits: ArrayBuffer }>("SELECT run, bits FROM sent_filters");
    return { short, long: new Map(filters.map(({ run, bits }) => [run, new FingerprintFilter(bits)])) };
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

  #fingerprint(key: string): number {
    return fingerprintOf(this.#record.key, key);
  }

  #read(): RecordState {
    const row = this.#db.first<{ after_seq: number; segments: number; merged_from: number; key: ArrayBuffer }>(
      "SELECT after_seq, segments, merged_from, key FROM sent_record WHERE id = 1",
    );
    if (row === undefined) throw new Error("the record of sends is not there");
    const view = new DataView(row.key);
    const key: [number, number] = [view.getUint32(0), view.getUint32(4)];
    return { afterSeq: row.after_seq, segments: row.segments, mergedFrom: row.merged_from, key };
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
