/** Owns the calls and answers between the gateway and the objects for a search, for a list of mentions, and for what the user keeps of single messages. */
import type { Hides } from "../../core/marks/hidden.ts";
import type { ConversationId, Rev, Seq, TimeMs, UserId, Version } from "../../schema/ids.ts";
import type { LastMessage, Summary } from "../../schema/wire/inbox.ts";
import type { IndexName, SegmentName } from "./archive.ts";
import type { Marks } from "../../schema/http/conversation/marks.ts";
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
  /** `messages`: search the messages that the object holds. `archive`: name the groups of the archive. */
  part: "messages" | "archive" | "both";
};

/** A group of segments in which the search goes on. All of it lies before a place. `group` below 0, and `index` null: segments without an index. */
export type GroupToSearch = { group: number; index: IndexName | null; slots: number; before: Before };

/** A segment in which the search goes on. `held`: those of its messages that the object has as rows, because they have changed. */
export type SegmentToSearch = { name: SegmentName; before: Before; held: Seq[] };

/**
 * `hits`: the newest first, their texts whole. `next`: the place before which the search goes on; null if nothing older is left here. `groups`: the
 * groups of the archive in which the search goes on. `older`: the place before which the archive has more groups.
 */
export type SearchFound = { hits: Message[]; next: Before | null; groups: GroupToSearch[]; older: Before | null };

/** Asks for the segments of a group in these slots, or for all of them if `slots` is null, that have messages before a place and not before `since`. */
export type SegmentsAsk = { group: number; slots: number[] | null; before: Before; since: TimeMs };

/** The segments to read. The viewer may not see messages up to `after`. */
export type SegmentsToSearch = { after: Seq; segments: SegmentToSearch[] };

/** Messages as lists carry them. `away`: the segments that hold the others. */
export type MessagesFound = { messages: Message[]; away: { segment: SegmentName; seqs: Seq[] }[] };

/** A message that mentions the user, and when it was sent. */
export type MentionPlace = { at: TimeMs; id: ConversationId; seq: Seq };

/** A place in a user's list of conversations, which is in order of their last activity. */
export type ListPlace = { id: ConversationId; at: TimeMs };

/** The conversations behind a place of the list that the user is in now. `next`: the place behind them; null at the end. */
export type Reachable = { ids: ConversationId[]; next: ListPlace | null };

/** The caller has seen that the user may see the message that is starred. */
export type MarksAsk =
  | { do: "star"; conversationId: ConversationId; seq: Seq; isOn: boolean }
  | { do: "list stars"; after: MentionPlace | null; limit: number }
  | { do: "list marks"; conversationId: ConversationId }
  | { do: "hide"; conversationId: ConversationId; seqs: Seq[]; isOn: boolean }
  /** `rev`: the head of the conversation when these were read, the newest first. */
  | { do: "show last"; conversationId: ConversationId; rev: Rev; newest: LastMessage[] }
  | { do: "clear"; conversationId: ConversationId; upTo: Seq; instead?: Seq | undefined }
  | { do: "list hides"; ids: ConversationId[] };

/**
 * `owed`: what the caller does next. `read`: the large group learns that the user has read so far, because it counts what is unread. `last`: the newest
 * message is hidden, so the row needs the one before it that is shown.
 */
export type MarksAnswer = {
  places?: MentionPlace[];
  marks?: Marks;
  /** Devices that know the marks of this version know what was done. */
  marksVersion?: Version;
  summary?: Summary;
  hides?: HidesIn[];
  owed?: { read?: Seq; last?: Seq };
};

/** What the user has hidden of a conversation; conversations of which they have hidden nothing are left out. */
export type HidesIn = { id: ConversationId; hides: Hides };
