/** Owns what a program sees of the SDK down to one signed-in account; its conversations are in `conversation.ts`. */
import type { Device } from "../../schema/http/accounts.ts";
import type { Invite, SummaryPatch } from "../../schema/http/conversations.ts";
import type { Me, MePatch } from "../../schema/http/me.ts";
import type { Block, Contact } from "../../schema/http/users.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Policy } from "../../schema/wire/message.ts";
import type { User } from "../../schema/wire/user.ts";
import type { ConversationHandle } from "./conversation.ts";
import type { ConversationEvent, IncomingMessage, ListenOptions } from "./events.ts";
import type { Observable } from "./observable.ts";
import type { CallOptions, Page, PageAsk } from "./page.ts";
import type { Presence } from "./presence.ts";
import type { Mention, SearchAsk, SearchHit, SearchPage } from "./search.ts";

export interface NewAccount {
  /** Unique; others find and mention the user by it. */
  readonly handle: string;
  /** 8 to 256 characters. */
  readonly password: string;
  /** What others see. Default: the handle. */
  readonly name?: string;
}
export interface Credentials {
  readonly handle: string;
  readonly password: string;
}

/** The SDK: the accounts that are signed in on this device, side by side. */
export interface Parley {
  /** Where the server is, without a slash at the end. */
  readonly baseUrl: string;
  /** The signed-in accounts, oldest first; empty until `ready`. Each connects by itself. */
  readonly accounts: Observable<readonly Account[]>;
  /** Resolves when the accounts of an earlier run have been restored from storage. */
  readonly ready: Promise<void>;
  /** Creates an account and signs this device in. Errors: `handle_taken`, `bad_request`, `rate_limited`. Repeating it after a lost answer is safe. */
  signUp(account: NewAccount, options?: CallOptions): Promise<Account>;
  /** Signs this device in. Errors: `unauthenticated` (unknown handle or wrong password, not told apart), `rate_limited`. */
  signIn(credentials: Credentials, options?: CallOptions): Promise<Account>;
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
  /** One row, whether archived or not; undefined where the inbox knows none. */
  row(conversationId: string): Summary | undefined;
  /**
   * Changes several things of a row at once, and `request: false` accepts a request. Shown at once, kept over restarts, and sent when there is a
   * network; resolves to the row when the server has it. Errors: `not_found`, `bad_request`; the change is then undone. The calls below are the
   * same for one thing each.
   */
  patch(conversationId: string, patch: SummaryPatch): Promise<Summary>;
  /** Mutes a conversation until a time in milliseconds of the server's clock (`Presence.now`), by default for ever; null unmutes it. Errors: as `patch`. */
  mute(conversationId: string, until?: number | null): Promise<Summary>;
  /** Pins a conversation to the top, or with false unpins it. Errors: as `patch`. */
  pin(conversationId: string, isPinned?: boolean): Promise<Summary>;
  /** Archives a conversation, or with false brings it back. Errors: as `patch`. */
  archive(conversationId: string, isArchived?: boolean): Promise<Summary>;
  /** Marks a conversation as unread, or with false takes the mark off. Reading it takes it off, too. Errors: as `patch`. */
  markUnread(conversationId: string, isUnread?: boolean): Promise<Summary>;
  /** Keeps what is being written, for all devices of the user: up to `limits.draftCodePointsMax` code points, empty for none. Errors: as `patch`. */
  setDraft(conversationId: string, text: string): Promise<Summary>;
}

/** One signed-in account on this device. */
export interface Account {
  /** The user's id; it never changes. */
  readonly userId: string;
  /** The id of this sign-in; it lasts as long as the storage keeps it. */
  readonly deviceId: string;
  /** The user as others see them. */
  readonly user: Observable<User>;
  /** How the account is linked to the server. */
  readonly connection: Connection;
  /** The user's conversations. */
  readonly inbox: Inbox;
  /** Who is online, and when others were last. */
  readonly presence: Presence;
  /** Failed and waiting messages of all conversations: how many there are, for a warning before the page closes. */
  readonly unsent: Observable<number>;

