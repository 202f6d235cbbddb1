/** Owns what a program sees of one conversation: its timeline, its members, and what can be done in it. */
import type {
  ConversationPatch,
  Invite,
  InviteDraft,
  ListedInvite,
} from "../../../schema/http/conversation/conversations.ts";
import type { Conversation, Member } from "../../../schema/wire/conversation.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import type { Ack, Message, Notice, Role } from "../../../schema/wire/message.ts";
import type { PollDraft } from "../../../schema/wire/poll.ts";
import type { ParleyError } from "../../errors.ts";
import type { Acting } from "./acting.ts";
import type { CallOptions, Page, PageAsk } from "../page.ts";
import type {
  AttachmentSource,
  MessageUploads,
  PendingAttachment,
  SharedMedia,
  SharedMediaAsk,
} from "./attachments.ts";
import type { Hiding } from "./hiding.ts";
import type { Observable } from "../observable.ts";
import type { Polling, PollQuestion } from "./polls.ts";
import type { SearchAsk, SearchHit, SearchPage } from "../search.ts";

/** A message of this device that the timeline does not hold yet as a confirmed one. */
export interface PendingMessage {
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | null;
  readonly mentions: readonly string[];
  /** What is sent with it. The message is sent when all of it is uploaded; until then messages that were written later are sent before it, and stand above it. */
  readonly attachments: readonly PendingAttachment[];
  /** The message is a poll, of which the text is made. */
  readonly poll?: PollDraft;
  /** This device's clock. */
  readonly createdAt: number;
  /** `waiting`: will be sent, or is being sent. `failed`: the server refused it for good; `resend` or `discard` it. */
  readonly status: "waiting" | "failed";
  /** Why it failed, or why the last try failed. */
  readonly error: ParleyError | null;
  /** Set while it waits because the server asked for it: when it is tried again, by this device's clock. That may be hours from now. */
  readonly retryAt: number | null;
}

/** An edit of this device that the server has not stored: shown in place of the message's text. */
export interface PendingEdit {
  readonly seq: number;
  readonly text: string;
  /** `waiting`: will be sent, or is being sent. `failed`: the server refused it for good; edit again, or `discardEdit`. */
  readonly status: "waiting" | "failed";
  readonly error: ParleyError | null;
}

/** Messages that exist and are not loaded, between the messages `after` and `before`, both exclusive. Show it as a hole, and call `fill` when it comes into view. */
export interface Hole {
  readonly after: number;
  readonly before: number;
}

/** `key` is stable: a pending message keeps it when it is confirmed, so a list does not redraw it. */
export type TimelineEntry =
  | { readonly kind: "message"; readonly key: string; readonly message: Message; readonly isOwn: boolean }
  | { readonly kind: "notice"; readonly key: string; readonly notice: Notice }
  | { readonly kind: "hole"; readonly key: string; readonly hole: Hole }
  /** Older notices (titles, members) are left out here, because there are too many of them. No messages are missing. */
  | { readonly kind: "cut"; readonly key: string }
  | { readonly kind: "pending"; readonly key: string; readonly pending: PendingMessage };

/** What to show, oldest first. Between two entries nothing is missing unless a hole, or for notices a cut, stands there. */
export interface Timeline {
  readonly entries: readonly TimelineEntry[];
  /** Whether there is older history than the first entry. */
  readonly hasBefore: boolean;
  /** The newest message the server is known to have. If it is not here, a hole stands at the end. */
  readonly headSeq: number;
  /** Whether anything was loaded yet. False means that the messages are unknown, and never that there are none. */
  readonly isLoaded: boolean;
  /** Whether what is shown may be behind the server. */
  readonly isStale: boolean;
}

/** The content of a window: consecutive messages and notices, without a hole between them. */
export interface WindowState extends Timeline {
  /** Whether there are newer messages than the last entry. If there are none, the pending messages are the last entries. */
  readonly hasAfter: boolean;
}

/**
 * A part of the history that is shown beside the timeline, for example around a search result, a mention, or the first unread message. What lies
 * between the two is not loaded. All windows and the timeline share their messages: a change appears in each of them, and no message is fetched twice.
 * When a window reaches messages that are loaded already, it shows these, too.
 *
 * A window is kept up to date, and in memory, while it has a subscriber. Memory holds the messages around the end that was extended last.
 */
