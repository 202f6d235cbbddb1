/**
 * Owns the calls of a UserObject. Refusals are values; a throw across these calls is a bug or a fault of the platform.
 * Shapes may gain optional fields, never lose or change one: during a deploy an old object may answer a new caller.
 */
import type { Outcome } from "../../schema/errors.ts";
import type { Device, DeviceLabel, Session } from "../../schema/http/account/accounts.ts";
import type { SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { Me, MePatch } from "../../schema/http/account/me.ts";
import type { Block, Contact } from "../../schema/http/users.ts";
import type { ConversationId, DeviceId, TimeMs, UserId } from "../../schema/ids.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Presence } from "../../schema/wire/presence.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Approach, BringCost, BringPage, BroughtPage, Bringer, KnownPage } from "./bringing.ts";
import type { Delivery, DeliveryAnswer } from "./delivery/delivery.ts";
import type { ExportRows } from "./transfer/exporting.ts";
import type { ImportedAccount, ImportedAs } from "./transfer/importing.ts";
import type {
  AttemptBy,
  PasswordAttempt,
  PasswordChallenge,
  PasswordChange,
  PasswordHash,
  SecondProof,
} from "./account/passwords.ts";
import type { SecurityAnswer, SecurityAsk } from "./account/security.ts";
import type { PackedDelivery } from "./delivery/packed-delivery.ts";
import type { Relation } from "./person.ts";
import type { Avatar, UploadAnswer, UploadAsk, UploadBy } from "./uploads.ts";
import type { RowAnswer, RowDelivery } from "./delivery/pulled-row.ts";
import type { Seen } from "./presence.ts";
import type { DuePushes, GivenUp, KnownAddress, OnePush, PushAddress, PushReport } from "./push.ts";
import type { MarksAnswer, MarksAsk, ListPlace, MentionPlace, Reachable } from "./search.ts";

export interface UserCalls {
  // Accounts
  /** Creates the account, or answers `exists`. The first call wins; the handle was claimed in the directory for this user id before. */
  signUp(account: {
    userId: UserId;
    handle: string;
    name: string;
    password: PasswordHash;
    device: DeviceLabel;
  }): Promise<Outcome<Session> | { ok: "exists" }>;
  /** Makes an account without a password for somebody who is imported, once. */
  importAccount(account: ImportedAccount): Promise<Outcome<ImportedAs>>;
  /** Takes back an account that an import has made and whose handle is somebody else's. False where it was used since. */
  dropImported(): Promise<boolean>;
  /** Gives an account its first password. Errors: `conflict` where it has one. */
  setFirstPassword(password: PasswordHash): Promise<Outcome<null>>;
  /**
   * Gives the parameters to hash with; `rate_limited` after too many wrong passwords; `not_found` if there is no account, or if
   * it no longer has the `handle` by which it was found.
   */
  challenge(handle?: string, by?: AttemptBy): Promise<Outcome<PasswordChallenge>>;
  /** The same for a sign-up that may be a repeat; `handle_taken` if it is none, before anything costly is done. */
  challengeAgain(handle: string, by: AttemptBy): Promise<Outcome<PasswordChallenge>>;
  /**
   * Signs a device in: `unauthenticated` for a wrong password, which is counted; `rate_limited` beyond the limit, also for the right one.
   * `forSignUp`: only if the account is at most 10 minutes old and its handle is this one, else `handle_taken`. `forbidden` with `secondFactor`
   * where the second factor is on and `second` does not show it.
   */
  signIn(attempt: {
    attemptId: string;
    hash: string;
    device: DeviceLabel;
    forSignUp?: string;
    by?: AttemptBy;
    second?: SecondProof;
  }): Promise<Outcome<Session>>;
  /** A call about passkeys, the second factor, recovery codes, or a link. */
  security(ask: SecurityAsk): Promise<Outcome<SecurityAnswer>>;
  /** The two steps of a sign-in with a wrong password, for a handle that nobody has. An object without an account answers them. */
  challengeDecoy(handleKey: string, by: AttemptBy): Promise<Outcome<{ attemptId: string }>>;
  failDecoy(handleKey: string, attempt: { attemptId: string; by: AttemptBy }): Promise<Outcome<null>>;
  refresh(token: string): Promise<Outcome<Session>>;
  /** A wrong current password is `forbidden`: the device itself is signed in. */
  changePassword(by: DeviceId, change: PasswordChange): Promise<Outcome<null>>;
  /** Erases the account. This is in force when the call answers; tasks then bring it to all other objects. A wrong password is `forbidden`. */
  erase(by: DeviceId, attempt: PasswordAttempt): Promise<Outcome<null>>;
  /**
   * Whether the device is signed in. With `live` the object notes that the device opens a live socket there, so that a sign-out reaches it; `full`
   * if it may have too many. `generation`: that of the access token. The first use of a new generation is stored before the answer.
   */
  admit(device: DeviceId, live?: ConversationId, generation?: number): Promise<boolean | "full">;
  signOut(device: DeviceId): Promise<Outcome<null>>;
  devices(current: DeviceId): Promise<Outcome<Device[]>>;
  /** Whether this user holds the handle. It is called for another user who wants the handle. */
  holdsHandle(handle: string): Promise<"held" | "free" | "no account">;

