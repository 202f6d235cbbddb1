/** Owns the form of a message: as it is stored, and as it goes out. */
import type { ClientId, ConversationId, Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { bytePrefix } from "../../../schema/text.ts";
import type { Message, Reaction } from "../../../schema/wire/message.ts";

export type MessageRow = {
  seq: Seq;
  createdRev: Rev;
  rev: Rev;
  senderId: UserId;
  clientId: ClientId;
  text: string;
  /** `text` is only the prefix of a long text that lists carry; the whole text is stored apart. */
  isCut: boolean;
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

export type MessageColumns = {
  seq: number;
  created_rev: number;
  rev: number;
  sender_id: string;
  client_id: string;
  text: string;
  is_cut: number;
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

/** What a message is read by, but for its text. A column that the type names and this does not have does not compile. */
const columns: Record<Exclude<keyof MessageColumns, "text" | "is_cut">, true> = {
  seq: true,
  created_rev: true,
  rev: true,
  sender_id: true,
  client_id: true,
  sent_at: true,
  edited_at: true,
  unsent_at: true,
  reply_to: true,
  mentions: true,
  reactions: true,
  hash: true,
  content_hash: true,
  salt: true,
};
const columnsButText = Object.keys(columns)
  .map((name) => `m.${name}`)
  .join(", ");

/** Of a long text the prefix that lists carry. */
export const shortColumns = `${columnsButText}, m.text, m.is_cut`;
export const wholeColumns = `${columnsButText}, COALESCE(texts.text, m.text) AS text, 0 AS is_cut`;

export function rowOf(row: MessageColumns): MessageRow {
  return {
    seq: row.seq,
    createdRev: row.created_rev,
    rev: row.rev,
    senderId: row.sender_id as UserId,
    clientId: row.client_id as ClientId,
    text: row.text,
    isCut: row.is_cut !== 0,
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

/** The prefix of a text that the message's own row, frames and lists hold. */
export function previewOf(text: string): string {
  return bytePrefix(text, limits.textPreviewBytesMax);
}

/** A message as it goes out; `isWhole` says that the text is not to be cut. */
export function messageOf(conversationId: ConversationId, row: MessageRow, isWhole = false): Message {
  const text = isWhole ? row.text : previewOf(row.text);
  return {
    conversationId,
    seq: row.seq,
    rev: row.rev,
    senderId: row.senderId,
    clientId: row.clientId,
    text,
    ...(row.isCut || text.length < row.text.length ? { truncated: true as const } : {}),
    sentAt: row.sentAt,
    editedAt: row.editedAt,
    unsentAt: row.unsentAt,
    replyTo: row.replyTo,
    mentions: row.mentions,
    reactions: row.reactions,
    hash: row.hash,
  };
}