export interface HistoryWindow extends Observable<WindowState> {
  /** Loads the messages around the window's message, from the cache if they are there. Errors: `not_found` (there is no such message, or the user may not see it), `unavailable`. */
  load(options?: CallOptions): Promise<void>;
  /** Loads a page of older messages. Resolves to whether there are more. Errors: `unavailable`, `not_found`. */
  before(options?: CallOptions): Promise<boolean>;
  /** Loads a page of newer messages. Resolves to whether there are more. Errors: `unavailable`, `not_found`. */
  after(options?: CallOptions): Promise<boolean>;
}

/** Watermarks of the other members: 0 where their settings or this user's hide them. A member has read each message whose seq is at most their `read`. */
export interface Receipts {
  readonly byUser: ReadonlyMap<string, { readonly delivered: number; readonly read: number }>;
  /** The highest seq that some other member has received / read; in a direct chat, the peer. */
  readonly deliveredToAny: number;
  readonly readByAny: number;
  /** The highest seq that every other member has received / read. */
  readonly deliveredToAll: number;
  readonly readByAll: number;
}

export interface SendOptions {
  /** The `seq` of a message of this conversation. */
  readonly replyTo?: number;
  /** The mentioned users. The server leaves out users who are not members. */
  readonly mentions?: readonly string[];
  /** Mentions all members of a group. Only admins may: others are refused with `forbidden`. */
  readonly mentionsAll?: boolean;
  /**
   * Handles that the text mentions and whose users the program does not know. The SDK asks who of the members has them before the message is sent, also if that is
   * much later; a handle that no member has is left out.
   */
  readonly mentionHandles?: readonly string[];
  /** Files that are sent with the message, and attachments that are forwarded; at most 20, each up to 100 MiB. The text may then be empty. */
  readonly attachments?: readonly AttachmentSource[];
  /** The message is a poll: `text` must be empty. Programs that know no polls show its question and options as a text. It cannot be edited. */
  readonly poll?: PollQuestion;
  /** The idempotency key, if the program has one of its own: 1 to 64 of `A-Z a-z 0-9 _ -`. Default: a random one. */
  readonly clientId?: string;
  /** Called when the message is in storage, so that it outlives this program. It is not called if storage fails. */
  readonly onKept?: () => void;
  /** Aborting it discards the message as `discard` does, and the promise rejects with the signal's reason. A message that is on its way may still arrive. */
  readonly signal?: AbortSignal | undefined;
}

export interface FillOptions extends CallOptions {
  /** The end of the hole that is loaded first: the newer end (`before`, the default) or the older end (`after`). */
  readonly from?: "after" | "before";
}

/** How the open conversation is linked: by its own live socket (`live`), only through the account's link (`indirect`), or not any more (`gone`: left, removed, unknown). */
export type LiveStatus = "closed" | "connecting" | "live" | "indirect" | "gone";

/** What `verify` has found. */
export interface ChainCheck {
  readonly from: number;
  readonly to: number;
  /** The chain's hash at `to`, as this device has computed it. */
  readonly hash: string;
  /** Whether the hash that this device computed is the hash that the server has sent. */
  readonly isSound: boolean;
  /** The messages on this device that are others than those of the chain. */
  readonly differing: readonly number[];
}

/** What `verifyAll` has found. */
export interface WholeCheck {
  /** The first message that the user may see. */
  readonly first: number;
  /** The chain is sound from `first` up to this message. It is `headSeq` if the whole chain is sound. */
  readonly verified: number;
  /** The newest message when the check began. */
  readonly headSeq: number;
  /** Whether the computed hash is the one that the server sends for the newest message, and the chain continues what was verified before. */
  readonly isSound: boolean;
  /** The messages on this device that are others than those of the chain. */
  readonly differing: readonly number[];
}

export interface VerifyOptions extends CallOptions {
  /** Called after each thousand messages. */
  readonly onProgress?: (progress: { readonly verified: number; readonly headSeq: number }) => void;
  /** Begins with the first message again, and not where an earlier check ended. */
  readonly anew?: boolean;
}

export interface MembersAsk extends PageAsk {
  /** Only members whose handle, or a word of whose name, begins so; of several words each. */
  readonly query?: string;
}