  // Profile and people
  me(): Promise<Outcome<Me>>;
  /** `avatar`: what the gateway has made of the upload that the patch names. Without it that upload is the one of which the present picture was made. */
  patchMe(patch: MePatch, avatar?: Avatar): Promise<Outcome<Me>>;
  /** A call about an upload of the user's own, or about the day's quota of all their uploads. */
  upload(by: UploadBy, ask: UploadAsk): Promise<Outcome<UploadAnswer>>;
  /** How this user stands to `viewer`; `not_found` if there is no account. */
  relation(viewer: UserId): Promise<Outcome<Relation>>;
  /**
   * The facts about a user who wants to found the conversation, or, with null, to add others to one. `many`: the others, if they are many and are paid for.
   * Errors: `rate_limited`, if so many cannot be brought now, whoever of them knows the user.
   */
  bringer(founding: ConversationId | null, many?: UserId[]): Promise<Outcome<Bringer>>;
  /** The next page of conversations that the bringer may have in common with others. */
  knownAfter(after: ConversationId): Promise<KnownPage>;
  /**
   * How this user stands to `by`, who wants to bring them into a conversation; `ids`: conversations that `by` is in. `isUnreported`: the directory does not know
   * yet who may bring this user, and receives it soon. `not_found` if there is no account.
   */
  approach(by: UserId, ids: ConversationId[], isUnreported?: boolean): Promise<Outcome<Approach>>;
  /** Called for the user who brings people into a conversation: takes the tokens that this costs. A call that the platform repeats may take them twice. Errors: `rate_limited`. */
  chargeBrings(cost: BringCost): Promise<Outcome<null>>;
  /** Called for each user whom `by` brings: takes the tokens that this costs on their side. `isRequest`: too many strangers came lately. Errors: `rate_limited`. */
  takeIn(by: UserId, isStranger: boolean): Promise<Outcome<{ isRequest: boolean }>>;
  /** For the user who brings many people: calls those of a page. Errors: the first refusal of one of them, after which no more are called. */
  bringPage(page: BringPage): Promise<Outcome<BroughtPage>>;
  /** Whether one of these is a present conversation of this user, and no request. */
  sharesOne(ids: ConversationId[]): Promise<boolean>;
  contacts(cursor: string | undefined, limit: number): Promise<Outcome<{ contacts: Contact[]; cursor: string | null }>>;
  putContact(user: User): Promise<Outcome<Contact>>;
  deleteContact(userId: UserId): Promise<Outcome<null>>;
  /** From another user's object: they have added this user to their contacts, or removed them. The report with the greatest `stamp` holds. */
  contactedBy(user: User, isOn: boolean, stamp?: TimeMs): Promise<void>;
  blocks(cursor: string | undefined, limit: number): Promise<Outcome<{ blocks: Block[]; cursor: string | null }>>;
  putBlock(user: User): Promise<Outcome<Block>>;
  deleteBlock(userId: UserId): Promise<Outcome<null>>;

