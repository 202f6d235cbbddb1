/** Messages: sending, reading, changing, catching up, receipts, verifying. */
import { z } from "zod";
import { epoch, userId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { emoji } from "../../emoji.ts";
import { textBesideAttachments } from "../../text.ts";
import { sharedDetails } from "../../wire/change.ts";
import { head } from "../../wire/conversation.ts";
import { ack, message, notice } from "../../wire/message.ts";
import { watermarks } from "../../wire/receipt.ts";
import { mentions, messageDraft } from "../../wire/send.ts";
import { byConversation } from "./conversations.ts";
import { limitOf, queryCounter, queryInteger, route } from "../route.ts";

const pathSeq = queryInteger.pipe(z.int().min(1));
export const byMessage = z.object({ ...byConversation.shape, seq: pathSeq });

export const sendMessage = route({
  method: "POST",
  path: "/v1/conversations/:conversationId/messages",
  summary: "Send a message; the same clientId again gets the first answer",
  tag: "Messages",
  params: byConversation,
  body: messageDraft,
  answers: {
    201: { description: "Sent", body: ack },
    200: { description: "It was sent before", body: ack },
  },
  errors: [
    "unauthenticated",
    "bad_request",
    "not_found",
    "forbidden",
    "client_id_reused",
    "conflict",
    "too_large",
    "rate_limited",
  ],
});

export const pageQuery = z
  .object({
    before: queryCounter.optional(),
    after: queryCounter.optional(),
    around: queryCounter.optional(),
    limit: limitOf(limits.messagesPageMax, limits.messagesPageDefault),
  })
  .refine(
    (q) => [q.before, q.after, q.around].filter((bound) => bound !== undefined).length <= 1,
    "at most one of before, after, around",
  );
export type PageQuery = z.infer<typeof pageQuery>;

/** Messages that cannot be read, because a part of the archive is lost or damaged: they are left out here, and exist. */
const missing = z.array(z.object({ from: z.int(), to: z.int() })).optional();

export const messagesPage = z.object({
  messages: z.array(message),
  notices: z.array(notice),
  head,
  hasBefore: z.boolean(),
  hasAfter: z.boolean(),
  /** Set where the range has too many notices for one page: those up to this rev are left out, and `changes` brings them. */
  noticesCutRev: z.int().optional(),
  missing,
});
export type MessagesPage = z.infer<typeof messagesPage>;

export const listMessages = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/messages",
  summary: "A page of history, ascending; no bound means the newest",
  tag: "Messages",
  params: byConversation,
  query: pageQuery,
  answers: { 200: { description: "A page", body: messagesPage } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

export const getMessage = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/messages/:seq",
  summary: "One message, its text whole",
  tag: "Messages",
  params: byMessage,
  answers: { 200: { description: "The message", body: message } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

export const editMessage = route({
  method: "PATCH",
  path: "/v1/conversations/:conversationId/messages/:seq",
  summary: "Edit an own message",
  tag: "Messages",
  params: byMessage,
  body: z.object({ text: textBesideAttachments, mentions: mentions.optional() }),
  answers: { 200: { description: "The message as edited", body: message } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "too_large"],
});

export const unsendMessage = route({
  method: "DELETE",
  path: "/v1/conversations/:conversationId/messages/:seq",
  summary: "Unsend a message: its content is erased for everybody",
  tag: "Messages",
  params: byMessage,
  answers: { 200: { description: "What is left of it", body: message } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden"],
});

const byReaction = z.object({ ...byMessage.shape, emoji });

export const putReaction = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/messages/:seq/reactions/:emoji",
  summary: "React to a message",
  tag: "Messages",
  params: byReaction,
  answers: { 200: { description: "The message", body: message } },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict"],
});

export const deleteReaction = route({
  method: "DELETE",
  path: "/v1/conversations/:conversationId/messages/:seq/reactions/:emoji",
  summary: "Take a reaction back",
  tag: "Messages",
  params: byReaction,
  answers: { 200: { description: "The message", body: message } },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict"],
});

export const changesQuery = z.object({
  rev: queryCounter,
  epoch: epoch.optional(),
  limit: limitOf(limits.changesPageMax, limits.changesPageDefault),
  messages: z.enum(["all", "mutated"]).optional(),
});
export type ChangesQuery = z.infer<typeof changesQuery>;

export const changesPage = z.object({
  epoch,
  head,
  rev: z.int(),
  more: z.boolean(),
  messages: z.array(message),
  notices: z.array(notice),
  conversation: sharedDetails.optional(),
  missing,
});
export type ChangesPage = z.infer<typeof changesPage>;

export const listChanges = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/changes",
  summary: "Everything that changed after a rev, in its present state, each message once",
  tag: "Messages",
  params: byConversation,
  query: changesQuery,
  answers: { 200: { description: "A page", body: changesPage } },
  errors: ["unauthenticated", "bad_request", "not_found", "resync_required"],
});

export const postReceipts = route({
  method: "POST",
  path: "/v1/conversations/:conversationId/receipts",
  summary: "Raise the user's watermarks",
  tag: "Messages",
  params: byConversation,
  body: watermarks,
  answers: { 204: { description: "Raised", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

export const postTyping = route({
  method: "POST",
  path: "/v1/conversations/:conversationId/typing",
  summary: "Say that the user is typing",
  tag: "Messages",
  params: byConversation,
  answers: { 204: { description: "Said", body: null } },
  errors: ["unauthenticated", "not_found"],
});

export const verifyQuery = z
  .object({ from: pathSeq, to: pathSeq })
  .refine((q) => q.to >= q.from, "to must not be below from")
  .refine((q) => q.to - q.from < limits.verifyRangeMax, `at most ${limits.verifyRangeMax} messages`);

export const chainRange = z.object({
  from: z.int(),
  to: z.int(),
  startHash: z.string(),
  items: z.array(
    z.object({ seq: z.int(), senderId: userId, sentAt: z.int(), contentHash: z.string(), salt: z.string().nullable() }),
  ),
  hash: z.string(),
});
export type ChainRange = z.infer<typeof chainRange>;

export const verifyChain = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/verify",
  summary: "A range of the hash chain, to check that two devices hold the same messages",
  tag: "Messages",
  params: byConversation,
  query: verifyQuery,
  answers: { 200: { description: "The range", body: chainRange } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});
