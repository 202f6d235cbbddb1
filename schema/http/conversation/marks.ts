/** What is noted of messages: pins, which all members see, and stars, which only the user sees. */
import { z } from "zod";
import { userId } from "../../ids.ts";
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

/** What the user keeps of a conversation's messages for themself, ascending. `marksVersion` is that of the row. */
export const marks = z.object({ starred: z.array(z.int()), marksVersion: z.int() });
export type Marks = z.infer<typeof marks>;

export const getMarks = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/marks",
  summary: "Which messages of the conversation the user has starred",
  tag: "Messages",
  params: byConversation,
  answers: { 200: { description: "The marks", body: marks } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});
