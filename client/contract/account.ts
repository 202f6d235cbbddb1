/** Owns what a program sees of the SDK down to one signed-in account; its conversations are in `conversation.ts`. */
import type { ReportReason } from "../../schema/http/reports.ts";
import type { Device } from "../../schema/http/account/accounts.ts";
import type { Invite, InvitePreview, SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { Me, MePatch, Settings } from "../../schema/http/account/me.ts";
import type { LinkPreview } from "../../schema/http/link-previews.ts";
import type { Block, Contact } from "../../schema/http/users.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Policy } from "../../schema/wire/message.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Attachments } from "./conversation/attachments.ts";
import type { ConversationHandle } from "./conversation/conversation.ts";
import type { ConversationEvent, IncomingMessage, ListenOptions } from "./events.ts";
import type { Observable } from "./observable.ts";
import type { CallOptions, Page, PageAsk } from "./page.ts";
import type { Presence } from "./presence.ts";
import type { Push } from "./push.ts";
import type { Security, SecondFactor, ShownLink, UsePasskey } from "./security.ts";
import type { OpenTabs } from "./tabs.ts";
import type { Mention, Starred, SearchAsk, SearchHit, SearchPage } from "./search.ts";

export interface NewAccount {
  /** Unique; others find and mention the user by it. */
  readonly handle: string;
  /** 8 to 256 characters. */
  readonly password: string;
  /** What others see. Default: the handle. */
  readonly name?: string;
}
/** `passkey` or `recoveryCode`: where the second factor is on. */
export interface Credentials extends SecondFactor {
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
  /** The tabs of this browser that use the SDK, this one included. */
  readonly tabs: OpenTabs;
  /** Creates an account and signs this device in. It is safe to call it again after a lost answer. Errors: `handle_taken`, `bad_request`, `rate_limited`. */
  signUp(account: NewAccount, options?: CallOptions): Promise<Account>;
  /**
   * Signs this device in. Errors: `unauthenticated` (both for an unknown handle and for a wrong password), `rate_limited`, `forbidden` with `secondFactor`: the
   * password is right, and the same call succeeds with an answer to that request, or with a recovery code.
   */
  signIn(credentials: Credentials, options?: CallOptions): Promise<Account>;
  /**
   * Signs this device in by a passkey alone, whoever's it is. `answer` asks the browser; it may wait for as long as a form is shown (conditional UI). What it throws goes to the
   * caller. Errors: `unauthenticated` (unknown here, removed, or used too late), `rate_limited`.
   */
  signInWithPasskey(answer: UsePasskey, options?: CallOptions): Promise<Account>;
  /**
   * Signs this device in by another one: `show` gets a code to show, as text and as a QR code of an address, and the other device approves it. `signal` ends the
   * waiting. Errors: `not_found` (the two minutes are over: call it again), `forbidden` (refused there), `rate_limited`.
   */
  signInByLink(show: (link: ShownLink) => void, options?: CallOptions): Promise<Account>;
  /** Whether nobody has a handle now, for a form that makes an account; `signUp` may still find it taken. Errors: `bad_request` (no handle can be so), `rate_limited`. */
  isHandleFree(handle: string, options?: CallOptions): Promise<boolean>;
  /** The group of an invite, for somebody who has not signed in. Errors: `not_found` (for an expired, used up, deleted or unknown invite alike), `rate_limited`. */
  previewInvite(code: string, options?: CallOptions): Promise<InvitePreview>;
  /** Stops timers and sockets of all accounts. Nothing is signed out; what is stored stays. */
  close(): void;
}

export type ConnectionStatus =
  /** A socket is being opened, or the SDK waits for the next try (`retryAt`). */
  | "connecting"
  /** The socket is open, and what this device missed is arriving. */
  | "catching-up"
  /** The socket is open, and this device has everything that the server has. */
  | "online"
  /** Sockets cannot be opened, so the SDK uses long polling. Everything works, a little later. */
  | "polling"
  /** The server cannot be reached. What is shown comes from the cache; what is sent waits. */
  | "offline"
  /** Another device, or the server, has signed this device out: call `reauthenticate`, or `signOut` to forget the account here. */
  | "reauth"
  /** The server asked this device not to connect again (too many tabs, or a protocol that the server does not know); `reconnect()` tries again. */
  | "stopped";

