/** Owns what a user's object and the consumer of the push queue say to each other. A hint in the queue is `{ userId }`. */
import type { ConversationId, DeviceId, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { AttachmentLabel } from "../../schema/wire/attachment.ts";
import type { ConversationKind } from "../../schema/wire/conversation.ts";

/** A browser's address for pushes. `keyId`: names the server's VAPID key with which it was made. */
export type WebAddress = { via: "web"; endpoint: string; p256dh: string; auth: string; keyId: string };

/** The address of a native app. */
export type FcmAddress = { via: "fcm"; token: string };

export type PushAddress = WebAddress | FcmAddress;

/** An address as its user may read it: the endpoint or the token, without keys. */
export type KnownAddress = { deviceId: DeviceId; via: PushAddress["via"]; address: string };

/** A device that subscribes, and its address. */
export type PushTarget = PushAddress & { deviceId: DeviceId };

/**
 * A notification that is due. What must not be shown is left out already: with `isHidden` there is neither body nor title nor attachments. The name of a group's sender is
 * looked up by the consumer. A summary stands for `count` messages, of which `seq` is the newest. `deviceIds`: the devices that have not got it.
 */
export type DuePush = {
  conversationId: ConversationId;
  seq: Seq;
  senderId: UserId;
  sentAt: TimeMs;
  kind: "message" | "summary";
  count?: number;
  chat: ConversationKind;
  /** The group's title, or the name of the other one in a direct chat. */
  title: string | null;
  body: string;
  /** Absent where the message has none, or they are not to be shown. */
  attachments?: AttachmentLabel[];
  isHidden: boolean;
  /** It mentions the user, or answers a message of theirs. */
  isMention: boolean;
  deviceIds: DeviceId[];
};

/** `badge`: the unread messages of all conversations but requests. `due`: the oldest first, not all if there are many. */
export type DuePushes = { userId: UserId; badge: number; locale: string; targets: PushTarget[]; due: DuePush[] };

/** One push: of a message, or of the summary whose newest message this is, to a device. */
export type OnePush = { conversationId: ConversationId; seq: Seq; deviceId: DeviceId };

/** `gone`: the address is no more. `later`: the push stays due, and the consumer tries it again with a later hint, as all others of that device. `dropped`: it is given up. */
export type PushOutcome = "sent" | "gone" | "later" | "dropped";

/** What became of pushes at devices. `endpointHash`: the `addressHash` of the address that is gone; a newer one stays. */
export type PushReport = (OnePush & { endpointHash?: string; outcome: PushOutcome })[];

/** A push that was given up, as a dead letter names it. It may be wanted after all. `isMention`: as in `DuePush`; absent where it is none. */
export type GivenUp = OnePush & { isMention?: boolean };
