/**
 * Owns polls: what is stored of one, the text that stands for it, and how it is shown. A vote is stored as a reaction is, under a key that no emoji has, so it
 * is counted, delivered, archived and erased as reactions are, in small groups and large ones.
 */
import type { TimeMs } from "../../schema/ids.ts";
import type { Reaction } from "../../schema/wire/message.ts";
import type { Poll, PollDraft } from "../../schema/wire/poll.ts";
import { voteKey } from "./vote-keys.ts";

/** `votes` are among the reactions of the message. */
export type StoredPoll = {
  readonly question: string;
  readonly options: readonly string[];
  readonly multiple: boolean;
  readonly closedAt: TimeMs | null;
};

export function storedPoll({ question, options, multiple = false }: PollDraft): StoredPoll {
  return { question, options, multiple, closedAt: null };
}

/** What clients show that know no polls. It is the body of the message: what the chain covers, and what a search finds. */
export function pollText({
  question,
  options,
}: Pick<PollDraft, "question"> & { readonly options: readonly string[] }): string {
  return [question, ...options.map((option) => `- ${option}`)].join("\n");
}

/** How a message is told in one line: of a poll its question. */
export function shortText({
  text,
  poll,
}: {
  readonly text: string;
  readonly poll?: { readonly question: string } | null | undefined;
}): string {
  return poll == null ? text : `📊 ${poll.question}`;
}

/** The poll as it goes out, with its votes. */
export function shownPoll({ question, options, multiple, closedAt }: StoredPoll, reactions: readonly Reaction[]): Poll {
  const votes = new Map(reactions.map((reaction) => [reaction.emoji, reaction]));
  return {
    question,
    options: options.map((text, option) => {
      const { count = 0, userIds = [] } = votes.get(voteKey(option)) ?? {};
      return { text, count, userIds };
    }),
    multiple,
    closedAt,
  };
}

/** How many members voted, as far as it can be told: of a large group whose members may choose several, at least so many. */
export function votersOf({ options, multiple }: Pick<Poll, "options" | "multiple">): number {
  const isNamed = options.every(({ count, userIds }) => count === userIds.length);
  if (isNamed) return new Set(options.flatMap(({ userIds }) => userIds)).size;
  const counts = options.map(({ count }) => count);
  return multiple ? Math.max(...counts) : counts.reduce((sum, count) => sum + count, 0);
}
