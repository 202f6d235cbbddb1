/**
 * Owns polls: what is stored of one, the text that stands for it, and the decisions on votes. A vote is stored as a reaction is, under a key that no emoji has,
 * so it is counted, delivered, archived and erased as reactions are, in small groups and large ones.
 */
import { type Refusal, refuse } from "../schema/errors.ts";
import type { TimeMs, UserId } from "../schema/ids.ts";
import type { Reaction } from "../schema/wire/message.ts";
import type { Poll, PollDraft } from "../schema/wire/poll.ts";
import { isVote, optionOf, voteKey } from "./vote-keys.ts";
import { changeFault, type ChangeDecision, type MessageChangeFacts, unsentRefusal } from "./send.ts";

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
export function pollText({ question, options }: Pick<PollDraft, "question"> & { readonly options: readonly string[] }): string {
  return [question, ...options.map((option) => `- ${option}`)].join("\n");
}

/** How a message is told in one line: of a poll its question. */
export function shortText({ text, poll }: { readonly text: string; readonly poll?: { readonly question: string } | null | undefined }): string {
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

/** `poll`: null where the message is none. `chosen`: what the member has chosen so far. */
export type VoteFacts = MessageChangeFacts & { readonly poll: StoredPoll | null; readonly chosen: readonly number[] };

/** How many members voted, as far as it can be told: of a large group whose members may choose several, at least so many. */
export function votersOf({ options, multiple }: Pick<Poll, "options" | "multiple">): number {
  const isNamed = options.every(({ count, userIds }) => count === userIds.length);
  if (isNamed) return new Set(options.flatMap(({ userIds }) => userIds)).size;
  const counts = options.map(({ count }) => count);
  return multiple ? Math.max(...counts) : counts.reduce((sum, count) => sum + count, 0);
}

/** Sets what a member chose. Once a poll is closed the same choice again is still no fault. */
export function decideVote(facts: VoteFacts, wanted: readonly number[]): ChangeDecision {
  const fault = pollFault(facts);
  if (fault !== undefined) return { do: "refuse", refusal: fault };
  const { poll, chosen } = facts;
  if (poll === null) return { do: "refuse", refusal: noPoll };
  if (wanted.some((option) => option >= poll.options.length)) return { do: "refuse", refusal: noOption };
  if (new Set(wanted).size !== wanted.length || (wanted.length > 1 && !poll.multiple))
    return { do: "refuse", refusal: onlyOne };
  const isSame = wanted.length === chosen.length && wanted.every((option) => chosen.includes(option));
  if (isSame) return { do: "nothing" };
  return poll.closedAt === null ? { do: "change" } : { do: "refuse", refusal: isClosed };
}

/** Its author closes a poll, for good. Again: the same answer, not a change. */
export function decideClose(facts: VoteFacts): ChangeDecision {
  const fault = pollFault(facts);
  if (fault !== undefined) return { do: "refuse", refusal: fault };
  if (facts.poll === null) return { do: "refuse", refusal: noPoll };
  if (facts.message?.senderId !== facts.by) return { do: "refuse", refusal: onlyAuthor };
  return facts.poll.closedAt === null ? { do: "change" } : { do: "nothing" };
}

/** The options that a member takes from and gives to, to come from one choice to another; what is taken comes first. */
export function stepsOf(chosen: readonly number[], wanted: readonly number[]): { option: number; isOn: boolean }[] {
  const taken = chosen.filter((option) => !wanted.includes(option));
  const given = wanted.filter((option) => !chosen.includes(option));
  return [...taken.map((option) => ({ option, isOn: false })), ...given.map((option) => ({ option, isOn: true }))];
}

/** What a member has chosen, of votes that name everybody who voted. */
export function chosenBy(userId: UserId, reactions: readonly { emoji: string; userIds: readonly UserId[] }[]): number[] {
  return reactions.flatMap(({ emoji, userIds }) => (isVote(emoji) && userIds.includes(userId) ? [optionOf(emoji)] : []));
}

function pollFault(facts: VoteFacts): Refusal | undefined {
  return changeFault(facts) ?? (facts.message?.unsentAt === null ? undefined : unsentRefusal);
}

const noPoll = refuse("bad_request", "seq: the message is no poll").refusal;
const noOption = refuse("bad_request", "options: there is no such option").refusal;
const onlyOne = refuse("bad_request", "options: one option, and each once").refusal;
const isClosed = refuse("conflict", "the poll is closed").refusal;
const onlyAuthor = refuse("forbidden", "only its author may close a poll").refusal;
