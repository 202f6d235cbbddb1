/** Search over one conversation or all of the user's, and the messages that mention the user. */
import { z } from "zod";
import { conversationId, userId } from "../ids.ts";
import { searchLimits } from "../search-limits.ts";
import { codePoints } from "../text.ts";
import { message } from "../wire/message.ts";
import { limitOf, listQuery, nextCursor, queryInteger, route } from "./route.ts";

/** A search's cursor names two places, and so is longer than those of lists. */
const cursor = z.string().min(1).max(400).optional();
const limit = limitOf(searchLimits.searchPageMax, searchLimits.searchPageDefault);

export const searchCallQuery = z.object({
  q: z
    .string()
    .min(1)
    .refine(
      (q) =>
        q.length <= 2 * searchLimits.searchQueryCodePointsMax && codePoints(q) <= searchLimits.searchQueryCodePointsMax,
      `must be at most ${searchLimits.searchQueryCodePointsMax} code points`,
    ),
  conversationId: conversationId.optional(),
  senderId: userId.optional(),
  since: queryInteger.optional(),
  until: queryInteger.optional(),
  limit,
  cursor,
});
export type SearchCallQuery = z.infer<typeof searchCallQuery>;

/** Half-open ranges in code points of the whole text, where the message may carry only its beginning. */
export const hit = z.object({ message, highlights: z.array(z.tuple([z.int(), z.int()])) });
export type Hit = z.infer<typeof hit>;

/** What could not be looked at now: a conversation that did not answer, or messages of its archive that cannot be read. */
export const missing = z.object({ conversationId, from: z.int().optional(), to: z.int().optional() });
export type Missing = z.infer<typeof missing>;

export const searchPage = z.object({
  hits: z.array(hit),
  cursor: nextCursor,
  missing: z.array(missing).optional(),
});
export type SearchPage = z.infer<typeof searchPage>;

export const mentionsPage = z.object({
  hits: z.array(z.object({ message })),
  cursor: nextCursor,
  missing: z.array(missing).optional(),
});
export type MentionsPage = z.infer<typeof mentionsPage>;

export const mentions = route({
  method: "GET",
  path: "/v1/mentions",
  summary: "Messages of others that mention the user, newest first; a page may be short or empty and have a cursor",
  tag: "Messages",
  query: listQuery,
  answers: { 200: { description: "A page", body: mentionsPage } },
  errors: ["unauthenticated", "bad_request"],
});

export const search = route({
  method: "GET",
  path: "/v1/search",
  summary:
    "Messages in which all words of `q` occur, newest first, of one conversation or of all; an empty page with a cursor means: not finished, ask on",
  tag: "Messages",
  query: searchCallQuery,
  answers: { 200: { description: "A page", body: searchPage } },
  errors: ["unauthenticated", "bad_request", "not_found", "rate_limited"],
});
