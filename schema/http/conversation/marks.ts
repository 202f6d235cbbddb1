/** What is noted of messages: pins, which all members see, and what only the user sees: stars, and which messages they have hidden from themself. */
import { z } from "zod";
import { userId } from "../../ids.ts";
import { inboxHolds } from "../../search-limits.ts";
import { cleared, summary } from "../../wire/inbox.ts";
import { message } from "../../wire/message.ts";
import { byConversation } from "./conversations.ts";
import { byMessage } from "./messages.ts";
import { listQuery, nextCursor, route } from "../route.ts";
import { missing } from "../search.ts";

const pinned = z.object({ seq: z.int(), by: userId, at: z.int() });

export const pin = z.object({ ...pinned.shape, message });
export type Pin = z.infer<typeof pin>;

export const putPin = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/pins/:seq",
  summary: "Pin a message for all members; pinned again, it stays as it is",
  tag: "Messages",
  params: byMessage,
  answers: { 200: { description: "The pin", body: pinned } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "rate_limited"],
});

export const deletePin = route({
  method: "DELETE",
  path: "/v1/conversations/:conversationId/pins/:seq",
  summary: "Take a pin away",
  tag: "Messages",
  params: byMessage,
  answers: { 204: { description: "It is not pinned", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "rate_limited"],
});

export const pinsPage = z.object({ pins: z.array(pin), cursor: nextCursor, missing: z.array(missing).optional() });
export type PinsPage = z.infer<typeof pinsPage>;

export const listPins = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/pins",
  summary: "The pinned messages that the user may see, the newest pin first; a page may be short and have a cursor",
  tag: "Messages",
  params: byConversation,
  query: listQuery,
  answers: { 200: { description: "A page", body: pinsPage } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

export const putStar = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/stars/:seq",
  summary: "Star a message, for the user alone",
  tag: "Messages",
  params: byMessage,
  answers: { 204: { description: "It is starred", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict", "rate_limited"],
});

export const deleteStar = route({
  method: "DELETE",
  path: "/v1/conversations/:conversationId/stars/:seq",
  summary: "Take a star back",
  tag: "Messages",
  params: byMessage,
  answers: { 204: { description: "It is not starred", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found", "rate_limited"],
});

export const starsPage = z.object({
  hits: z.array(z.object({ message, at: z.int() })),
  cursor: nextCursor,
  missing: z.array(missing).optional(),
});
export type StarsPage = z.infer<typeof starsPage>;

export const listStars = route({
  method: "GET",
  path: "/v1/stars",
  summary: "The user's starred messages, the newest star first; a page may be short or empty and have a cursor",
  tag: "Messages",
  query: listQuery,
  answers: { 200: { description: "A page", body: starsPage } },
  errors: ["unauthenticated", "bad_request"],
});

/**
 * What the user keeps of a conversation's messages for themself, ascending. `hidden`: the first and the last message of each stretch that they have hidden.
 * `marksVersion` is that of the row.
 */
export const marks = z.object({
  starred: z.array(z.int()),
  /** An answer without it comes from an older server. */
  hidden: z.array(z.object({ from: z.int(), to: z.int() })).default([]),
  cleared: cleared.optional(),
  marksVersion: z.int(),
});
export type Marks = z.infer<typeof marks>;

export const getMarks = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/marks",
  summary: "Which messages of the conversation the user has starred, and which they have hidden from themself",
  tag: "Messages",
  params: byConversation,
  answers: { 200: { description: "The marks", body: marks } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

export const putHidden = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/hidden",
  summary: "Hide messages from oneself on all one's devices, or show them again; nobody else sees it",
  tag: "Messages",
  params: byConversation,
  body: z.object({ seqs: z.array(z.int().min(1)).min(1).max(inboxHolds.hiddenAtOnceMax), on: z.boolean() }),
  answers: {
    200: { description: "They are hidden, or shown, from this version on", body: z.object({ marksVersion: z.int() }) },
  },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict", "rate_limited"],
});

/** `instead`: takes a deletion back, if it is still the last one. */
export const putCleared = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/cleared",
  summary: "Delete a chat for oneself up to a message; it leaves the list until something new is written",
  tag: "Messages",
  params: byConversation,
  body: z.object({ upTo: z.int().min(0), instead: z.int().min(0).optional() }),
  answers: { 200: { description: "The row as it is now", body: summary } },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict", "rate_limited"],
});
