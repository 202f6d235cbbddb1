/** Owns the decisions on votes and on closing a poll, and how a member comes from one choice to another. */
import { type Refusal, refuse } from "../../schema/errors.ts";
import type { UserId } from "../../schema/ids.ts";
import type { StoredPoll } from "../polls/poll.ts";
import { isVote, optionOf } from "../polls/vote-keys.ts";
import { changeFault, type ChangeDecision, type MessageChangeFacts, unsentRefusal } from "../send.ts";

/** `poll`: null where the message is none. `chosen`: what the member has chosen so far. */
export type VoteFacts = MessageChangeFacts & { readonly poll: StoredPoll | null; readonly chosen: readonly number[] };

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
export function chosenBy(
  userId: UserId,
  reactions: readonly { emoji: string; userIds: readonly UserId[] }[],
): number[] {
  return reactions.flatMap(({ emoji, userIds }) =>
    isVote(emoji) && userIds.includes(userId) ? [optionOf(emoji)] : [],
  );
}

function pollFault(facts: VoteFacts): Refusal | undefined {
  return changeFault(facts) ?? (facts.message?.unsentAt === null ? undefined : unsentRefusal);
}

const noPoll = refuse("bad_request", "seq: the message is no poll").refusal;
const noOption = refuse("bad_request", "options: there is no such option").refusal;
const onlyOne = refuse("bad_request", "options: one option, and each once").refusal;
const isClosed = refuse("conflict", "the poll is closed").refusal;
const onlyAuthor = refuse("forbidden", "only its author may close a poll").refusal;