/** One conversation of one account. */
export interface ConversationHandle extends Acting, Hiding, Polling {
  /** The conversation's id; it never changes. */
  readonly id: string;
  /** Its row of the inbox; undefined while the inbox has none. */
  readonly summary: Observable<Summary | undefined>;
  /** Kind, title, peer, policy, members (of a small group all, of a large one owners and admins), own role; undefined until `open` or `load`. */
  readonly details: Observable<Conversation | undefined>;
  /** Messages, notices, holes and pending messages, in the order to show them. */
  readonly timeline: Observable<Timeline>;
  /** Up to which message the other members have received and read. */
  readonly receipts: Observable<Receipts>;
  /** The ids of the other members who are typing now. */
  readonly typingUsers: Observable<readonly string[]>;
  /** How this conversation is linked. */
  readonly live: Observable<LiveStatus>;
  /** Edits of this device that are not stored by the server yet, by seq. */
  readonly edits: Observable<ReadonlyMap<number, PendingEdit>>;
  /**
   * One message, in the timeline or not, for example for a quote. It is fetched when a listener subscribes, and kept up to date from then on. Undefined
   * while it is not known, and if this user can see no such message.
   */
  message(seq: number): Observable<Message | undefined>;
  /**
   * Calls the listener for each message that arrives here while the conversation is open, its own ones too; not for history, nor for messages of a gap that was
   * longer than a page. It is meant for sounds and screen readers, and it never calls the server. Programs that must receive every message use
   * `Account.onMessage`.
   */
  onArrival(listener: (message: Message) => void): () => void;

  /**
   * To be called while the conversation is on screen: loads it, opens its live socket and keeps it up to date. Answers the function
   * that ends it; calls may overlap. `useEffect(() => conversation.open(), [conversation])`.
   */
  open(): () => void;
  /** Loads the details, and with them up to where the members have received and read, and no messages: for a row of a list. Errors: `not_found`, `unavailable`. */
  loadDetails(options?: CallOptions): Promise<void>;
  /** Loads details and the newest messages once, from the cache and the server, without a live socket. Errors: `not_found`, `unavailable`. */
  load(options?: CallOptions): Promise<void>;

  /**
   * Sends a message. It is in the timeline at once as pending, is kept over restarts, and is sent until the server has answered;
   * messages of one conversation are sent in the order of the calls. Resolves when the server has stored it. Rejects when the text
   * cannot be sent at all (then nothing is pending), or when the server refused it for good (then it is pending as `failed`). The promise may be ignored.
   *
   * With attachments it is sent when they are uploaded, and takes its place then. Their files are kept until then, too, and an upload goes on where it ended.
   * A message fails with `storage_full` if there is no room for its files on this device: `resend` then sends it without keeping them.
   */
  send(text: string, options?: SendOptions): Promise<Ack>;
  /** Tries a failed message again, under the same clientId. If the server has stored it after all, it is not stored twice. */
  resend(clientId: string): void;
  /** Forgets a failed or waiting message. A waiting one that is on its way may still arrive. */
  discard(clientId: string): void;
  /** Pauses the uploads of pending messages, and goes on with them. */
  readonly uploads: MessageUploads;

  /**
   * Replaces the text of an own message. The edit is in `edits` at once, is kept over restarts, and is sent until the server has answered. Of several edits
   * of one message the last counts. Rejects when the text cannot be sent at all (then nothing is kept), when the server refused it for good (then it stays
   * in `edits` as `failed`: `forbidden`, `conflict` if the message was unsent, `not_found`), or when it is discarded. With neither `mentions` nor
   * `mentionHandles` the message keeps its mentions; the handles are those of `SendOptions`.
   */
  edit(seq: number, text: string, mentions?: readonly string[], mentionHandles?: readonly string[]): Promise<void>;
  /** Forgets a failed or waiting edit. A waiting one that is on its way may still be stored. */
  discardEdit(seq: number): void;
  /** Loads a whole message, if the timeline holds only the beginning of its text (`truncated`). The timeline then holds it whole. Errors: `not_found`. */
  loadFullMessage(seq: number, options?: CallOptions): Promise<Message>;

  /** Raises the user's read watermark. Receipts are sent after a short delay, several at once. The SDK itself sends `delivered`, when this device has stored a message. */
  markRead(seq: number): void;
  /** Notes that the user is typing. Call it at each keystroke; the SDK sends it every few seconds at most. */
  notifyTyping(): void;

