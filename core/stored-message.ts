/** Owns the form of a message inside the server: as it is stored, in a row or in a segment of the archive, and how it goes out. */
import {
  type ClientId,
  type ConversationId,
  everyone,
  type Rev,
  type Seq,
  type TimeMs,
  type UserId,
} from "../schema/ids.ts";
import { limits } from "../schema/limits.ts";
import { shownPoll, type StoredPoll } from "./polls/poll.ts";
import { isVote } from "./polls/vote-keys.ts";
import { bytePrefix } from "../schema/text.ts";
import type { Attachment } from "../schema/wire/attachment.ts";
import type { Message, Reaction } from "../schema/wire/message.ts";

/** A reaction as it is stored. Without `count` it names everybody who chose it; with `count`, in a large group, only the first of them. */
export type StoredReaction = Omit<Reaction, "count"> & { count?: number };

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
  /** Who wrote the message that it answers, while the object holds its row. No segment has this, for only inboxes need it, and soon. */
  answers?: UserId | undefined;
  /** `everyone` stands for all members. */
  mentions: UserId[];
  reactions: StoredReaction[];
  /** Absent, or null as it comes back from a segment in which other messages have some, where there are none. */
  attachments?: Attachment[] | null | undefined;
  /** Absent, or null as it comes back from a segment, where the message is no poll. Its votes are among the reactions. */
  poll?: StoredPoll | null | undefined;
  hash: string;
  contentHash: string;
  salt: string | null;
};

/** All that is stored of a message, its text whole. `mentionsDigest`: of the mentions that its sender asked for, by which a repeat is known. */
export type StoredMessage = MessageRow & { isCut: false; mentionsDigest: string | null };

/** The prefix of a text that the message's own row, frames and lists hold. */
export function previewOf(text: string): string {
  return bytePrefix(text, limits.textPreviewBytesMax);
}

/** A message as it goes out; `isWhole` says that the text is not to be cut. */
export function messageOf(conversationId: ConversationId, row: MessageRow, isWhole = false): Message {
  const text = isWhole ? row.text : previewOf(row.text);
  const { mentions } = row;
  const hasAll = mentions.length > 0 && mentions.includes(everyone);
  const reactions = row.reactions.length === 0 ? [] : row.reactions.map(shownReaction);
  const message: Message = {
    conversationId,
    seq: row.seq,
    rev: row.rev,
    senderId: row.senderId,
    clientId: row.clientId,
    text,
    sentAt: row.sentAt,
    editedAt: row.editedAt,
    unsentAt: row.unsentAt,
    replyTo: row.replyTo,
    mentions: hasAll ? mentions.filter((userId) => userId !== everyone) : mentions,
    reactions,
    attachments: row.attachments ?? [],
    hash: row.hash,
  };
  // Fields that few messages have are added afterwards: a page makes fifty messages, and a spread of nothing costs as much as three fields.
  if (row.isCut || text.length < row.text.length) message.truncated = true;
  if (hasAll) message.mentionsAll = true;
  if (row.poll != null) {
    message.poll = shownPoll(row.poll, reactions);
    message.reactions = reactions.filter(({ emoji }) => !isVote(emoji));
  }
  return message;
}

function shownReaction({ emoji, userIds, count = userIds.length }: StoredReaction): Reaction {
  return { emoji, count, userIds };
}
