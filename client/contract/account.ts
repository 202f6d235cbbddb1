/** Owns what a program sees of the SDK down to one signed-in account; its conversations are in `conversation.ts`. */
import type { Device } from "../../schema/http/accounts.ts";
import type { Invite, SummaryPatch } from "../../schema/http/conversations.ts";
import type { Me, MePatch } from "../../schema/http/me.ts";
import type { Block, Contact } from "../../schema/http/users.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Message, Policy } from "../../schema/wire/message.ts";
import type { User } from "../../schema/wire/user.ts";
import type { ConversationHandle } from "./conversation.ts";
import type { Observable } from "./observable.ts";
import type { Page, PageAsk } from "./page.ts";
import type { Presence } from "./presence.ts";

export interface NewAccount {
  readonly handle: string;
  readonly password: string;
  readonly name?: string;
}
export interface Credentials {
  readonly handle: string;
  readonly password: string;
}

/** The SDK: the accounts that are signed in on this device, side by side. */
export interface Parley {
  readonly baseUrl: string;
  /** The signed-in accounts, oldest first; empty until `ready`. Each connects by itself. */
  readonly accounts: Observable<readonly Account[]>;
  /** Resolves when the accounts of an earlier run have been restored from storage. */
  readonly ready: Promise<void>;
  /** Creates an account and signs this device in. Errors: `handle_taken`, `bad_request`, `rate_limited`. Repeating it after a lost answer is safe. */
  signUp(account: NewAccount): Promise<Account>;
  /** Signs this device in. Errors: `unauthenticated` (unknown handle or wrong password, not told apart), `rate_limited`. */
  signIn(credentials: Credentials): Promise<Account>;
  /** Stops timers and sockets of all accounts. Nothing is signed out; what is stored stays. */
  close(): void;
}

export type ConnectionStatus =
  /** A socket is being opened, or the next try is waited for (`retryAt`). */
  | "connecting"
  /** The socket is open and what was missed is arriving. */
  | "catching-up"
  /** The socket is open and everything known to the server is here. */
  | "online"
  /** Sockets do not get through; long polling does. Everything works, a little later. */
  | "polling"
  /** The server cannot be reached. What is shown comes from the cache, what is sent waits. */
  | "offline"
  /** Signed out from elsewhere: call `reauthenticate`, or `signOut` to forget the account here. */
  | "reauth"
  /** The server told this device not to come back (too many tabs, or a protocol it does not speak); `reconnect()` tries again. */
  | "stopped";

export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** Whether what is shown may be behind the server. True until caught up, and from the moment the link is in doubt. */
  readonly isStale: boolean;
  /** When the next try is due (this device's clock), where one is waited for. */
  readonly retryAt: number | null;
  /** When this device last knew that it had everything (its clock). */
  readonly caughtUpAt: number | null;
}

export interface Connection extends Observable<ConnectionState> {
  /** Tries at once instead of waiting; does nothing while online. */
  reconnect(): void;
}

export interface InboxState {
  /** Rows to show: not archived, pinned first, then newest activity first. Rows of groups that were left stay, with `left: true`. */
  readonly conversations: readonly Summary[];
  /** Archived rows, newest activity first. */
  readonly archived: readonly Summary[];
  /** Unread messages in all rows. */
  readonly unread: number;
  /** What a badge should say: unread messages in rows that are neither muted, archived nor requests; a row marked unread by hand counts 1. */
  readonly badge: number;
  /** Whether the inbox is complete: from the cache of an earlier run, or from the server. */
  readonly isLoaded: boolean;
}

export interface Inbox extends Observable<InboxState> {
  /** One row, whether archived or not. */
  row(conversationId: string): Summary | undefined;
  /**
   * Mutes (`mutedUntil`, the server's milliseconds; `mutedForEver`), pins, archives, marks unread, keeps a draft. Shown at once, undone if the
   * server refuses; without network it is sent when there is one again.
   */
  patch(conversationId: string, patch: SummaryPatch): Promise<Summary>;
}