  /** Loads a page older than what is shown (before the first entry). Resolves to whether there is more. */
  loadBefore(options?: CallOptions): Promise<boolean>;
  /** Loads the newest messages, closing the hole at the end. */
  loadNewest(options?: CallOptions): Promise<void>;
  /** Loads the messages around a message, for a jump to it. What lies between them and the loaded messages stays a hole. Errors: `not_found`. */
  loadAround(seq: number, options?: CallOptions): Promise<void>;
  /** A window around a message, for a jump that leaves the timeline as it is; `load` it. */
  window(at: { readonly around: number }): HistoryWindow;
  /** Loads a page of a hole, from its newer end, or with `from: "after"` from its older end. Errors: `unavailable`, `not_found`. */
  fill(hole: Hole, options?: FillOptions): Promise<void>;

  /**
   * Notes which messages are in view, by the first and the last. Call it whenever they change. Memory holds the newest messages and those around the view.
   * Messages far from both are dropped: they become a hole, or `hasBefore`, until they are loaded again. A program that never calls this counts as showing
   * the newest messages, or those that were loaded last.
   */
  inView(first: number, last: number): void;

  /** `Account.search` in this conversation; `window` or `loadAround` lead to a hit. Errors: as there. */
  search(query: string, ask?: SearchAsk): Promise<SearchPage<SearchHit>>;

  /** The members: owners, admins, then the others by when they joined. Errors: `not_found`. */
  members(ask?: MembersAsk): Promise<Page<Member>>;
  /** Adds a user to a group, with a role, by default `member`. For a user who is a member already nothing changes. Errors: `forbidden`, `too_large` (full), `not_found`. */
  addMember(userId: string, role?: Role): Promise<Member>;
  /**
   * Adds up to `limits.memberIdsPerCallMax` users to a group, all of them or none, with one notice; resolves to those who were no members before. Errors: as
   * `addMember`.
   */
  addMembers(userIds: readonly string[]): Promise<readonly string[]>;
  /** Gives a member another role; only owners can. Errors: `forbidden`, `not_found`. */
  setRole(userId: string, role: Role): Promise<Member>;
  /** Removes a member, who receives nothing of the conversation from then on. Errors: `forbidden`, `not_found`. */
  removeMember(userId: string): Promise<void>;
  /** Leaves a group; its row stays in the inbox with `left: true`. Errors: `forbidden`, `not_found`. */
  leave(): Promise<void>;
  /** Changes title or policy of a group. Errors: `forbidden`, `not_found`, `bad_request`. */
  patch(patch: ConversationPatch): Promise<Conversation>;
  /** Sets the picture of a group, or removes it; as `Account.setAvatar`. Errors: as there, `forbidden`, `not_found`. */
  setAvatar(file: Blob | null): Promise<Conversation>;
  /**
   * What messages of this conversation have attached, the newest first. A page may be short, or empty: as long as it has a `cursor` there may be more.
   * Errors: `not_found`.
   */
  sharedMedia(ask?: SharedMediaAsk): Promise<Page<SharedMedia>>;
  /** Makes an invite; each call makes another one. Only this answer has its `code`. Errors: `forbidden`, `too_large`. */
  createInvite(draft?: InviteDraft): Promise<Invite>;
  /** The invites that can still be used, without their codes, the newest first. Admins receive all of them, other members their own. */
  invites(ask?: PageAsk): Promise<Page<ListedInvite>>;
  /** Ends an invite by its id. Admins can end every invite, other members their own. Errors: `forbidden`, `not_found`. */
  deleteInvite(id: string): Promise<void>;
  /**
   * The whole conversation, as lines of JSON to be read from the answer's `body`, texts whole; the last one is `{type:"end"}`, and without it the export is
   * not complete. `signal` also ends the reading. Errors: `not_found`, `rate_limited`.
   */
  export(options?: CallOptions): Promise<Response>;
  /**
   * Checks a range of the conversation's hash chain (at most `limits.verifyRangeMax`, 1,000 messages), and whether the messages of this device, in memory
   * or stored, are those of the chain. Two devices that get the same `hash` for the same range have the same messages. Edits and unsends do not change the
   * chain, so of a changed message only sender and time are compared. Pages on plain http have no hash functions: there the call rejects. Errors:
   * `not_found`, `bad_request`.
   */
  verify(from: number, to: number, options?: CallOptions): Promise<ChainCheck>;
  /**
   * The same for the whole conversation, a thousand messages at a time. Storage keeps how far the check has come. A later check goes on from there, and
   * finds it out if the server's chain is no longer the one that was verified before. Errors: `not_found`, `unavailable`.
   */
  verifyAll(options?: VerifyOptions): Promise<WholeCheck>;
}
