/**
 * Owns the user's own reactions in frames of a large group. Such a frame is the same for everybody and names only some of those who reacted, so it may leave out
 * the user. Then the state that is held here says whether they had reacted, unless the frame says that they themselves have just changed it.
 */
import type { Message } from "../../schema/wire/message.ts";
import type { Poll } from "../../schema/wire/poll.ts";

/** The act that a frame brings, where it brings one alone. */
export interface ReactionAct {
  readonly by?: string | undefined;
  readonly emoji?: string | undefined;
  readonly on?: boolean | undefined;
  readonly vote?: readonly number[] | undefined;
}

/** The message of a frame. `held`: what is held of it. */
export function withOwnReactions(
  message: Message,
  held: Message | undefined,
  me: Message["senderId"],
  act: ReactionAct,
): Message {
  return withOwnVotes(withReactions(message, held, me, act), held, me, act);
}

/** The same of the votes of a poll. */
function withOwnVotes(message: Message, held: Message | undefined, me: Message["senderId"], act: ReactionAct): Message {
  const { poll } = message;
  if (poll === undefined) return message;
  const isOwn = (at: number): boolean =>
    act.by === me && act.vote !== undefined
      ? act.vote.includes(at)
      : held?.poll?.options[at]?.userIds.includes(me) === true;
  const isHidden = ({ count, userIds }: Poll["options"][number], at: number): boolean =>
    count > userIds.length && !userIds.includes(me) && isOwn(at);
  if (!poll.options.some(isHidden)) return message;
  const options = poll.options.map((each, at) =>
    isHidden(each, at) ? { ...each, userIds: [me, ...each.userIds.slice(0, -1)] } : each,
  );
  return { ...message, poll: { ...poll, options } };
}

function withReactions(
  message: Message,
  held: Message | undefined,
  me: Message["senderId"],
  act: ReactionAct,
): Message {
  const isOwn = ({ emoji }: { readonly emoji: string }): boolean =>
    act.by === me && act.emoji === emoji
      ? act.on === true
      : held?.reactions.some((each) => each.emoji === emoji && each.userIds.includes(me)) === true;
  const isHidden = (each: Message["reactions"][number]): boolean =>
    each.count > each.userIds.length && !each.userIds.includes(me) && isOwn(each);
  if (!message.reactions.some(isHidden)) return message;
  const reactions = message.reactions.map((each) =>
    isHidden(each) ? { ...each, userIds: [me, ...each.userIds.slice(0, -1)] } : each,
  );
  return { ...message, reactions };
}
