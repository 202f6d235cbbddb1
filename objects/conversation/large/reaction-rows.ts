/**
 * Owns who reacted to the messages of a large group: a row for each member, emoji and message. The message's own row has the numbers and the first names, which
 * all get. A message from when the group was small names everybody, and has no rows until somebody reacts to it again.
 */
import {
  type ChosenPlace,
  ownFirst,
  type ReaderReactions,
  withCounted,
} from "../../../core/reads/counted-reactions.ts";
import type { MessageRow, StoredReaction } from "../../../core/stored-message.ts";
import { isVote } from "../../../core/polls/vote-keys.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { Rev, Seq, UserId } from "../../../schema/ids.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";

export type React = { by: UserId; emoji: string; isOn: boolean };

export class ReactionRows {
  readonly #db: Reader;

  constructor(db: Reader) {
    this.#db = db;
  }

  /** The reactions of the message after this one; undefined where nothing changes. */
  after(message: MessageRow, { by, emoji, isOn }: React): StoredReaction[] | undefined {
    const present = message.reactions.find((reaction) => reaction.emoji === emoji);
    const has = isNamedByAll(present) ? present.userIds.includes(by) : this.#has(message.seq, emoji, by);
    if (has === isOn) return undefined;
    return withCounted(message.reactions, by, { emoji, isOn }, () =>
      isNamedByAll(present)
        ? present.userIds.filter((userId) => userId !== by).slice(0, largeGroups.reactionUserIdsMax)
        : this.#first(message.seq, emoji, by),
    );
  }

  /** The keys of the votes of a member on a poll. */
  votesOf({ seq, reactions }: MessageRow, userId: UserId): string[] {
    const own = this.ownIn(userId, seq, seq).get(seq) ?? new Set<string>();
    const named = reactions.filter((each) => isNamedByAll(each) && each.userIds.includes(userId));
    return [...new Set([...own, ...named.map(({ emoji }) => emoji)])].filter(isVote);
  }

  /** Who chose this, in the order in which they did, behind a place. A message from when the group was small names everybody itself. */
  chosen(seq: Seq, emoji: string, after: ChosenPlace | null, limit: number): ChosenPlace[] {
    const { place, userId } = after ?? { place: Number.MIN_SAFE_INTEGER, userId: "" };
    return this.#db
      .all<{ place: number; user_id: UserId }>(
        `SELECT place, user_id FROM large_reactions WHERE seq = ? AND emoji = ? AND (place, user_id) > (?, ?)
         ORDER BY place, user_id LIMIT ?`,
        seq,
        emoji,
        place,
        userId,
        limit,
      )
      .map((row) => ({ place: row.place, userId: row.user_id }));
  }

  /** Writes a reaction that changes something. `rev`: at which it was made. */
  write(tx: Transactor, message: MessageRow, { by, emoji, isOn }: React, rev: Rev): void {
    const { seq } = message;
    this.spread(tx, message);
    if (isOn)
      tx.run("INSERT INTO large_reactions (seq, emoji, place, user_id) VALUES (?, ?, ?, ?)", seq, emoji, rev, by);
    else tx.run("DELETE FROM large_reactions WHERE user_id = ? AND seq = ? AND emoji = ?", by, seq, emoji);
  }

  /** Writes the rows of reactions from when the group was small. */
  spread(tx: Transactor, { seq, reactions }: MessageRow): void {
    for (const reaction of reactions)
      if (isNamedByAll(reaction))
        tx.run(
          "INSERT OR IGNORE INTO large_reactions (seq, emoji, place, user_id) SELECT ?, ?, key - 1000, value FROM json_each(?)",
          seq,
          reaction.emoji,
          JSON.stringify(reaction.userIds),
        );
  }

  /** The reactions of a message without those of a user, whose rows go. */
  erase(tx: Transactor, message: MessageRow, userId: UserId): StoredReaction[] {
    let { reactions } = message;
    for (const { emoji } of message.reactions) {
      const react = { by: userId, emoji, isOn: false };
      const rest = this.after({ ...message, reactions }, react);
      if (rest === undefined) continue;
      this.write(tx, { ...message, reactions }, react, message.rev);
      reactions = rest;
    }
    return reactions;
  }

  /** The message was unsent. */
  drop(tx: Transactor, seq: Seq): void {
    tx.run("DELETE FROM large_reactions WHERE seq = ?", seq);
  }

  /** What a member chose, by message, in a stretch of them. */
  ownIn(userId: UserId, from: Seq, to: Seq): Map<Seq, Set<string>> {
    const own = new Map<Seq, Set<string>>();
    const rows = this.#db.all<{ seq: number; emoji: string }>(
      "SELECT seq, emoji FROM large_reactions WHERE user_id = ? AND seq BETWEEN ? AND ?",
      userId,
      from,
      to,
    );
    for (const { seq, emoji } of rows) {
      const emojis = own.get(seq);
      if (emojis === undefined) own.set(seq, new Set([emoji]));
      else emojis.add(emoji);
    }
    return own;
  }

  /** The same, for whoever makes the messages of these segments for this reader. */
  ofReader(reader: UserId, segments: readonly { first: Seq; last: Seq }[]): ReaderReactions {
    const own = segments.flatMap(({ first, last }) => [...this.ownIn(reader, first, last)]);
    return { reader, own: own.map(([seq, emojis]) => ({ seq, emojis: [...emojis] })) };
  }

  /** The message as one reader gets it. */
  shownTo(reader: UserId, row: MessageRow): MessageRow {
    if (row.reactions.length === 0) return row;
    const own = this.ownIn(reader, row.seq, row.seq).get(row.seq) ?? new Set();
    return { ...row, reactions: ownFirst(row.reactions, reader, own) };
  }

  #has(seq: Seq, emoji: string, userId: UserId): boolean {
    return (
      this.#db.first(
        "SELECT 1 FROM large_reactions WHERE user_id = ? AND seq = ? AND emoji = ?",
        userId,
        seq,
        emoji,
      ) !== undefined
    );
  }

  #first(seq: Seq, emoji: string, but: UserId): UserId[] {
    return this.#db
      .all<{ user_id: string }>(
        "SELECT user_id FROM large_reactions WHERE seq = ? AND emoji = ? AND user_id <> ? ORDER BY place LIMIT ?",
        seq,
        emoji,
        but,
        largeGroups.reactionUserIdsMax,
      )
      .map((row) => row.user_id as UserId);
  }
}

/** Whether the message's own row names everybody who chose the emoji, because they did so while the group was small. */
function isNamedByAll(reaction: StoredReaction | undefined): reaction is StoredReaction {
  return reaction !== undefined && reaction.count === undefined;
}
