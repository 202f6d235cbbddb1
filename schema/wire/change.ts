/**
 * Changes of what was sent: `edit`, `unsend`, `react` → `ok` with `{rev}`.
 * Everybody gets `{"type":"change","conversationId","rev","messages"?,"notices"?,"conversation"?,"inbox"?}`:
 * the present state of what changed. `since`, where given, says that the frame covers all of `(since, rev]`.
 * Of one reaction in a large group it says whose it is: `by`, `emoji`, `on`.
 */
import { z } from "zod";
import { conversationId, seq, userId } from "../ids.ts";
import { emoji } from "../emoji.ts";
import { textBesideAttachments } from "../text.ts";
import { conversation } from "./conversation.ts";
import { inboxNumbers } from "./inbox.ts";
import { message, notice } from "./message.ts";
import { ref } from "./ref.ts";
import { mentions } from "./send.ts";

export const editFrame = z.object({
  type: z.literal("edit"),
  ref,
  conversationId,
  seq,
  text: textBesideAttachments,
  mentions: mentions.optional(),
});
export const unsendFrame = z.object({ type: z.literal("unsend"), ref, conversationId, seq });
export const reactFrame = z.object({ type: z.literal("react"), ref, conversationId, seq, emoji, on: z.boolean() });

/** The part of a conversation's details that is the same for every member. */
export const sharedDetails = conversation.omit({ me: true, members: true, peer: true });
export type SharedDetails = z.infer<typeof sharedDetails>;

export const changeFrame = z.object({
  type: z.literal("change"),
  conversationId,
  rev: z.int(),
  since: z.int().optional(),
  messages: z.array(message).optional(),
  notices: z.array(notice).optional(),
  conversation: sharedDetails.optional(),
  inbox: inboxNumbers.optional(),
  by: userId.optional(),
  emoji: z.string().optional(),
  on: z.boolean().optional(),
  /** Of one vote in a large group: what its voter, `by`, chose. */
  vote: z.array(z.int()).optional(),
});
