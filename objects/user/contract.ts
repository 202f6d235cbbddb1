/**
 * Owns what a UserObject can be asked. Refusals are values; a throw across these calls is a bug or a fault of the platform.
 * Shapes may gain optional fields, never lose or change one: during a deploy an old object may answer a new caller.
 */
import type { Outcome } from "../../schema/errors.ts";
import type { ConversationId, DeviceId, Epoch, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { Device, DeviceFace, Session } from "../../schema/http/accounts.ts";
import type { SummaryPatch } from "../../schema/http/conversations.ts";
import type { Me, MePatch, Settings } from "../../schema/http/me.ts";
import type { Block, Contact } from "../../schema/http/users.ts";
import type { Presence } from "../../schema/wire/presence.ts";
import type { ConversationKind, ConversationMode } from "../../schema/wire/conversation.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Role } from "../../schema/wire/message.ts";
import type { User } from "../../schema/wire/user.ts";
import type { BringCost } from "./people/brings.ts";

/** A password as it is kept: scrypt (RFC 7914) of the password's UTF-8 with these parameters; hex. */
export type PasswordHash = { algorithm: "scrypt"; n: number; r: number; p: number; salt: string; hash: string };

/**
 * Who makes an attempt, as far as the gateway knows: the device secret that was given, valid or not; a keyed hash of the address (none
 * where no network lies between); or the device that is signed in.
 */
export type AttemptBy = { deviceSecret?: string; address?: string; deviceId?: DeviceId };

/**
 * What the gateway needs to hash a password for comparison. `attemptId` makes a repeated call of the same attempt harmless.
 * `isChangedOfLate`: the asking device changed the password a moment ago, so a change that it asks for now may be the same one again.
 */
export type PasswordChallenge = Omit<PasswordHash, "hash"> & { attemptId: string; isChangedOfLate?: true };

/**
 * A change of password. `hash`: of the present password, by the challenge. `again`: of the new one by the same challenge, given where the
 * challenge says `isChangedOfLate`; if it is the present password, the change was made before and its answer was lost.
 */
export type PasswordChange = { attemptId: string; hash: string; next: PasswordHash; again?: string };

/**
 * The copy of a member that a conversation keeps: the public face, the settings for receipts and typing, and the blocks.
 * `changedAt` rises with every change: a copy that was long under way must not replace a newer one.
 */
export type Person = { user: User; showsRead: boolean; showsTyping: boolean; blocks: UserId[]; changedAt?: TimeMs };

/** A change of a member, as of `changedAt`; absent fields did not change. `blocks`: users whom they block now (true), or no more (false). */
export type MemberChange = {
  userId: UserId;
  changedAt: TimeMs;
  user?: User;
  shows?: { read: boolean; typing: boolean };
  blocks: [UserId, boolean][];
};

/** How this user stands to somebody who asks about them. */
export type Relation = { person: Person; isBlocked: boolean };

/** Ids of a user's present conversations that are no requests, in their order; `next` asks for the page after these, null at the end. */
export type KnownPage = { ids: ConversationId[]; next: ConversationId | null };

/** Somebody who wants to bring others into a conversation. `hasRow`: the conversation to be founded is in their inbox; `known`: conversations that they may have in common with others. */
export type Bringer = { person: Person; hasRow: boolean; known: KnownPage };

/** How this user stands to somebody who wants to bring them into a conversation. `hasDm`: the two have a direct chat; `isContact`: among this user's contacts; `isKnown`: that, or a conversation in common. */
export type Approach = Relation & { hasDm: boolean; isContact: boolean; isKnown: boolean; reach: Settings["reach"] };

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
export type ConversationFacts = {
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
  facts: ConversationFacts | null;
  items: DeliveryItem[];
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
};

/** `rev`: the highest rev applied. Below the delivery's `sinceRev` it asks for what lies between. */
export type DeliveryAnswer = {
  rev: Rev;
  /** It could not be applied, for a fault on this side: try again later. */
  isFailed?: true;
};

/**
 * A user's presence as one viewer may see it. `asOf` orders the reports of one user. `until`, where a watch was asked for: how long it holds; 0 where
 * too many watch, or there is nobody to watch.
 */
export type Seen = Omit<Presence, "userId"> & { asOf: number; until?: TimeMs };

export interface UserCalls {
  // Accounts
  /** Creates the account, or says `exists`. The first call wins; the handle was claimed in the directory for this user id before. */
  signUp(account: {
    userId: UserId;
    handle: string;
    name: string;
    password: PasswordHash;
    device: DeviceFace;
  }): Promise<Outcome<Session> | { ok: "exists" }>;
  /**
   * Gives the parameters to hash with; `rate_limited` after too many wrong passwords; `not_found` where there is no account, or where
   * it no longer has the `handle` by which it was found.
   */
  challenge(handle?: string, by?: AttemptBy): Promise<Outcome<PasswordChallenge>>;
  /** The same for a sign-up that may be a repeat; `handle_taken` where it is none, before anything costly is done. */
  challengeAgain(handle: string, by: AttemptBy): Promise<Outcome<PasswordChallenge>>;
  /**
   * Signs a device in: `unauthenticated` for a wrong password, which is counted; `rate_limited` beyond the limit, for the right one too.
   * `forSignUp`: only where the account is at most 10 minutes old and its handle is this one, else `handle_taken`.
   */
  signIn(attempt: {
    attemptId: string;
    hash: string;
    device: DeviceFace;
    forSignUp?: string;
    by?: AttemptBy;
  }): Promise<Outcome<Session>>;
  /** The two steps of a wrong password, for a handle that nobody has; asked of an object that is nobody's. */
  challengeDecoy(handleKey: string, by: AttemptBy): Promise<Outcome<{ attemptId: string }>>;
  failDecoy(handleKey: string, attempt: { attemptId: string; by: AttemptBy }): Promise<Outcome<null>>;
  refresh(token: string): Promise<Outcome<Session>>;
  /** A wrong current password is `forbidden`: the device itself is signed in. */
  changePassword(by: DeviceId, change: PasswordChange): Promise<Outcome<null>>;
  /**
   * Whether the device is signed in. With `live`, remembers that it opens a live socket there, so that a revocation reaches it; `full`
   * where it may have too many. `generation`: of the access token; the first use of a new one is stored before the answer.
   */
  admit(device: DeviceId, live?: ConversationId, generation?: number): Promise<boolean | "full">;
  signOut(device: DeviceId): Promise<Outcome<null>>;
  devices(current: DeviceId): Promise<Outcome<Device[]>>;
  /** Whether this user holds the handle, asked on behalf of somebody who wants it. */
  holdsHandle(handle: string): Promise<"held" | "free" | "no account">;

  // Profile and people
  me(): Promise<Outcome<Me>>;
  patchMe(patch: MePatch): Promise<Outcome<Me>>;
  /** How this user stands to `viewer`; `not_found` where there is no account. */
  relation(viewer: UserId): Promise<Outcome<Relation>>;
  /** The facts about a user who wants to found the conversation, or, with null, to add others to one. */
  bringer(founding: ConversationId | null): Promise<Outcome<Bringer>>;
  /** The next page of conversations that the bringer may have in common with others. */
  knownAfter(after: ConversationId): Promise<KnownPage>;
  /** How this user stands to `by`, who wants to bring them into a conversation; `ids`: conversations that `by` is in. `not_found` where there is no account. */
  approach(by: UserId, ids: ConversationId[]): Promise<Outcome<Approach>>;
  /** Asked of the user who brings people into a conversation: takes what that costs. A call that the platform repeats may take it twice. Errors: `rate_limited`. */
  chargeBrings(cost: BringCost): Promise<Outcome<null>>;
  /** Asked of each user whom `by` brings: takes what that costs on their side. `isRequest`: too many strangers came of late. Errors: `rate_limited`. */
  takeIn(by: UserId, isStranger: boolean): Promise<Outcome<{ isRequest: boolean }>>;
  /** Whether one of these is a present conversation of this user, and no request. */
  sharesOne(ids: ConversationId[]): Promise<boolean>;
  contacts(cursor: string | undefined, limit: number): Promise<Outcome<{ contacts: Contact[]; cursor: string | null }>>;
  putContact(user: User): Promise<Outcome<Contact>>;
  deleteContact(userId: UserId): Promise<Outcome<null>>;
  /** From the other side's object: they have put, or taken out, this user. The report with the greatest `stamp` holds. */
  contactedBy(user: User, isOn: boolean, stamp?: TimeMs): Promise<void>;
  blocks(cursor: string | undefined, limit: number): Promise<Outcome<{ blocks: Block[]; cursor: string | null }>>;
  putBlock(user: User): Promise<Outcome<Block>>;
  deleteBlock(userId: UserId): Promise<Outcome<null>>;

  // Inbox
  deliver(delivery: Delivery): Promise<DeliveryAnswer>;
  summaries(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ conversations: Summary[]; cursor: string | null }>>;
  patchSummary(conversationId: ConversationId, patch: SummaryPatch): Promise<Outcome<Summary>>;

  /** From a conversation: the user has written so many MiB more there. `isOver`: they may write no more today, in any conversation. */
  wrote(units: number): Promise<{ isOver: boolean }>;

  // Presence
  /** The presence of others, as far as this user may know, in the order asked. Errors: `rate_limited`. */
  presenceOf(userIds: UserId[]): Promise<Outcome<Presence[]>>;
  /** From a viewer's object: the presence that they may see now. With `until` they watch from now on, and are told of each change. */
  showPresence(viewer: UserId, until: TimeMs | null): Promise<Seen>;
  /** From a viewer's object: they do not watch any more. */
  dropWatch(viewer: UserId): Promise<void>;
  /** From a conversation: the device's last live socket there is gone, and was last heard then. */
  liveClosed(device: DeviceId, conversationId: ConversationId, heardAt: TimeMs): Promise<void>;
  /** From the object of a user whom this user watches: their presence now. `isWatching` false: this user does not watch them, and need not be told again. */
  presenceChanged(userId: UserId, seen: Seen): Promise<{ isWatching: boolean }>;

  // fetch(): GET /sync — with Upgrade the sync socket, without the poll; headers below carry the identity.
}
