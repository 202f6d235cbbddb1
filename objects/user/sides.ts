/**
 * Owns the seams between the four sides of a UserObject: the account side (who this is, devices, people), the presence side (who is
 * online, who watches whom), the inbox side (conversations, sockets) and the push side (which devices are notified). Each sees the others through these interfaces only; object.ts composes them.
 */
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import type { Status } from "../../core/presence.ts";
import type { NewPush } from "../../core/push/pushes.ts";
import type { Outcome } from "../../schema/errors.ts";
import type { ConversationId, DeviceId, Rev, TimeMs, UserId } from "../../schema/ids.ts";
import type { SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { Settings } from "../../schema/http/account/me.ts";
import type { NewDevice } from "../../schema/security/new-devices.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Presence } from "../../schema/wire/presence.ts";
import type { User } from "../../schema/wire/user.ts";
import type { AlarmHandlers } from "../shared/platform/alarms.ts";
import type { KnownPage } from "../contract/bringing.ts";
import type { ExportRows } from "../contract/transfer/exporting.ts";
import type { Delivery, DeliveryAnswer } from "../contract/delivery/delivery.ts";
import type { PackedDelivery } from "../contract/delivery/packed-delivery.ts";
import type { RowAnswer, RowDelivery } from "../contract/delivery/pulled-row.ts";
import type { Seen } from "../contract/presence.ts";
import type { DuePush, DuePushes, GivenUp, KnownAddress, OnePush, PushAddress, PushReport } from "../contract/push.ts";
import type { MarksAnswer, MarksAsk, ListPlace, MentionPlace, Reachable } from "../contract/search.ts";
import type { UserTransactor } from "./effects.ts";
import type { SyncSocket } from "./sync-sockets.ts";
import type { ListedConversation } from "./member-changes.ts";

/** What the other sides ask of the account side. All of it is synchronous. */
export interface AccountSide {
  /** The user whose object this is. It has an id even where there is no account. */
  userId(): UserId;
  /** The public profile; undefined where there is no account. */
  user(): User | undefined;
  settings(): Settings;
  /** Whether the account was erased. Then there is no inbox, and never will be. */
  isErased(): boolean;
  /** A conversation still has the user as a member, although the account was erased. A durable task reports the erasure to it. */
  noteGone(conversation: ConversationId): void;
  /** Whether the device is signed in. */
  isDeviceKnown(device: DeviceId): boolean;
  /** The devices that this one is to show as new. */
  newDevices(to: DeviceId): NewDevice[];
  /** Whether this user blocks that one. */
  isBlocked(userId: UserId): boolean;
  /** Whether this user has put that one into their contacts. */
  hasContact(userId: UserId): boolean;
  /**
   * Call in the transaction that makes a row of the inbox, or brings a left one back, and for every delivery whose facts name
   * members added. A durable task sends the conversation the present copy of this user where its copy may be old, or where a user whom this user
   * blocks became a member.
   */
  noteConversation(
    tx: UserTransactor,
    conversationId: ConversationId,
    change: { isNew: boolean; added: readonly UserId[] },
  ): void;
  /** Call in the transaction that ends requests here. A durable task reports it to their conversations. */
  noteRequestsEnded(tx: UserTransactor, conversations: readonly ConversationId[]): void;
}

/** What the presence side offers the others. */
export interface PresenceCalls {
  presenceOf(userIds: readonly UserId[]): Promise<Outcome<Presence[]>>;
  show(viewer: UserId, until: TimeMs | null): Promise<Seen>;
  drop(viewer: UserId): void;
  changed(userId: UserId, seen: Seen): { isWatching: boolean };
  /** A sync socket was accepted. */
  socketOpened(device: DeviceId): void;
  /** A frame came on a sync socket, other than a `ping` that the runtime answered. */
  heard(entry: SyncSocket): void;
  /** A sync socket is no longer open, no matter which side ended it. */
  socketGone(entry: SyncSocket): void;
  /** A device opens a live socket there. */
  liveOpening(device: DeviceId, conversation: ConversationId): void;
  /** The device's last live socket there is gone. */
  liveClosed(device: DeviceId, conversation: ConversationId, heardAt: TimeMs): void;
  /** Runs a poll: the device counts as heard while it lasts and when it ends. */
  polling<T>(device: DeviceId, poll: () => Promise<T>): Promise<T>;
  /** A `watch` frame; see watches.ts. */
  watch(entry: SyncSocket, userIds: readonly UserId[]): Promise<Outcome<Presence[]>>;
  /** When the device was last heard, if it ever was. */
  heardAt(device: DeviceId): TimeMs | undefined;
  /** In the transaction that signs a device out, before its sockets are closed. */
  deviceRevoked(tx: UserTransactor, device: DeviceId): void;
  /** After that transaction, when its sockets are closed. */
  deviceEnded(device: DeviceId): void;
  /** See `UserEffect`. */
  reportToWatchers(watchers: readonly UserId[], knownAs: Status["status"] | null): void;
  showBlocked(userId: UserId): void;
  /** Call in the transaction that changes who may know of this user's presence. */
  settingChanged(tx: UserTransactor): void;
  contactChanged(tx: UserTransactor, userId: UserId): void;
  blockChanged(tx: UserTransactor, userId: UserId): void;
  readonly alarmHandlers: AlarmHandlers;
}

/** What the push side offers the others, and its share of UserCalls. */
export interface PushCalls {
  subscribe(device: DeviceId, address: PushAddress): Outcome<null>;
  unsubscribe(device: DeviceId): Outcome<null>;
  addresses(): KnownAddress[];
  due(putOff: readonly DeviceId[]): DuePushes | null;
  isStillDue(push: OnePush): boolean;
  report(report: PushReport): { more: boolean };
  again(again: readonly GivenUp[]): Promise<{ due: number }>;
  /** In the transaction that signs a device out. */
  deviceRevoked(tx: UserTransactor, device: DeviceId): void;
  /** See `UserEffect`. */
  hint(): void;
  /** The platform's alarm went off. */
  rung(): void;
}

/** What the push side asks of the rows of the inbox. */
export interface PushRows {
  /** Unread messages of all conversations but requests. */
  readonly unread: number;
  /** What is due at this moment, the oldest first, to devices that are not put off. What must not be sent any more is taken away for ever. */
  take(putOff: readonly DeviceId[]): DuePush[];
  /** Whether one that was taken may still be sent, by its row and the reader as they are now. Nothing is taken away by the question. */
  isStillDue(push: OnePush): boolean;
  /** `more`: something is due to a device of which this report names nothing as tried again later. */
  report(report: PushReport): { more: boolean };
  /** Since when something is due; and when the next thing will be. */
  next(): { dueSince: TimeMs | null; at: TimeMs | null };
  /** Makes messages due again to these devices, and answers how many. */
  again(id: ConversationId, found: readonly { push: NewPush; devices: readonly DeviceId[] }[]): number;
  /** Call in the transaction after which no device subscribes. */
  drop(tx: UserTransactor): void;
}

/** The calls of the inbox side: its share of UserCalls, the socket callbacks, and the questions of the account side. */
export interface InboxCalls {
  deliver(delivery: Delivery): Promise<DeliveryAnswer>;
  deliverPacked(packed: PackedDelivery): Promise<DeliveryAnswer | undefined>;
  deliverRow(delivery: RowDelivery): Promise<RowAnswer>;
  readonly alarmHandlers: AlarmHandlers;
  readonly pushes: PushRows;
  subscribed(): void;
  summaries(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ conversations: Summary[]; cursor: string | null }>>;
  patchSummary(conversationId: ConversationId, patch: SummaryPatch): Promise<Outcome<Summary>>;
  reachable(after: ListPlace | null, limit: number): Reachable;
  marks(ask: MarksAsk): Outcome<MarksAnswer>;
  mentions(after: MentionPlace | null, limit: number): MentionPlace[];
  /** GET /sync: the sync socket, or the poll. */
  fetch(request: Request): Promise<Response>;
  webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void;
  webSocketClose(socket: WebSocket): void;
  webSocketError(socket: WebSocket): void;
  /** Closes the device's sync sockets with 4401 and ends its polls. */
  closeDevice(device: DeviceId): void;
  /** Conversations that this user is a member of now, in order of their ids, behind this one. */
  conversationsAfter(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[];
  /** Rows for an export, after a conversation's id or from the first. */
  exportRows(after: ConversationId | null): ExportRows;
  /** The other one of a direct chat. */
  peerOf(conversationId: ConversationId): UserId | null;
  /** Whether there is a row of the conversation, a left one included. */
  has(conversationId: ConversationId): boolean;
  /** A page of the present conversations that are no requests, in the order of their ids. */
  knownAfter(after: ConversationId | null): KnownPage;
  /** Whether one of these is a present conversation and no request. */
  isAnyKnown(ids: readonly ConversationId[]): boolean;
  /** Call in the transaction that puts the stranger into the contacts: ends all requests that they made. */
  endRequestsBy(tx: UserTransactor, userId: UserId): void;
  /** After the account was erased: memory holds nothing of the inbox. */
  forget(): void;
  /** See `UserEffect`. */
  showNewDevices(): void;
  showAccepted(rows: readonly { before: InboxRow; after: InboxRow }[]): void;
  keepRows(rows: readonly { before: InboxRow; after: InboxRow }[]): void;
  /** The highest rev at which the row is known to be no request; null where it is a request, is left, or is not there. */
  acceptedAt(conversationId: ConversationId): Rev | null;
}