  // Inbox
  deliver(delivery: Delivery): Promise<DeliveryAnswer>;
  /**
   * The same for a packed delivery. A conversation calls it once an answer has said `takesPacked`. Undefined: the delivery is applied and sent to the sockets,
   * but not written. Then an earlier call of the same `series` is not answered yet. Its answer names the rev that is written, and confirms each call up to that rev.
   */
  deliverPacked(packed: PackedDelivery): Promise<DeliveryAnswer | undefined>;
  /** From a large group: the row as it is for this user, and messages that concern them. Answered when it is on disk. */
  deliverRow(delivery: RowDelivery): Promise<RowAnswer>;
  summaries(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ conversations: Summary[]; cursor: string | null }>>;
  patchSummary(conversationId: ConversationId, patch: SummaryPatch): Promise<Outcome<Summary>>;
  /** The next conversations to search, those with the newest activity first. */
  reachable(after: ListPlace | null, limit: number): Promise<Reachable>;
  /** The places where the user was mentioned, the newest first, behind a place. The conversations have the messages. */
  mentions(after: MentionPlace | null, limit: number): Promise<MentionPlace[]>;

  /** What the user keeps of single messages for themself. Errors: `not_found` (no such row), `conflict` (too many), `rate_limited`. */
  marks(ask: MarksAsk): Promise<Outcome<MarksAnswer>>;

  /** Takes the tokens that an export costs. Errors: `rate_limited`. */
  chargeExport(): Promise<Outcome<null>>;
  /** Takes the token that a report to the operator costs. Errors: `rate_limited`. */
  chargeReport(): Promise<Outcome<null>>;
  /** Rows of the inbox for an export, after a conversation's id or from the first. */
  exportRows(after: ConversationId | null): Promise<ExportRows>;

  /** From a conversation: the user has written so many MiB more there. `isOver`: they may write no more today, in any conversation. */
  wrote(units: number): Promise<{ isOver: boolean }>;

  // Presence
  /** The presence of others, as far as this user may know, in the order asked. Errors: `rate_limited`. */
  presenceOf(userIds: UserId[]): Promise<Outcome<Presence[]>>;
  /** From a viewer's object: the presence that they may see now. With `until` they watch from now on, and receive each change. */
  showPresence(viewer: UserId, until: TimeMs | null): Promise<Seen>;
  /** From a viewer's object: they do not watch any more. */
  dropWatch(viewer: UserId): Promise<void>;
  /** From a conversation: the device's last live socket there is gone, and its last frame came then. */
  liveClosed(device: DeviceId, conversationId: ConversationId, heardAt: TimeMs): Promise<void>;
  /** From the object of a user whom this user watches: their presence now. `isWatching` false: this user does not watch them, so no more calls are needed. */
  presenceChanged(userId: UserId, seen: Seen): Promise<{ isWatching: boolean }>;

  // Pushes
  /** Pushes of this device go there; replaces what it had before. Errors: `unauthenticated`, `rate_limited`. */
  subscribe(device: DeviceId, address: PushAddress): Promise<Outcome<null>>;
  unsubscribe(device: DeviceId): Promise<Outcome<null>>;
  /** For the user's export. */
  pushAddresses(): Promise<KnownAddress[]>;
  /**
   * From the consumer of the push queue: what is due now; null if nothing is. `pushesDone` follows each other answer. `putOff`: devices whose pushes the consumer
   * does not want, because a later hint tries them again.
   */
  pushesDue(putOff?: DeviceId[]): Promise<DuePushes | null>;
  /** From the consumer, of a push that waited before its request: whether it may still be sent, as everything is now. Changes nothing. */
  isStillDue(push: OnePush): Promise<boolean>;
  /** From the consumer: what became of it. What was sent is durable when this answers. `more`: more is due, to devices for which nothing was reported as `later`. */
  pushesDone(report: PushReport): Promise<{ more: boolean }>;
  /** Makes pushes due again that were given up, where the message is still unread and not unsent and the device still subscribes. Sends the hint. */
  pushesAgain(again: GivenUp[]): Promise<{ due: number }>;

  // fetch(): GET /sync — with Upgrade the sync socket, without the poll; headers below carry the identity.
}
