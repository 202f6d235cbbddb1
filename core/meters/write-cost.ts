/** Owns what a write is metered with: the bytes that it stores, or those that it sends to each member, whichever are more. */
import type { UserId } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import { utf8Bytes } from "../../schema/text.ts";
import type { StoredReaction } from "../stored-message.ts";

/** Ids, hashes, times, the first ack, the journal: what every write stores and sends besides its content. */
export const writeBytes = 600;
/** An id in a list. */
const idBytes = 40;

/** What a message holds besides its ids. */
type Content = { text: string; mentions: readonly UserId[]; reactions: readonly StoredReaction[] };

/** A new message, or one with a new text: the text is stored whole. */
export function bytesOfText({ text, mentions, reactions }: Content): number {
  return writeBytes + utf8Bytes(text) + idBytes * mentions.length + bytesOfReactions(reactions);
}

/** A message of which something else changed: all members get it again, its text cut. */
export function bytesOfResending({ text, mentions, reactions }: Content): number {
  const sent = Math.min(utf8Bytes(text), limits.textPreviewBytesMax);
  return writeBytes + sent + idBytes * mentions.length + bytesOfReactions(reactions);
}

function bytesOfReactions(reactions: readonly StoredReaction[]): number {
  let bytes = 0;
  for (const { userIds } of reactions) bytes += idBytes * (userIds.length + 1);
  return bytes;
}
