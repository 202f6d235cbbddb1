/**
 * Owns the reactions of a message as a large group has them: of each emoji the number of members who chose it, and the first of these. All of them are stored
 * beside the message. A message from when the group was small may still name everybody.
 */
import { largeGroups } from "../../schema/bounds/large-groups.ts";
import type { Seq, UserId } from "../../schema/ids.ts";
import type { MessageRow, StoredReaction } from "../stored-message.ts";

/** A member among those who chose something, and when they did so among them. */
export type ChosenPlace = { place: number; userId: UserId };

/** With the numbers, and no more names than a large group shows. */
export function counted(reactions: readonly StoredReaction[]): StoredReaction[] {
  return reactions.map(({ emoji, userIds, count = userIds.length }) => ({
    emoji,
    count,
    userIds: userIds.slice(0, largeGroups.reactionUserIdsMax),
  }));
}

/** The reactions after a member who has not chosen the emoji chooses it, or one who has chosen it does so no more. `others`: the first of those who stay. */
export function withCounted(
  reactions: readonly StoredReaction[],
  by: UserId,
  { emoji, isOn }: { emoji: string; isOn: boolean },
  others: () => readonly UserId[],
): StoredReaction[] {
  const before = counted(reactions);
  if (!before.some((reaction) => reaction.emoji === emoji))
    return isOn ? [...before, { emoji, count: 1, userIds: [by] }] : before;
  const change = (reaction: StoredReaction): StoredReaction => {
    const { count = 0, userIds } = reaction;
    if (isOn) return { emoji, count: count + 1, userIds: [...userIds, by].slice(0, largeGroups.reactionUserIdsMax) };
    return { emoji, count: count - 1, userIds: userIds.includes(by) ? [...others()] : userIds };
  };
  return before
    .map((reaction) => (reaction.emoji === emoji ? change(reaction) : reaction))
    .filter(({ count }) => count !== 0);
}

/** As one reader gets them: the reader first, where they chose the emoji. */
export function ownFirst(
  reactions: readonly StoredReaction[],
  reader: UserId,
  own: ReadonlySet<string>,
): StoredReaction[] {
  return counted(reactions).map((reaction, at) => {
    const isOwn = own.has(reaction.emoji) || (reactions[at]?.userIds.includes(reader) ?? false);
    if (!isOwn) return reaction;
    const others = reaction.userIds.filter((userId) => userId !== reader);
    return { ...reaction, userIds: [reader, ...others].slice(0, largeGroups.reactionUserIdsMax) };
  });
}

/** Of a large group: who reads, and which emojis they chose on which messages, for a message names only some of those who did. */
export type ReaderReactions = { reader: UserId; own: { seq: Seq; emojis: string[] }[] };

/** How this reader gets messages. Where nothing is known of a reader the group is small, and its messages name everybody. */
export function shownTo(reactions: ReaderReactions | undefined): <Row extends MessageRow>(row: Row) => Row {
  if (reactions === undefined) return (row) => row;
  const own = new Map(reactions.own.map(({ seq, emojis }) => [seq, new Set(emojis)]));
  return (row) => ({ ...row, reactions: ownFirst(row.reactions, reactions.reader, own.get(row.seq) ?? none) });
}

const none: ReadonlySet<string> = new Set();