  /** The handle of a conversation; the same object for the same id. It asks nothing of the server until it is opened, read or sent to. Throws `bad_request` where the id has not the form of one. */
  conversation(conversationId: string): ConversationHandle;
  /**
   * Resolves when the account is linked and has everything that was missed: at once where it is so already. Rejects where it will not come to that
   * by itself: `unauthenticated` (signed out elsewhere), `unavailable` (the account was closed, or the server told this device not to come back).
   */
  whenOnline(options?: CallOptions): Promise<void>;
  /** Opens the direct chat with somebody, the same one whoever asks; with oneself: notes to oneself. Errors: `not_found`, `forbidden` (a block). */
  openDm(userId: string): Promise<ConversationHandle>;
  /** Founds a group, once, however often the answer is lost on the way. Errors: `not_found` (an unknown member), `forbidden` (a block), `too_large`. */
  createGroup(group: GroupAsk): Promise<ConversationHandle>;
  /** What an invite leads to. Errors: `not_found` (expired, used up, deleted, unknown: not told apart). */
  previewInvite(code: string, options?: CallOptions): Promise<{ title: string | null; memberCount: number }>;
  /** Joins by an invite, or answers the conversation where one is a member already. Errors: `not_found`, `forbidden`, `too_large` (full). */
  acceptInvite(code: string): Promise<ConversationHandle>;
  /** Ends an invite by its code. Errors: `not_found`, `forbidden`. */
  deleteInvite(code: string): Promise<void>;
  /**
   * Calls the listener for each message of every conversation that comes after the first call of it in this storage, at least once, in order within
   * its conversation, also for what came while the program was down: for bots. A listener that answers a promise is waited for before the next
   * message of that conversation comes; how far it has come is stored when it is done. One that throws is done, too: the error goes to
   * `onError`, by default the one of `createParley`. All listeners of an account share one position, so a program adds its own at its start.
   */
  onMessage(listener: (event: IncomingMessage) => unknown, options?: ListenOptions): () => void;
  /**
   * The same for everything that happens in conversations: new messages, edits, unsends, reactions, and what notices tell (members, roles, title,
   * policy). Each comes at least once, messages in the order of `seq`, changes in that of `rev`, and a change after the message that it is of. What
   * changed several times while the program was away is told once, in its present state; where the text was edited then, `reactions` is told, too.
   * Missed changes of older messages come before missed messages.
   */
  onEvent(listener: (event: ConversationEvent) => unknown, options?: ListenOptions): () => void;

  /** Oneself with one's settings, as the server has them now. */
  me(options?: CallOptions): Promise<Me>;
  /** Changes profile, handle or settings (JSON merge patch). Errors: `handle_taken`, `bad_request`, `too_large`. */
  patchMe(patch: MePatch): Promise<Me>;
  /** Changes the password; all other devices are signed out. Errors: `forbidden` (wrong current password), `bad_request`. */
  changePassword(current: string, next: string): Promise<void>;
  /** The devices that are signed in, this one included. */
  devices(options?: CallOptions): Promise<readonly Device[]>;
  /** Signs another device out; its sockets end within two seconds. Errors: `not_found`. */
  signOutDevice(deviceId: string): Promise<void>;

  /** A user by id, from a cache of this run where it is known. Errors: `not_found`. */
  getUser(userId: string, options?: CallOptions): Promise<User>;
  /** A user by the whole handle, asked of the server each time. Errors: `not_found`. */
  getUserByHandle(handle: string, options?: CallOptions): Promise<User>;
  /** Users by prefix of handle or of a word of the name. Errors: `bad_request`, `rate_limited`. */
  findUsers(query: string, ask?: PageAsk): Promise<Page<User>>;
  /**
   * Messages of all conversations, or of one (`conversationId`), in which all words occur, the newest first. A word is found by its beginning, in
   * quotation marks with its neighbours. Errors: `bad_request` (no word, or over `searchQueryCodePointsMax`), `not_found`, `rate_limited`.
   */
  search(query: string, ask?: SearchAsk & { readonly conversationId?: string }): Promise<SearchPage<SearchHit>>;
  /** Messages of others that mention the user, the newest first. */
  mentions(ask?: PageAsk): Promise<SearchPage<Mention>>;
  /** The user's contacts. */
  contacts(ask?: PageAsk): Promise<Page<Contact>>;
  /** Adds a contact; it was one already: nothing changes. Errors: `not_found`, `too_large`. */
  addContact(userId: string): Promise<Contact>;
  /** Removes a contact; it was none: nothing changes. */
  removeContact(userId: string): Promise<void>;
  /** Whom the user has blocked. */
  blocks(ask?: PageAsk): Promise<Page<Block>>;
  /** Blocks a user: neither can write to the other directly, add the other to a group, or see the other's presence; the other is not told. Errors: `not_found`, `too_large`. */
  block(userId: string): Promise<Block>;
  /** Ends a block; there was none: nothing changes. */
  unblock(userId: string): Promise<void>;

  /** Tells the server whether the app is in front; decides whether it sends pushes to this user. Repeated by itself after reconnects. */
  setForeground(isInFront: boolean): void;
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

export type { Block, Contact, Device, Invite, Me, MePatch, Summary, SummaryPatch, User };
