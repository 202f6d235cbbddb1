/** Owns the row of a large group in one member's inbox, as the conversation works it out when it is asked. */
import type { ConversationId, DeviceId, Epoch, Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../../../schema/wire/conversation.ts";
import type { Role } from "../../../schema/wire/message.ts";
import type { DeliveryItem, MessageFacts } from "./delivery.ts";

/**
 * The row at a moment. Of two states the one with the greater `membership` is newer, of the same membership the one with the greater `rev`; `read` only rises
 * within a membership. `unread` and `mentionsUnread` are exact up to `unreadMax`.
 */
export type PulledRow = {
  conversationId: ConversationId;
  epoch: Epoch;
  /** The number of the last beginning or end of this membership. Most of these take no rev. */
  membership: number;
  rev: Rev;
  headSeq: Seq;
  at: TimeMs;
  /** The newest message that the member may see. */
  last: MessageFacts | null;
  kind: ConversationKind;
  mode: ConversationMode;
  title: string | null;
  /** The picture of the group, as this member may see it. */
  avatarUrl?: string | null;
  role: Role;
  /** The member left or was removed: the row freezes, as the conversation was then. */
  hasLeft: boolean;
  joinedSeq: Seq;
  joinedRev: Rev;
  read: Seq;
  unread: number;
  mentionsUnread: number;
  /** The stranger who brought the member in, while the conversation is a request. */
  requestBy: UserId | null;
  /** The membership began while the group was small: if the inbox has no row of it yet, all its messages are pushed. */
  isFromSmall?: true;
};

/** What an inbox has of a row. */
export type RowKnown = Pick<PulledRow, "membership" | "rev" | "read">;

/** What one member is to receive: their row, the messages that concern them, and those that are only pushed, because they want all of them, with later changes of these. */
export type DueRow = {
  userId: UserId;
  row: PulledRow;
  items: DeliveryItem[];
  pushes?: DeliveryItem[];
  /** As in the delivery. */
  liveDevices: readonly DeviceId[];
};

/** A member's inbox has this state of its row durably. `wantsAll`, `wantsAt`: as it answered. */
export type DeliveredRow = { userId: UserId; membership: number; rev: Rev; wantsAll?: boolean; wantsAt?: TimeMs };

/**
 * From a large group to one member: their row, and the messages that concern them and were not confirmed yet, in the order of their revs, or later changes of
 * such messages. Repeats are harmless: an older state of the row changes nothing, and a message that came is dropped.
 */
export type RowDelivery = {
  row: PulledRow;
  items: readonly DeliveryItem[];
  /** Messages that make no frames, only pushes: the member wants all of them. And their later changes, for pushes that wait. */
  pushes?: readonly DeliveryItem[];
  /** Devices of this member that received the items on a live socket. Their sync sockets receive the row alone. */
  liveDevices?: readonly DeviceId[];
  /** Whole frames (typing) for sync sockets. They are not stored. */
  passing?: string[];
  /** The member sent a receipt since the last delivery, even one that raised no watermark: it clears `markedUnread`. */
  hasReceipt?: true;
};

/** Given when what was delivered is on disk. */
export type RowAnswer = {
  /** Nothing was applied, because of a fault in the user's object: it stays due. */
  isFailed?: true;
  /** The user has erased their account: this counts as delivered. */
  isGone?: true;
  /** No device looks: the inbox asks when one does, and need not receive it until then. */
  isUnwatched?: true;
  /** Whether all messages of this group are to be pushed (`notify: "all"`, and some device is subscribed). Absent: as before. */
  wantsAll?: boolean;
  /** When that was so, by the clock of the user's object: an older answer does not end what a newer one began. */
  wantsAt?: TimeMs;
};
