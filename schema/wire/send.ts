/**
 * Send: `{"type":"send","ref","conversationId","clientId","text","replyTo"?,"mentions"?,"attachments"?,"poll"?}` → `ok` with the Ack.
 * A repeat of a clientId gets the first Ack with `duplicate: true`; another body under it: `client_id_reused`.
 * Everybody gets `{"type":"message","message","inbox"?}`; the sending socket too, before or after its `ok`.
 */
import { z } from "zod";
import { clientId, conversationId, everyone, seq, type UserId, userId } from "../ids.ts";
import { limits } from "../limits.ts";
import { textBesideAttachments } from "../text.ts";
import { attachmentIds } from "./attachment.ts";
import { inboxNumbers } from "./inbox.ts";
import { message } from "./message.ts";
import { pollDraft } from "./poll.ts";
import { ref } from "./ref.ts";

export const mentions = z.array(userId).max(limits.mentionsPerMessageMax);

/** What a person writes; the same at all three doors. The text may be missing, or empty, where there are attachments. */
const draft = {
  clientId,
  text: textBesideAttachments.default(""),
  replyTo: seq.nullish(),
  mentions: mentions.optional(),
  /** Mentions all members of a group. Only admins may. */
  mentionsAll: z.boolean().optional(),
  attachments: attachmentIds.optional(),
  /** The message is a poll: its text is made of it. */
  poll: pollDraft.optional(),
};

type Content = { text: string; attachments?: readonly unknown[] | undefined; poll?: object | undefined };

/** A message that has neither text nor attachments nor a poll shows nothing. */
const showsSomething = ({ text, attachments = [], poll }: Content) =>
  text !== "" || attachments.length > 0 || poll !== undefined;
const isOneThing = ({ text, attachments = [], poll }: Content) =>
  poll === undefined || (text === "" && attachments.length === 0);
const onlyPoll = { path: ["poll"], message: "stands without text and attachments" };
const needsText = { path: ["text"], message: "must not be blank" };

/** The mentions of a send as the server keeps them. */
export function mentionsOf(draft: { mentions?: UserId[] | undefined; mentionsAll?: boolean | undefined }): UserId[] {
  const { mentions: named = [], mentionsAll = false } = draft;
  return mentionsAll ? [...named, everyone] : named;
}

export const messageDraft = z.object(draft).refine(showsSomething, needsText).refine(isOneThing, onlyPoll);

export const sendFrame = z
  .object({ type: z.literal("send"), ref, conversationId, ...draft })
  .refine(showsSomething, needsText)
  .refine(isOneThing, onlyPoll);

export const messageFrame = z.object({ type: z.literal("message"), message, inbox: inboxNumbers.optional() });
