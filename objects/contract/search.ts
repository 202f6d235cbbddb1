/** Owns the calls and answers between the gateway and the objects for a search, and for a list of mentions. */
import type { ConversationId, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";

/** Messages of a conversation before this place: those of an earlier time, and of the same time those of a smaller seq. */
export type Before = { at: TimeMs; seq: Seq };

export type SearchAsk = {
  q: string;
  senderId?: UserId | undefined;
  since?: TimeMs | undefined;
  until?: TimeMs | undefined;
  before: Before;
  /** How many hits are wanted. */
  limit: number;
};

/** `hits`: the newest first, their texts whole. `next`: the place before which the search goes on; null if nothing older is left here. */
export type SearchFound = { hits: Message[]; next: Before | null };

/** A message that mentions the user, and when it was sent. */
export type MentionPlace = { at: TimeMs; id: ConversationId; seq: Seq };

/** A place in a user's list of conversations, which is in order of their last activity. */
export type ListPlace = { id: ConversationId; at: TimeMs };

/** The conversations behind a place of the list that the user is in now. `next`: the place behind them; null at the end. */
export type Reachable = { ids: ConversationId[]; next: ListPlace | null };
