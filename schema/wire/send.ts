/**
 * Send: `{"type":"send","ref","conversationId","clientId","text","replyTo"?,"mentions"?}` → `ok` with the Ack.
 * A repeat of a clientId gets the first Ack with `duplicate: true`; another body under it: `client_id_reused`.
 * Everybody gets `{"type":"message","message","inbox"?}`; the sending socket too, before or after its `ok`.
 */
import { z } from "zod";
import { clientId, conversationId, seq, userId } from "../ids.ts";
import { limits } from "../limits.ts";
import { messageText } from "../text.ts";
import { inboxNumbers } from "./inbox.ts";
import { message } from "./message.ts";
import { ref } from "./ref.ts";

export const mentions = z.array(userId).max(limits.mentionsPerMessageMax);

/** What a person writes; the same at all three doors. */
export const messageDraft = z.object({
  clientId,
  text: messageText,
  replyTo: seq.nullish(),
  mentions: mentions.optional(),
});

export const sendFrame = z.object({ type: z.literal("send"), ref, conversationId, ...messageDraft.shape });

export const messageFrame = z.object({ type: z.literal("message"), message, inbox: inboxNumbers.optional() });
