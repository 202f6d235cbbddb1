/** Owns a delivery from a conversation to the inbox of a member, and the answer to it. */
import type { ConversationId, DeviceId, Epoch, Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { AttachmentLabel } from "../../../schema/wire/attachment.ts";
import type { ConversationKind, ConversationMode } from "../../../schema/wire/conversation.ts";
import type { Role } from "../../../schema/wire/message.ts";
import type { User } from "../../../schema/wire/user.ts";

/** The fields of a message that an inbox needs, for its numbers and for the row's last message. */
export type MessageFacts = {
  seq: Seq;
  senderId: UserId;
  sentAt: TimeMs;
  /** At most `previewCodePointsMax`; empty once unsent. */
  preview: string;
  isUnsent: boolean;
  mentions: UserId[];
  /** Who wrote the message that it answers; absent where it answers none, and where that is not known. */
  answers?: UserId;
  /** Absent where it has none. Their names together have at most `attachmentNamesCodePointsMax`. */
  attachments?: AttachmentLabel[];
};

/** One item for a member's inbox and sockets; serialized once for all members. `by`: the user who caused it, if that is known. `bytes`: of `json`, once they were counted. */
export type DeliveryItem = { bytes?: number } & DeliveredItem;

type DeliveredItem =
  /** A new message; `json` is the Message. After a gap, a message that was changed since comes only as a `change` at its last rev, and may be unknown to the receiver. */
  | { rev: Rev; kind: "message"; json: string; message: MessageFacts; by?: UserId }
  /** `json` is the fields of a change frame without braces and `type`: `"conversationId":…,"rev":…,"messages":[…],"notices":[…],"conversation":{…}`; `message` if a message changed. `since`: on live sockets, the rev before those that this change gathers. */
  | { rev: Rev; kind: "change"; json: string; message: MessageFacts | null; by?: UserId; since?: Rev };

/** The conversation as this member sees it; sent whenever it changed after the rev that the member has acknowledged. */
export type MembershipFacts = {
  kind: ConversationKind;
  mode: ConversationMode;
  title: string | null;
  /** The picture of a group, as this member may see it. */
  avatarUrl?: string | null;
  peer: User | null;
  role: Role;
  /** True when the member left or was removed: the row freezes. */
  hasLeft: boolean;
  joinedSeq: Seq;
  /** The rev at which this membership began. */
  joinedRev: Rev;
  /** Other members whom the notices of this delivery added. If this user blocks one of them, the user's object reports that to the conversation. */
  added: UserId[];
};

/**
 * From a conversation to one member: everything in `(sinceRev, rev]`. Repeats and overlaps are harmless.
 * A gap (`sinceRev` above the row's rev) is accepted only if a membership begins that the row does not know: then `facts` have a
 * `joinedRev` above the row's rev and above `sinceRev`. The row starts anew at `facts.joinedSeq`, whatever it had of an earlier membership.
 */
export type Delivery = {
  conversationId: ConversationId;
  epoch: Epoch;
  sinceRev: Rev;
  rev: Rev;
  headSeq: Seq;
  /** When the last message or notice of the conversation came. */
  at: TimeMs;
  facts: MembershipFacts | null;
  items: readonly DeliveryItem[];
  /** This member's own watermarks. */
  read: Seq;
  delivered: Seq;
  /** Devices of this member that received the items on a live socket. Their sync sockets receive an `inbox` frame instead. */
  liveDevices: readonly DeviceId[];
  /** Whole frames (receipt, typing) for sync sockets. They are not stored. */
  passing: string[];
  /** The member sent a receipt with `read` since the last delivery, even one that raised no watermark: it clears `markedUnread`. */
  hasReceipt?: boolean;
  /** The stranger who brought this member in, while the conversation is a request. */
  requestBy?: UserId;
  /** With facts of a membership that begins: the newest message before it, if the member may see it. */
  last?: MessageFacts | null;
  /** Calls of the same series may be confirmed by one answer (see `deliverPacked`). A call with a series also asks whether the inbox accepts packed deliveries. */
  series?: number;
  /** This call could not carry everything. The conversation makes the next one when this one is answered, so the inbox writes it at once. */
  hasMore?: true;
};

/** `rev`: the highest rev that the row has. If it is below the delivery's `sinceRev`, the inbox asks for the changes in between. */
export type DeliveryAnswer = {
  rev: Rev;
  /** The delivery could not be applied, because of a fault in the user's object: repeat it later. */
  isFailed?: true;
  /** The inbox accepts packed deliveries. This is in the answer to a delivery that was not packed and has a `series`. */
  takesPacked?: true;
  /** A push of this conversation waits to be sent: what the user reads now, on whatever socket, is to be delivered at once. */
  hasPush?: true;
  /** The user has erased their account: nothing is applied, now or later, and this counts as delivered. */
  isGone?: true;
};
