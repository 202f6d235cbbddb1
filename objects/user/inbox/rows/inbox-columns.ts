/** Owns the columns of an inbox row: how a row is read from them, and the statements that write one. */
import type { ConversationId, Epoch, UserId } from "../../../../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../../../../schema/wire/conversation.ts";
import type { LastMessage, Notify } from "../../../../schema/wire/inbox.ts";
import type { Role } from "../../../../schema/wire/message.ts";
import type { InboxRow } from "../../../../core/inbox/inbox-row.ts";
import type { Transactor, Value } from "../../../shared/platform/database.ts";

export type Columns = {
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
  last_attachments: string | null;
  kind: string;
  mode: string;
  title: string | null;
  avatar_url: string | null;
  peer: string | null;
  role: string;
  has_left: number;
  muted_until: number | null;
  is_pinned: number;
  is_archived: number;
  is_marked_unread: number;
  draft: string;
  request_by: string | null;
  notify: string;
  pushes: string | null;
  pulled: string | null;
  kept: string | null;
};

const replaceRow = `
  INSERT OR REPLACE INTO inbox (
    conversation_id, version, epoch, rev, head_seq, at, read, unsent_unread, mentions_unread,
    last_seq, last_sender_id, last_preview, last_sent_at, last_is_unsent, last_attachments,
    kind, mode, title, peer, role, has_left, muted_until, is_pinned, is_archived, is_marked_unread, draft, request_by,
    notify, pushes, pulled, avatar_url, kept
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Writes only the columns that most deliveries change. */
const moveRow = `
  UPDATE inbox SET version = ?, rev = ?, head_seq = ?, at = ?, read = ?, unsent_unread = ?, mentions_unread = ?,
    last_seq = ?, last_sender_id = ?, last_preview = ?, last_sent_at = ?, last_is_unsent = ?, last_attachments = ?, is_archived = ?, is_marked_unread = ?,
    pushes = ?
  WHERE conversation_id = ?`;

/** Writes the columns in which a row differs from the stored one. */
export function writeRow(tx: Transactor, stored: InboxRow | undefined, row: InboxRow): void {
  if (stored !== undefined && isOnlyMoved(stored, row)) {
    move(tx, row);
    return;
  }
  replace(tx, row);
  if (row.pulled !== null && (stored === undefined || stored.pulled === null))
    tx.run("INSERT OR IGNORE INTO inbox_large (conversation_id) VALUES (?)", row.conversationId);
}

function move(tx: Transactor, row: InboxRow): void {
  tx.run(
    moveRow,
    row.version,
    ...progressOf(row),
    Number(row.isArchived),
    Number(row.isMarkedUnread),
    pushesText(row),
    row.conversationId,
  );
}

function pushesText({ pushes }: InboxRow): string | null {
  return pushes === null ? null : JSON.stringify(pushes);
}

function replace(tx: Transactor, row: InboxRow): void {
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
    row.notify,
    pushesText(row),
    row.pulled === null ? null : JSON.stringify(row.pulled),
    row.avatarUrl ?? null,
    row.kept == null ? null : JSON.stringify(row.kept),
  );
}

/** The values of the columns `rev` to `last_attachments`, in their order. */
function progressOf(row: InboxRow): Value[] {
  const { rev, headSeq, at, read, unsentUnread, mentionsUnread, last } = row;
  const ofLast =
    last === null
      ? [null, null, null, null, null, null]
      : [last.seq, last.senderId, last.preview, last.sentAt, Number(last.unsent), attachmentsText(last)];
  return [rev, headSeq, at, read, unsentUnread, mentionsUnread, ...ofLast];
}

function attachmentsText({ attachments }: LastMessage): string | null {
  return attachments.length === 0 ? null : JSON.stringify(attachments);
}

/** Whether the two differ only in columns that `moveRow` writes. */
function isOnlyMoved(a: InboxRow, b: InboxRow): boolean {
  return (
    a.epoch === b.epoch &&
    a.kind === b.kind &&
    a.mode === b.mode &&
    a.title === b.title &&
    (a.avatarUrl ?? null) === (b.avatarUrl ?? null) &&
    a.peer === b.peer &&
    a.role === b.role &&
    a.hasLeft === b.hasLeft &&
    a.mutedUntil === b.mutedUntil &&
    a.notify === b.notify &&
    a.isPinned === b.isPinned &&
    a.draft === b.draft &&
    a.requestBy === b.requestBy &&
    a.pulled === b.pulled &&
    (a.kept ?? null) === (b.kept ?? null)
  );
}

export function rowOf(columns: Columns): InboxRow {
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
            attachments: columns.last_attachments === null ? [] : JSON.parse(columns.last_attachments),
          },
    kind: columns.kind as ConversationKind,
    mode: columns.mode as ConversationMode,
    title: columns.title,
    avatarUrl: columns.avatar_url,
    peer: columns.peer === null ? null : JSON.parse(columns.peer),
    role: columns.role as Role,
    hasLeft: columns.has_left === 1,
    mutedUntil: columns.muted_until,
    isPinned: columns.is_pinned === 1,
    isArchived: columns.is_archived === 1,
    isMarkedUnread: columns.is_marked_unread === 1,
    draft: columns.draft,
    requestBy: columns.request_by as UserId | null,
    notify: columns.notify as Notify,
    pushes: columns.pushes === null ? null : JSON.parse(columns.pushes),
    pulled: columns.pulled === null ? null : JSON.parse(columns.pulled),
    kept: columns.kept === null ? null : JSON.parse(columns.kept),
  };
}
