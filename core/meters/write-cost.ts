/** Owns what a write is metered with: the bytes that it stores, or those that it sends to each member, whichever are more. */
import type { UserId } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import { utf8Bytes } from "../../schema/text.ts";
import type { Attachment } from "../../schema/wire/attachment.ts";
import type { StoredReaction } from "../stored-message.ts";

/** Ids, hashes, times, the first ack, the journal: what every write stores and sends besides its content. */
export const writeBytes = 600;
/** An id in a list. */
const idBytes = 40;
/** An attachment without its name and waveform. */
const attachmentBytes = 400;

/** What a message holds besides its ids. Of attachments only what is said of them: their bytes have a quota of their own. */
type Content = {
  text: string;
  mentions: readonly UserId[];
  reactions: readonly StoredReaction[];
  attachments?: readonly Attachment[] | null | undefined;
  /** Of which the text is made. */
  poll?: object | null | undefined;
};

/** A new message, or one with a new text: the text is stored whole. */
export function bytesOfText({ text, mentions, reactions, attachments, poll }: Content): number {
  return (
    writeBytes +
    utf8Bytes(text) * (poll == null ? 1 : 2) +
    idBytes * mentions.length +
    bytesOfReactions(reactions) +
    bytesOfAttachments(attachments)
  );
}

/** A message of which something else changed: all members get it again, its text cut. */
export function bytesOfResending({ text, mentions, reactions, attachments, poll }: Content): number {
  const sent = Math.min(utf8Bytes(text), limits.textPreviewBytesMax) * (poll == null ? 1 : 2);
  return writeBytes + sent + idBytes * mentions.length + bytesOfReactions(reactions) + bytesOfAttachments(attachments);
}

/** About as many as their JSON has. */
export function bytesOfAttachments(attachments: Content["attachments"]): number {
  let bytes = 0;
  for (const { name, waveform, alt } of attachments ?? [])
    bytes += attachmentBytes + utf8Bytes(name) + utf8Bytes(alt ?? "") + 4 * (waveform?.length ?? 0);
  return bytes;
}

function bytesOfReactions(reactions: readonly StoredReaction[]): number {
  let bytes = 0;
  for (const { userIds } of reactions) bytes += idBytes * (userIds.length + 1);
  return bytes;
}
