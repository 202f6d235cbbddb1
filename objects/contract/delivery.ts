/** Owns what a conversation brings to the inbox of a member, and the answer to it. */
import type { ConversationId, DeviceId, Epoch, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../../schema/wire/conversation.ts";
import type { Role } from "../../schema/wire/message.ts";
import type { User } from "../../schema/wire/user.ts";

/** The fields of a message that an inbox needs, for its numbers and for the row's last message. */
export type MessageFacts = {
  seq: Seq;
  senderId: UserId;
  sentAt: TimeMs;
  /** At most `previewCodePointsMax`; empty once unsent. */
  preview: string;
  isUnsent: boolean;
  mentions: UserId[];
};

/** One item for a member's inbox and sockets; serialized once for all members. `by`: the user whose act it was, where that is known. */
export type DeliveryItem =
  /** A new message; `json` is the Message. After a gap, a message that was changed since comes only as a `change` at its last rev, and may be unknown to the receiver. */
  | { rev: Rev; kind: "message"; json: string; message: MessageFacts; by?: UserId }
  /** `json` is the fields of a change frame without braces and `type`: `"conversationId":…,"rev":…,"messages":[…],"notices":[…],"conversation":{…}`; `message` where a message changed. */
  | { rev: Rev; kind: "change"; json: string; message: MessageFacts | null; by?: UserId };

/** The conversation as this member sees it; sent whenever it changed after the rev that the member has acknowledged. */
export type MembershipFacts = {
  kind: ConversationKind;
  mode: ConversationMode;
  title: string | null;
  peer: User | null;
  role: Role;
  /** True when the member left or was removed: the row freezes. */
  hasLeft: boolean;
  joinedSeq: Seq;
  /** The rev at which this membership began. */
  joinedRev: Rev;
  /** Other members whom the notices of this delivery added: if this user blocks one of them, the conversation has to be told. */
  added: UserId[];
};

/**
 * From a conversation to one member: everything in `(sinceRev, rev]`. Repeats and overlaps are harmless.
 * A gap (`sinceRev` above the row's rev) is accepted only where a membership begins that the row does not know: `facts` are given with a
 * `joinedRev` above the row's rev and above `sinceRev`. Then the row starts anew at `facts.joinedSeq`, whatever it says of an earlier one.
 */
export type Delivery = {
  conversationId: ConversationId;
  epoch: Epoch;
  sinceRev: Rev;
  rev: Rev;
  headSeq: Seq;
  /** When the last thing in the conversation happened. */
  at: TimeMs;
  facts: MembershipFacts | null;
  items: readonly DeliveryItem[];
  /** This member's own watermarks. */
  read: Seq;
  delivered: Seq;
  /** Devices of this member that got the items on a live socket: their sync sockets get an `inbox` frame instead. */
  liveDevices: DeviceId[];
  /** Whole frames (receipt, typing) for sync sockets, of no lasting worth. */
  passing: string[];
  /** The member sent a receipt with `read` since the last delivery, even one that raised nothing: it clears `markedUnread`. */
  hasReceipt?: boolean;
  /** The stranger who brought this member in, as long as it is a request. */
  requestBy?: UserId;
  /** With facts of a membership that begins: the newest message before it, where the member may see it. */
  last?: MessageFacts | null;
  /** Calls that the same answer may confirm, as `deliverPacked` says. Who names it asks whether deliveries may come packed. */
  series?: number;
};

/** `rev`: the highest rev applied. Below the delivery's `sinceRev` it asks for what lies between. */
export type DeliveryAnswer = {
  rev: Rev;
  /** It could not be applied, for a fault on this side: try again later. */
  isFailed?: true;
  /** From now on deliveries may come packed. Said in answer to one that was not and has a `series`. */
  takesPacked?: true;
  /** The user has erased their account: nothing is applied, now or later, and this counts as delivered. */
  isGone?: true;
};