export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** Whether what is shown may be behind the server. True until caught up, and from the moment the link is in doubt. */
  readonly isStale: boolean;
  /** When the next try is due, by this device's clock; null while the SDK waits for none. */
  readonly retryAt: number | null;
  /** When this device last knew that it had everything, by its own clock. */
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
  /** The number for a badge: unread messages in rows that are not muted, not archived and no requests. A row that is marked as unread counts 1. */
  readonly badge: number;
  /** Whether the inbox is complete: from the cache of an earlier run, or from the server. */
  readonly isLoaded: boolean;
}

export interface Inbox extends Observable<InboxState> {
  /** One row, archived or not; undefined if the inbox has no such row. */
  row(conversationId: string): Summary | undefined;
  /**
   * Changes several fields of a row in one call; `request: false` accepts a request. The change is shown at once, kept over restarts, and sent when
   * there is a network. Resolves to the row when the server has stored it. Errors: `not_found`, `bad_request`; the change is then undone. Each call
   * below changes one field in the same way.
   */
  patch(conversationId: string, patch: SummaryPatch): Promise<Summary>;
  /** Mutes a conversation until a time in milliseconds of the server's clock (`Presence.now`), by default for ever; null unmutes it. Errors: as `patch`. */
  mute(conversationId: string, until?: number | null): Promise<Summary>;
  /** Pins a conversation to the top, or with false unpins it. Errors: as `patch`. */
  pin(conversationId: string, isPinned?: boolean): Promise<Summary>;
  /** Archives a conversation, or with false takes it out of the archive. Errors: as `patch`. */
  archive(conversationId: string, isArchived?: boolean): Promise<Summary>;
  /** Marks a conversation as unread, or with false removes the mark. Reading the conversation removes it, too. Errors: as `patch`. */
  markUnread(conversationId: string, isUnread?: boolean): Promise<Summary>;
  /** Which messages of a conversation are pushed: all, those that mention or answer the user, or none. Errors: as `patch`. */
  setNotify(conversationId: string, notify: Summary["notify"]): Promise<Summary>;
  /** Stores a draft, for all devices of the user: up to `limits.draftCodePointsMax` code points; an empty text removes it. Errors: as `patch`. */
  setDraft(conversationId: string, text: string): Promise<Summary>;
}

/** One signed-in account on this device. */
export interface Account {
  /** The user's id; it never changes. */
  readonly userId: string;
  /** The id of this device; it stays the same as long as the storage keeps the session. */
  readonly deviceId: string;
  /** The user as others see them. */
  readonly user: Observable<User>;
  /**
   * The user's settings as this device last heard of them, also in an earlier run; undefined until then. They are asked for with each link, when the app comes to the
   * front, and when another tab changes them: the server tells nobody of a change.
   */
  readonly settings: Observable<Settings | undefined>;
  /** How the account is linked to the server. */
  readonly connection: Connection;
  /** The user's conversations. */
  readonly inbox: Inbox;
  /** Which users are online, and when others last were. */
  readonly presence: Presence;
  /** Whether and where the server sends pushes to this device. */
  readonly push: Push;
  /** Passkeys, the second factor, recovery codes, new devices, and signing in another device. */
  readonly security: Security;
  /** The addresses of files that were received. */
  readonly attachments: Attachments;
  /**
   * The ids of the users who are typing now, by conversation, for a list of conversations. Of a group it says who is typing as long as the group is open: the
   * server tells it to nobody else.
   */
  readonly typing: Observable<ReadonlyMap<string, readonly string[]>>;
  /** Failed and waiting messages and edits of all conversations: how many there are, for a warning before the user signs out. */
  readonly unsent: Observable<number>;
  /** How many small acts (see `Acting`) and changed rows the server has not answered, for the same warning. */
  readonly unanswered: Observable<number>;

