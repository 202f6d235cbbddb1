/** What is noted of messages: pins, which all members see. */
import { z } from "zod";
import { userId } from "../ids.ts";
import { message } from "../wire/message.ts";
import { byConversation } from "./conversations.ts";
import { byMessage } from "./messages.ts";
import { listQuery, nextCursor, route } from "./route.ts";
import { missing } from "./search.ts";

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
