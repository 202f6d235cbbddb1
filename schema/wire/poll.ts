/**
 * A poll is a message: `poll` in place of `text` when it is sent. Its `text`, which the server makes of question and options, is what clients see that know no
 * polls. `{"type":"vote","ref","conversationId","seq","options"}` sets what a member chose, `{"type":"closePoll","ref","conversationId","seq"}` ends it.
 */
import { z } from "zod";
import { conversationId, seq, userId } from "../ids.ts";
import { limits } from "../limits.ts";
import { pollOption, pollQuestion } from "../text.ts";
import { ref } from "./ref.ts";

export const pollDraft = z
  .object({
    question: pollQuestion,
    options: z.array(pollOption).min(limits.pollOptionsMin).max(limits.pollOptionsMax),
    multiple: z.boolean().optional(),
  })
  .refine(({ options }) => new Set(options).size === options.length, {
    path: ["options"],
    message: "must differ from each other",
  });
export type PollDraft = z.infer<typeof pollDraft>;

/** `count`: how many members chose it. `userIds`: who they are; in a large group some of them. `closedAt`: since when nobody can vote. */
export const poll = z.object({
  question: z.string(),
  options: z.array(z.object({ text: z.string(), count: z.int(), userIds: z.array(userId) })),
  multiple: z.boolean(),
  closedAt: z.int().nullable(),
});
export type Poll = z.infer<typeof poll>;

/** By their places among the options; none: the member takes their vote back. */
export const chosenOptions = z
  .array(
    z
      .int()
      .min(0)
      .max(limits.pollOptionsMax - 1),
  )
  .max(limits.pollOptionsMax);

export const voteFrame = z.object({ type: z.literal("vote"), ref, conversationId, seq, options: chosenOptions });
export const closePollFrame = z.object({ type: z.literal("closePoll"), ref, conversationId, seq });
