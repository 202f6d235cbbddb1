/** Owns the columns in which a message is stored. */
import type { MessageRow, StoredMessage, StoredReaction } from "../../../core/stored-message.ts";
import type { StoredPoll } from "../../../core/polls/poll.ts";
import type { ClientId, Rev, TimeMs, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";

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
  answers: string | null;
  mentions: string | null;
  reactions: string | null;
  attachments: string | null;
  poll: string | null;
  hash: string;
  content_hash: string;
  salt: string | null;
};

/** The columns with which a message is read, except its text. If one of the type's columns is missing here, this does not compile. */
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
  answers: true,
  mentions: true,
  reactions: true,
  attachments: true,
  poll: true,
  hash: true,
  content_hash: true,
  salt: true,
};
const columnsButText = Object.keys(columns)
  .map((name) => `m.${name}`)
  .join(", ");

/** With these columns a long text is the prefix that lists carry. */
export const shortColumns = `${columnsButText}, m.text, m.is_cut`;
export const wholeColumns = `${columnsButText}, COALESCE(texts.text, m.text) AS text, 0 AS is_cut`;

/** All that is stored. */
export type StoredColumns = MessageColumns & { mentions_digest: string | null };

export function storedOf(row: StoredColumns): StoredMessage {
  const { answers: _, ...message } = rowOf(row);
  return { ...message, isCut: false, mentionsDigest: row.mentions_digest };
}

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
    ...(row.answers === null ? {} : { answers: row.answers as UserId }),
    mentions: row.mentions === null ? [] : (JSON.parse(row.mentions) as UserId[]),
    reactions: row.reactions === null ? [] : (JSON.parse(row.reactions) as StoredReaction[]),
    ...(row.attachments === null ? {} : { attachments: JSON.parse(row.attachments) as Attachment[] }),
    ...(row.poll === null ? {} : { poll: JSON.parse(row.poll) as StoredPoll }),
    hash: row.hash,
    contentHash: row.content_hash,
    salt: row.salt,
  };
}

/** What is left of a message once it was unsent: its place, and nothing of its content. */
export function erasedRow(row: MessageRow, rev: Rev, at: TimeMs): MessageRow {
  return {
    ...row,
    rev,
    text: "",
    isCut: false,
    salt: null,
    mentions: [],
    reactions: [],
    attachments: null,
    poll: null,
    unsentAt: at,
  };
}
