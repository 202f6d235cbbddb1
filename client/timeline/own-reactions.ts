/**
 * Owns the user's own reactions in frames of a large group. Such a frame is the same for everybody and names only some of those who reacted, so it may leave out
 * the user. Then the state that is held here says whether they had reacted, unless the frame says that they themselves have just changed it.
 */
import type { Message } from "../../schema/wire/message.ts";

/** The act that a frame brings, where it brings one alone. */
export interface ReactionAct {
  readonly by?: string | undefined;
  readonly emoji?: string | undefined;
  readonly on?: boolean | undefined;
}

/** The message of a frame. `held`: what is held of it. */
export function withOwnReactions(
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