  /** The handle of a conversation; the same object for the same id. It calls the server only when it is opened, read or sent to. Throws `bad_request` if the id has not the form of an id. */
  conversation(conversationId: string): ConversationHandle;
  /**
   * Resolves when the account is linked and has everything that it missed; at once if it is so already. Rejects if the SDK does not try any more:
   * `unauthenticated` (another device signed this one out), `unavailable` (the account was closed, or the server asked this device not to connect again).
   */
  whenOnline(options?: CallOptions): Promise<void>;
  /** Opens the direct chat with a user. It is the same conversation for both of them. With the user's own id it is the chat for notes to oneself. Errors: `not_found`, `forbidden` (a block). */
  openDm(userId: string): Promise<ConversationHandle>;
  /** Founds a group. It is founded once, also if answers are lost and the SDK repeats the call. Errors: `not_found` (an unknown member), `forbidden` (a block), `too_large`. */
  createGroup(group: GroupAsk): Promise<ConversationHandle>;
  /** The group of an invite. Errors: `not_found` (for an expired, used up, deleted or unknown invite alike). */
  previewInvite(code: string, options?: CallOptions): Promise<InvitePreview>;
  /** Joins by an invite; a user who is a member already just receives the conversation. Errors: `not_found`, `forbidden`, `too_large` (full). */
  acceptInvite(code: string): Promise<ConversationHandle>;
  /** Ends an invite by its code. Errors: `not_found`, `forbidden`. */
  deleteInvite(code: string): Promise<void>;
  /**
   * For bots: calls the listener for each new message of every conversation, at least once, in order within its conversation, and also for messages that
   * came while the program was down. Messages from before the first `onMessage` in this storage are left out. If the listener returns a promise, the next
   * message of that conversation waits for it; then the position is stored. A listener that throws counts as done, too: its error goes to `onError`, by
   * default the one of `createParley`. All listeners of an account share one position, so a program adds its listeners at its start.
   */
  onMessage(listener: (event: IncomingMessage) => unknown, options?: ListenOptions): () => void;
  /**
   * The same for all events of conversations: new messages, edits, unsends, reactions, and notices (members, roles, title, policy). Each event comes at
   * least once: messages in the order of `seq`, changes in the order of `rev`, and a change of a message after the message. A message that changed several
   * times while the program was away comes once, in its present state. If its text was edited then, an event `reactions` comes, too. Missed changes of
   * older messages come before missed messages.
   */
  onEvent(listener: (event: ConversationEvent) => unknown, options?: ListenOptions): () => void;

  /** The user's profile and settings, as the server has them now. */
  me(options?: CallOptions): Promise<Me>;
  /** Changes profile, handle or settings (JSON merge patch). Errors: `handle_taken`, `bad_request`, `too_large`. */
  patchMe(patch: MePatch): Promise<Me>;
  /**
   * Sets the user's picture, a raster picture of at most 5 MiB, or removes it. The server takes data such as the place out of it. Errors: `too_large`,
   * `bad_request` (no picture), `rate_limited`.
   */
  setAvatar(file: Blob | null): Promise<Me>;
  /** Changes the password; all other devices are signed out. Errors: `forbidden` (wrong current password, or the second factor: `secondFactor`), `bad_request`. */
  changePassword(current: string, next: string, second?: SecondFactor): Promise<void>;
  /**
   * Everything that the server holds about the user, as lines of JSON to be read from the answer's `body`; the last one is `{type:"end"}`. `signal` also
   * ends the reading. Errors: `rate_limited`.
   */
  export(options?: CallOptions): Promise<Response>;
  /**
   * Erases the account for ever, then forgets it on this device as `signOut` does. Its messages become empty for everybody, and nobody gets its id again.
   * Errors: `forbidden` (wrong password, or the second factor: `secondFactor`), `rate_limited`.
   */
  erase(password: string, second?: SecondFactor): Promise<void>;
  /** The devices that are signed in, this one included. */
  devices(options?: CallOptions): Promise<readonly Device[]>;
  /** Signs another device out; its sockets end within two seconds. Errors: `not_found`. */
  signOutDevice(deviceId: string): Promise<void>;