/** One signed-in account on this device. */
export interface Account {
  readonly userId: string;
  readonly deviceId: string;
  /** The user as others see them. */
  readonly user: Observable<User>;
  readonly connection: Connection;
  readonly inbox: Inbox;
  /** Who is online, and when others were last. */
  readonly presence: Presence;
  /** Failed and waiting messages of all conversations: how many there are, for a warning before the page closes. */
  readonly unsent: Observable<number>;

  /** The handle of a conversation; the same object for the same id. It asks nothing of the server until it is opened, read or sent to. */
  conversation(conversationId: string): ConversationHandle;
  /** Opens the direct chat with somebody, the same one whoever asks; with oneself: notes to oneself. Errors: `not_found`, `forbidden` (a block). */
  openDm(userId: string): Promise<ConversationHandle>;
  /** Founds a group, once, however often the answer is lost on the way. Errors: `not_found` (an unknown member), `forbidden` (a block), `too_large`. */
  createGroup(group: GroupAsk): Promise<ConversationHandle>;
  /** What an invite leads to. Errors: `not_found` (expired, used up, deleted, unknown: not told apart). */
  previewInvite(code: string): Promise<{ title: string | null; memberCount: number }>;
  acceptInvite(code: string): Promise<ConversationHandle>;
  deleteInvite(code: string): Promise<void>;
  /**
   * Calls the listener for each message of every conversation that comes after the first call of it in this storage, at least once, in order within
   * its conversation, also for what came while the program was down: for bots. A listener that answers a promise is waited for before the next
   * message of that conversation comes; how far it has come is stored when it is done. One that throws is done, too: the error goes to
   * `onError`, by default the one of `createParley`. All listeners of an account share one position, so a program adds its own at its start.
   */
  onMessage(
    listener: (event: IncomingMessage) => unknown,
    options?: { readonly onError?: (error: unknown) => void },
  ): () => void;

  me(): Promise<Me>;
  /** Changes profile, handle or settings (JSON merge patch). Errors: `handle_taken`, `bad_request`, `too_large`. */
  patchMe(patch: MePatch): Promise<Me>;
  /** Changes the password; all other devices are signed out. Errors: `forbidden` (wrong current password), `bad_request`. */
  changePassword(current: string, next: string): Promise<void>;
  devices(): Promise<readonly Device[]>;
  signOutDevice(deviceId: string): Promise<void>;

  /** A user by id, from a cache of this run where it is known. Errors: `not_found`. */
  lookUp(userId: string): Promise<User>;
  lookUpHandle(handle: string): Promise<User>;
  /** Users by prefix of handle or of a word of the name. */
  findUsers(query: string, ask?: PageAsk): Promise<Page<User>>;
  contacts(ask?: PageAsk): Promise<Page<Contact>>;
  addContact(userId: string): Promise<Contact>;
  removeContact(userId: string): Promise<void>;
  blocks(ask?: PageAsk): Promise<Page<Block>>;
  block(userId: string): Promise<Block>;
  unblock(userId: string): Promise<void>;

  /** Tells the server whether the app is in front; decides whether it sends pushes to this user. Repeated by itself after reconnects. */
  attend(isInFront: boolean): void;
  /** After `reauth`: signs the same user in again and keeps the cache and the outbox. Errors: `unauthenticated`. */
  reauthenticate(password: string): Promise<void>;
  /**
   * Signs out here and forgets everything of this account on this device, unsent messages too. Resolves when the server has ended the device,
   * after some seconds at most: without network the server is told as soon as it can be reached, by a later run if need be. Two things stay in
   * storage: the session's tokens until then, and the device secret, by which strangers' wrong passwords do not keep this device out.
   */
  signOut(): Promise<void>;
}

export interface GroupAsk {
  readonly title: string;
  readonly memberIds: readonly string[];
  readonly mode?: "small" | "large";
  readonly policy?: Partial<Policy>;
}

export interface IncomingMessage {
  readonly conversation: ConversationHandle;
  readonly message: Message;
  /** Sent by this account, from this or another device. */
  readonly isOwn: boolean;
}

export type { Block, Contact, Device, Invite, Me, MePatch, Summary, SummaryPatch, User };
