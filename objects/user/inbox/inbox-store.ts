/** Owns the SQL of the inbox's rows, the cache of them in memory, and their order. */
import type { ConversationId, Epoch, UserId, Version } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { ConversationKind, ConversationMode } from "../../../schema/wire/conversation.ts";
import type { Role } from "../../../schema/wire/message.ts";
import type { InboxRow, Place } from "../../../core/inbox/inbox-row.ts";
import type { Database, Transactor, Value } from "../../shared/platform/database.ts";
import { InboxOrder, type Standing } from "./inbox-order.ts";
import type { ListedConversation } from "../tellings.ts";

/** Two states of a row: as it is stored, and as it will be. */
export type RowChange = { before: InboxRow | undefined; after: InboxRow };

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

/** The columns that a delivery changes in the steady case. */
const moveRow = `
  UPDATE inbox SET version = ?, rev = ?, head_seq = ?, at = ?, read = ?, unsent_unread = ?, mentions_unread = ?,
    last_seq = ?, last_sender_id = ?, last_preview = ?, last_sent_at = ?, last_is_unsent = ?, is_archived = ?, is_marked_unread = ?
  WHERE conversation_id = ?`;

export class InboxStore {
  readonly #db: Database;
  readonly #rows = new Map<ConversationId, InboxRow>();
  #rowsBytes = 0;
  #order: InboxOrder | undefined;
  readonly epoch: Epoch;
  #version: Version;

  constructor(db: Database) {
    this.#db = db;
    db.onRollback(() => this.#forgetAll());
    this.epoch = (db.first<{ epoch: string }>("SELECT epoch FROM inbox_epoch")?.epoch ?? "") as Epoch;
    this.#version = db.first<{ version: number | null }>("SELECT MAX(version) AS version FROM inbox")?.version ?? 0;
  }

  /** The user's version: that of the row which changed last. */
  get version(): Version {
    return this.#version;
  }

  row(conversationId: ConversationId): InboxRow | undefined {
    const known = this.#rows.get(conversationId);
    if (known !== undefined) return known;
    const columns = this.#db.first<Columns>("SELECT * FROM inbox WHERE conversation_id = ?", conversationId);
    if (columns === undefined) return undefined;
    const row = rowOf(columns);
    this.#keep(row);
    return row;
  }

  /** Rows that changed after a version, in the order of their changes. */
  changedAfter(version: Version, limit: number): InboxRow[] {
    return version >= this.#version ? [] : this.#read(this.#inOrder().changedAfter(version, limit));
  }

  /** Rows by activity, the newest first; after `place`, where one is given. */
  newest(place: Place | undefined, limit: number): InboxRow[] {
    return this.#read(this.#inOrder().newest(place, limit));
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

  /** Whether one of these is a present conversation and no request. */
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

  /** Writes what changed between two states of a row. Memory changes by `committed`, after the commit. */
  write(tx: Transactor, { before, after }: RowChange): void {
    if (before === undefined || !isOnlyMoved(before, after)) this.#replace(tx, after);
    else this.#move(tx, after);
  }

  /** These rows are now what is stored. */
  committed(changes: Iterable<RowChange>): void {
    for (const { before, after } of changes) {
      this.#keep(after);
      this.#order?.move(before, after);
      this.#version = Math.max(this.#version, after.version);
    }
  }

  #inOrder(): InboxOrder {
    if (this.#order !== undefined) return this.#order;
    const standings: Standing[] = [];
    this.#db.each<{ conversation_id: string; version: number; at: number }>(
      "SELECT conversation_id, version, at FROM inbox",
      [],
      ({ conversation_id, version, at }) =>
        standings.push({ conversationId: conversation_id as ConversationId, version, at }) > 0,
    );
    this.#order = new InboxOrder(standings);
    return this.#order;
  }

  /** Rows in the order of these ids, by one statement. They are not cached: a list would drive out the rows that deliveries need. */
  #read(ids: readonly ConversationId[]): InboxRow[] {
    const missing = ids.filter((id) => !this.#rows.has(id));
    const read = new Map<string, InboxRow>();
    if (missing.length > 0) {
      const statement = "SELECT * FROM inbox WHERE conversation_id IN (SELECT value FROM json_each(?))";
      for (const columns of this.#db.all<Columns>(statement, JSON.stringify(missing)))
        read.set(columns.conversation_id, rowOf(columns));
    }
    return ids.flatMap((id) => this.#rows.get(id) ?? read.get(id) ?? []);
  }

  #keep(row: InboxRow): void {
    this.#forget(row.conversationId);
    this.#rows.set(row.conversationId, row);
    this.#rowsBytes += bytesOf(row);
    for (const oldest of this.#rows.keys()) {
      if (this.#rows.size <= batches.inboxRowsKept && this.#rowsBytes <= batches.inboxRowsKeptBytes) return;
      this.#forget(oldest);
    }
  }

  /** After a rollback: what was read meanwhile may not be stored. */
  #forgetAll(): void {
    this.#rows.clear();
    this.#rowsBytes = 0;
    this.#order = undefined;
  }

  #forget(conversationId: ConversationId): void {
    const row = this.#rows.get(conversationId);
    if (row === undefined) return;
    this.#rows.delete(conversationId);
    this.#rowsBytes -= bytesOf(row);
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

/** About how much memory a row takes: its texts at two bytes a character, and the rest. */
function bytesOf({ draft, last, title }: InboxRow): number {
  return 1_000 + 2 * (draft.length + (last?.preview.length ?? 0) + (title?.length ?? 0));
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

/** Whether the two differ only in columns that `moveRow` writes. */
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