  /** A user by id. A user who was fetched in this run of the program comes from a cache. Errors: `not_found`. */
  getUser(userId: string, options?: CallOptions): Promise<User>;
  /** A user by the whole handle; each call asks the server. Errors: `not_found`. */
  getUserByHandle(handle: string, options?: CallOptions): Promise<User>;
  /** Users whose handle, or a word of whose name, begins with `query`. Errors: `bad_request`, `rate_limited`. */
  findUsers(query: string, ask?: PageAsk): Promise<Page<User>>;
  /**
   * Messages of all conversations, or of one (`conversationId`), in which all words occur, the newest first. A word is found by its beginning, in
   * quotation marks with its neighbours. Errors: `bad_request` (no word, or over `searchQueryCodePointsMax`), `not_found`, `rate_limited`.
   */
  search(query: string, ask?: SearchAsk & { readonly conversationId?: string }): Promise<SearchPage<SearchHit>>;
  /** Messages of others that mention the user, the newest first. */
  mentions(ask?: PageAsk): Promise<SearchPage<Mention>>;
  /** The messages that the user has starred, the newest star first. A page may be short, or empty: as long as it has a `cursor` there may be more. */
  stars(ask?: PageAsk): Promise<SearchPage<Starred>>;
  /** The user's contacts. */
  contacts(ask?: PageAsk): Promise<Page<Contact>>;
  /**
   * What the page behind a link says of itself: title, description, picture. The server fetches the page, so no reader's device asks another site. `null` where there is
   * nothing to show. The user may have turned previews off (`settings.linkPreviews`); an app asks for none then. Throws `rate_limited` beyond 120 a minute.
   */
  linkPreview(url: string, options?: CallOptions): Promise<LinkPreview | null>;
  /** Adds a contact. If the user is one already, nothing changes. Errors: `not_found`, `too_large`. */
  addContact(userId: string): Promise<Contact>;
  /** Removes a contact. If the user is none, nothing changes. */
  removeContact(userId: string): Promise<void>;
  /** The users whom this user has blocked. */
  blocks(ask?: PageAsk): Promise<Page<Block>>;
  /** Blocks a user: neither can write to the other directly, add the other to a group, or see the other's presence. The blocked user receives no notice of it. Errors: `not_found`, `too_large`. */
  block(userId: string): Promise<Block>;
  /** Ends a block. If there is none, nothing changes. */
  unblock(userId: string): Promise<void>;

  /**
   * Reports a message, a person or a group to the operator of the server, who gets a copy of the message and some around it, or of the newest. Whom it is about
   * learns nothing of it. The same reported again replaces the first report. Errors: `not_found`, `bad_request`, `rate_limited`.
   */
  report(about: ReportAbout, reason: ReportReason, more?: { readonly note?: string }): Promise<void>;

  /** Reports to the server whether the app is in front, which decides whether the server sends pushes to this user. The SDK repeats it after reconnects. */
  setForeground(isInFront: boolean): void;
  /** After `reauth`: signs the same user in again and keeps the cache and the outbox. Errors: `unauthenticated`, `forbidden` (`secondFactor`). */
  reauthenticate(password: string, second?: SecondFactor): Promise<void>;
  /**
   * Signs out here and deletes everything of this account on this device, unsent messages too. Resolves when the server has signed the device out, or
   * after some seconds. Without network the SDK repeats the sign-out until it reaches the server, in a later run if need be. Two things stay in storage:
   * the session's tokens until then, and the device secret. By that secret, wrong passwords that strangers try do not keep this device from signing in.
   */
  signOut(): Promise<void>;
}

/** What is reported. `conversationId` of a person: where they were met. */
export type ReportAbout =
  | { readonly kind: "message"; readonly conversationId: string; readonly seq: number }
  | { readonly kind: "user"; readonly userId: string; readonly conversationId?: string }
  | { readonly kind: "conversation"; readonly conversationId: string };

export interface GroupAsk {
  readonly title: string;
  readonly memberIds: readonly string[];
  readonly mode?: "small" | "large";
  readonly policy?: Partial<Policy>;
}

export type { ReportReason };
export type { Block, Contact, Device, Invite, InvitePreview, LinkPreview, Me, MePatch, Summary, SummaryPatch, User };
