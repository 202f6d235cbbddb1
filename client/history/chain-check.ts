/** Owns whether a range of the hash chain adds up, and whether the messages that this device holds are those of it. */
import { bodyDigest, bodyOf } from "../../core/body.ts";
import { chainHash } from "../../core/chain.ts";
import type { ChainRange } from "../../schema/http/conversation/messages.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { ChainCheck } from "../contract/conversation/conversation.ts";

/** `held`: the message of a seq, as far as this device holds it. */
export async function checkChain(
  { from, to, startHash, items, hash }: ChainRange,
  held: (seq: number) => Message | undefined,
): Promise<ChainCheck> {
  const differing: number[] = [];
  let before = startHash;
  let isSound = items.length === to - from + 1;
  for (const [index, item] of items.entries()) {
    if (item.seq !== from + index) isSound = false;
    // What is hashed, not the hash: the platform's own hashing is asynchronous.
    before = await sha256(chainHash(itself, before, item));
    const message = held(item.seq);
    if (message !== undefined && !(await isOf(message, item, before))) differing.push(item.seq);
  }
  return { from, to, hash: before, isSound: isSound && before === hash, differing };
}

async function isOf(message: Message, item: ChainRange["items"][number], hash: string): Promise<boolean> {
  if (message.hash !== hash || message.senderId !== item.senderId || message.sentAt !== item.sentAt) return false;
  const isAsSent = message.editedAt === null && message.unsentAt === null && message.truncated !== true;
  // Only what was first sent is in the chain, and without the salt nobody can tell whether it is that.
  if (!isAsSent || item.salt === null) return true;
  return (await sha256(bodyDigest(itself, item.salt, bodyOf(message.text, message.attachments)))) === item.contentHash;
}

const itself = (text: string): string => text;

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
