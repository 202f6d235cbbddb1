/** Owns the SQL of the inbox, and the rows kept in memory as a cache of it. */
import type { ConversationId, Epoch, Seq, UserId, Version } from "../../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../../schema/wire/conversation.ts";
import type { Role } from "../../schema/wire/message.ts";
import { type Exceptions, noExceptions } from "../../core/inbox.ts";
import type { InboxRow, Place } from "../../core/inbox-row.ts";
import type { Database, Transactor, Value } from "../shared/database.ts";
import type { ListedConversation } from "./tellings.ts";

/** A row and what it counts apart; loaded with it, for both are written together. */
export type Entry = { row: InboxRow; exceptions: Exceptions };

/** Rows in memory. A row is about a kilobyte, a draft up to forty. */
const entriesMax = 256;

type Columns = {
  conversation_id: string;
  version: number;
  epoch: string;
  rev: number;
  head_seq: number;
  at: number;
  read: number;
  unsent_unread: number;
  mentions_unread: number;
  last_seq: number | null;
  last_sender_id: string | null;
  last_preview: string | null;
  last_sent_at: number | null;
  last_is_unsent: number | null;
  kind: string;
  mode: string;
  title: string | null;
  peer: string | null;
  role: string;
  has_left: number;
  muted_until: number | null;
  is_pinned: number;
  is_archived: number;
  is_marked_unread: number;
  draft: string;
  request_by: string | null;
};

