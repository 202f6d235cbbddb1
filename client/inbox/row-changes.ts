/** Owns what message and change frames do to a row of the inbox. The counts are the server's; nothing is counted here. */
import { labelsOf } from "../../core/media/labels.ts";
import { shortText } from "../../core/polls/poll.ts";
import { limits } from "../../schema/limits.ts";
import { codePointPrefix } from "../../schema/text.ts";
import type { InboxNumbers, Summary } from "../../schema/wire/inbox.ts";
import type { Message } from "../../schema/wire/message.ts";

/** The row after a message, with the reader's numbers after it. */
export function withMessage(row: Summary, message: Message, numbers: InboxNumbers, userId: string): Summary {
  const isNewest = row.lastMessage === null || message.seq >= row.lastMessage.seq;
  const next: Summary = {
    ...row,
    ...countsOf(numbers),
    head: {
      seq: Math.max(row.head.seq, message.seq),
      rev: Math.max(row.head.rev, message.rev),
      at: Math.max(row.head.at, message.sentAt),
    },
    lastMessage: isNewest ? lastOf(message) : row.lastMessage,
    read: message.senderId === userId ? Math.max(row.read, message.seq) : row.read,
  };
  // A deleted chat is in the list again with the first message that is written in it.
  if (message.seq > row.head.seq) delete next.deleted;
  return next;
}

/** The row after a change, with the reader's numbers after it. What else the change does to the row follows in a frame of its own. */
export function withNumbers(row: Summary, rev: number, numbers: InboxNumbers): Summary {
  return { ...row, ...countsOf(numbers), head: { ...row.head, rev: Math.max(row.head.rev, rev) } };
}

function countsOf({ version, unread, mentionsUnread }: InboxNumbers): InboxNumbers {
  return { version, unread, mentionsUnread };
}

function lastOf({
  seq,
  senderId,
  text,
  poll,
  sentAt,
  unsentAt,
  attachments,
}: Message): NonNullable<Summary["lastMessage"]> {
  return {
    seq,
    senderId,
    preview: codePointPrefix(shortText({ text, poll }), limits.previewCodePointsMax),
    sentAt,
    unsent: unsentAt !== null,
    attachments: labelsOf(attachments),
  };
}
