/** Polls: voting, closing, and who voted. A poll is sent as any message is. */
import { z } from "zod";
import { limits } from "../../limits.ts";
import { message } from "../../wire/message.ts";
import { chosenOptions } from "../../wire/poll.ts";
import { user } from "../../wire/user.ts";
import { byMessage } from "./messages.ts";
import { listQuery, nextCursor, queryCounter, route } from "../route.ts";

export const putVote = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/messages/:seq/vote",
  summary: "Choose among the options of a poll, in place of what one chose before; none takes the vote back",
  tag: "Messages",
  params: byMessage,
  body: z.object({ options: chosenOptions }),
  answers: { 200: { description: "The message", body: message } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "rate_limited"],
});

export const closePoll = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/messages/:seq/closed",
  summary: "Close an own poll, for good",
  tag: "Messages",
  params: byMessage,
  answers: { 200: { description: "The message", body: message } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "rate_limited"],
});

export const votersQuery = z.object({
  ...listQuery.shape,
  option: queryCounter.pipe(z.int().max(limits.pollOptionsMax - 1)),
});

export const votersPage = z.object({ voters: z.array(user), cursor: nextCursor });
export type VotersPage = z.infer<typeof votersPage>;

export const listVoters = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/messages/:seq/voters",
  summary: "Who chose an option of a poll, in the order in which they did",
  tag: "Messages",
  params: byMessage,
  query: votersQuery,
  answers: { 200: { description: "A page", body: votersPage } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});