const replaceRow = `
  INSERT OR REPLACE INTO inbox (
    conversation_id, version, epoch, rev, head_seq, at, read, unsent_unread, mentions_unread,
    last_seq, last_sender_id, last_preview, last_sent_at, last_is_unsent,
    kind, mode, title, peer, role, has_left, muted_until, is_pinned, is_archived, is_marked_unread, draft, request_by
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** What a delivery changes in the steady case. */
const moveRow = `
  UPDATE inbox SET version = ?, rev = ?, head_seq = ?, at = ?, read = ?, unsent_unread = ?, mentions_unread = ?,
    last_seq = ?, last_sender_id = ?, last_preview = ?, last_sent_at = ?, last_is_unsent = ?, is_archived = ?, is_marked_unread = ?
  WHERE conversation_id = ?`;

export class InboxStore {
  readonly #db: Database;
  readonly #entries = new Map<ConversationId, Entry>();
  readonly epoch: Epoch;
  #version: Version;

  constructor(db: Database) {
    this.#db = db;
    this.epoch = (db.first<{ epoch: string }>("SELECT epoch FROM inbox_epoch")?.epoch ?? "") as Epoch;
    this.#version = db.first<{ version: number | null }>("SELECT MAX(version) AS version FROM inbox")?.version ?? 0;
  }

  /** The user's version: that of the row which changed last. */
  get version(): Version {
    return this.#version;
  }

  entry(conversationId: ConversationId): Entry | undefined {
    const known = this.#entries.get(conversationId);
    if (known !== undefined) return known;
    const columns = this.#db.first<Columns>("SELECT * FROM inbox WHERE conversation_id = ?", conversationId);
    if (columns === undefined) return undefined;
    const row = rowOf(columns);
    const entry = {
      row,
      exceptions: row.unsentUnread + row.mentionsUnread === 0 ? noExceptions : this.#exceptions(conversationId),
    };
    this.#keep(entry);
    return entry;
  }

  /** Rows that changed after a version, in the order of their changes; a limit of −1 is none. */
  changedAfter(version: Version, limit: number): InboxRow[] {
    return this.#db
      .all<Columns>("SELECT * FROM inbox WHERE version > ? ORDER BY version LIMIT ?", version, limit)
      .map(rowOf);
  }

  /** Rows by activity, the newest first; after `place`, where one is given. */
  newest(place: Place | undefined, limit: number): InboxRow[] {
    const order = "ORDER BY at DESC, conversation_id DESC LIMIT ?";
    const rows =
      place === undefined
        ? this.#db.all<Columns>(`SELECT * FROM inbox ${order}`, limit)
        : this.#db.all<Columns>(
            `SELECT * FROM inbox WHERE at < ? OR (at = ? AND conversation_id < ?) ${order}`,
            place.at,
            place.at,
            place.conversationId,
            limit,
          );
    return rows.map(rowOf);
  }

  /** Conversations that were not left, in order of their ids, behind this one. */
  conversationsAfter(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[] {
    return this.#db
      .all<{ conversation_id: string; kind: string }>(
        "SELECT conversation_id, kind FROM inbox WHERE conversation_id > ? AND has_left = 0 AND (kind = 'group' OR ?) ORDER BY conversation_id LIMIT ?",
        cursor,
        which === "all" ? 1 : 0,
        limit,
      )
      .map((row) => ({ id: row.conversation_id as ConversationId, kind: row.kind as ConversationKind }));
  }

  /** Present conversations that are no requests, in the order of their ids, after one. */
  knownIds(after: string, limit: number): ConversationId[] {
    return this.#db
      .all<{ conversation_id: ConversationId }>(
        "SELECT conversation_id FROM inbox WHERE has_left = 0 AND request_by IS NULL AND conversation_id > ? ORDER BY conversation_id LIMIT ?",
        after,
        limit,
      )
      .map((row) => row.conversation_id);
  }

  /** Whether one of these is among them. */
  isAnyKnown(ids: readonly ConversationId[]): boolean {
    const statement =
      "SELECT 1 FROM inbox WHERE has_left = 0 AND request_by IS NULL AND conversation_id IN (SELECT value FROM json_each(?)) LIMIT 1";
    return ids.length > 0 && this.#db.first(statement, JSON.stringify(ids)) !== undefined;
  }

  /** The requests that this stranger made. */
  requestsBy(userId: UserId): ConversationId[] {
    return this.#db
      .all<{ conversation_id: ConversationId }>("SELECT conversation_id FROM inbox WHERE request_by = ?", userId)
      .map((row) => row.conversation_id);
  }

  /** Writes what changed between two states of a row. Memory follows by `committed`, once the transaction stands. */
  write(tx: Transactor, before: Entry | undefined, after: Entry): void {
    const { row } = after;
    if (before === undefined || !isOnlyMoved(before.row, row)) this.#replace(tx, row);
    else this.#move(tx, row);
    const old = before?.exceptions ?? noExceptions;
    if (old !== after.exceptions) this.#writeExceptions(tx, row, old, after.exceptions);
  }

  /** These rows are now what is stored. */
  committed(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      this.#keep(entry);
      this.#version = Math.max(this.#version, entry.row.version);
    }
  }

  #keep(entry: Entry): void {
    const { conversationId } = entry.row;
    this.#entries.delete(conversationId);
    this.#entries.set(conversationId, entry);
    if (this.#entries.size <= entriesMax) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }

  #exceptions(conversationId: ConversationId): Exceptions {
    const unsent = new Set<Seq>();
    const mentions = new Set<Seq>();
    const rows = this.#db.all<{ seq: number; kind: string }>(
      "SELECT seq, kind FROM inbox_exceptions WHERE conversation_id = ?",
      conversationId,
    );
    for (const { seq, kind } of rows) (kind === "unsent" ? unsent : mentions).add(seq);
    return { unsent, mentions };
  }

  #writeExceptions(tx: Transactor, { conversationId, read }: InboxRow, before: Exceptions, after: Exceptions): void {
    const isAnyRead = [...before.unsent, ...before.mentions].some((seq) => seq <= read);
    if (isAnyRead) tx.run("DELETE FROM inbox_exceptions WHERE conversation_id = ? AND seq <= ?", conversationId, read);
    for (const kind of ["unsent", "mentions"] as const) {
      for (const seq of before[kind]) {
        if (seq <= read || after[kind].has(seq)) continue;
        tx.run(
          "DELETE FROM inbox_exceptions WHERE conversation_id = ? AND seq = ? AND kind = ?",
          conversationId,
          seq,
          kind,
        );
      }
      for (const seq of after[kind]) {
        if (before[kind].has(seq)) continue;
        tx.run(
          "INSERT OR IGNORE INTO inbox_exceptions (conversation_id, seq, kind) VALUES (?, ?, ?)",
          conversationId,
          seq,
          kind,
        );
      }
    }
  }

  #move(tx: Transactor, row: InboxRow): void {
    tx.run(
      moveRow,
      row.version,
      ...progressOf(row),
      Number(row.isArchived),
      Number(row.isMarkedUnread),
      row.conversationId,
    );
  }

  #replace(tx: Transactor, row: InboxRow): void {
    tx.run(
      replaceRow,
      row.conversationId,
      row.version,
      row.epoch,
      ...progressOf(row),
      row.kind,
      row.mode,
      row.title,
      row.peer === null ? null : JSON.stringify(row.peer),
      row.role,
      Number(row.hasLeft),
      row.mutedUntil,
      Number(row.isPinned),
      Number(row.isArchived),
      Number(row.isMarkedUnread),
      row.draft,
      row.requestBy,
    );
  }
}

/** How far the row is, in the order of its columns: `rev` to `last_is_unsent`. */
function progressOf(row: InboxRow): Value[] {
  const { rev, headSeq, at, read, unsentUnread, mentionsUnread, last } = row;
  const ofLast =
    last === null
      ? [null, null, null, null, null]
      : [last.seq, last.senderId, last.preview, last.sentAt, Number(last.unsent)];
  return [rev, headSeq, at, read, unsentUnread, mentionsUnread, ...ofLast];
}

/** Whether all that differs is what `moveRow` writes. */
function isOnlyMoved(a: InboxRow, b: InboxRow): boolean {
  return (
    a.epoch === b.epoch &&
    a.kind === b.kind &&
    a.mode === b.mode &&
    a.title === b.title &&
    a.peer === b.peer &&
    a.role === b.role &&
    a.hasLeft === b.hasLeft &&
    a.mutedUntil === b.mutedUntil &&
    a.isPinned === b.isPinned &&
    a.draft === b.draft &&
    a.requestBy === b.requestBy
  );
}

function rowOf(columns: Columns): InboxRow {
  return {
    conversationId: columns.conversation_id as ConversationId,
    version: columns.version,
    epoch: columns.epoch as Epoch,
    rev: columns.rev,
    headSeq: columns.head_seq,
    at: columns.at,
    read: columns.read,
    unsentUnread: columns.unsent_unread,
    mentionsUnread: columns.mentions_unread,
    last:
      columns.last_seq === null
        ? null
        : {
            seq: columns.last_seq,
            senderId: columns.last_sender_id as UserId,
            preview: columns.last_preview ?? "",
            sentAt: columns.last_sent_at ?? 0,
            unsent: columns.last_is_unsent === 1,
          },
    kind: columns.kind as ConversationKind,
    mode: columns.mode as ConversationMode,
    title: columns.title,
    peer: columns.peer === null ? null : JSON.parse(columns.peer),
    role: columns.role as Role,
    hasLeft: columns.has_left === 1,
    mutedUntil: columns.muted_until,
    isPinned: columns.is_pinned === 1,
    isArchived: columns.is_archived === 1,
    isMarkedUnread: columns.is_marked_unread === 1,
    draft: columns.draft,
    requestBy: columns.request_by as UserId | null,
  };
}
