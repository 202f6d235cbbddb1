/** Owns what a program sees of one conversation: its timeline, its members, and what can be done in it. */
import type { ConversationPatch, Invite, InviteDraft, ListedInvite } from "../../schema/http/conversations.ts";
import type { Conversation, Member } from "../../schema/wire/conversation.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Ack, Message, Notice, Role } from "../../schema/wire/message.ts";
import type { ParleyError } from "../errors.ts";
import type { CallOptions, Page, PageAsk } from "./page.ts";
import type { Observable } from "./observable.ts";
import type { SearchAsk, SearchHit, SearchPage } from "./search.ts";

/** A message of this device that the timeline does not hold yet as a confirmed one. */
export interface PendingMessage {
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | null;
  readonly mentions: readonly string[];
  /** This device's clock. */
  readonly createdAt: number;
  /** `waiting`: will be sent, or is being sent. `failed`: the server refused it for good; `resend` or `discard` it. */
  readonly status: "waiting" | "failed";
  /** Why it failed, or why the last try did not get through. */
  readonly error: ParleyError | null;
  /** While it waits because the server said so: when it is tried again, by this device's clock. It may be hours. */
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

/** Messages that exist and are not here: `after` and `before` are their neighbours, both exclusive. Show it as a hole, call `fill` when it comes into view. */
export interface Hole {
  readonly after: number;
  readonly before: number;
}

/** `key` is stable: a pending message keeps it when it is confirmed, so a list does not redraw it. */
export type TimelineEntry =
  | { readonly kind: "message"; readonly key: string; readonly message: Message; readonly isOwn: boolean }
  | { readonly kind: "notice"; readonly key: string; readonly notice: Notice }
  | { readonly kind: "hole"; readonly key: string; readonly hole: Hole }
  /** Here older notices (titles, members) are left out, for there are too many of them. No messages are missing. */
  | { readonly kind: "cut"; readonly key: string }
  | { readonly kind: "pending"; readonly key: string; readonly pending: PendingMessage };

/** What to show, oldest first. Between two entries nothing is missing unless a hole, or for notices a cut, stands there. */
export interface Timeline {
  readonly entries: readonly TimelineEntry[];
  /** Whether there is older history than the first entry. */
  readonly hasBefore: boolean;
  /** The newest message the server is known to have. If it is not here, a hole stands at the end. */
  readonly headSeq: number;
  /** Whether anything was loaded yet; false means "not known", never "empty". */
  readonly isLoaded: boolean;
  /** Whether what is shown may be behind the server. */
  readonly isStale: boolean;
}

/** What a window shows: messages and notices that follow each other, without a hole between them. */
export interface WindowState extends Timeline {
  /** Whether there are newer messages than the last entry. Where there are none, pending ones follow. */
  readonly hasAfter: boolean;
}

/**
 * A place in the history, beside the timeline: search results, mentions, answered messages and the first unread one open in it, and what lies
 * between is not loaded. All windows and the timeline show the same messages: a change is seen in each, and none is fetched twice. A window that
 * meets what is loaded already shows both from then on.
 *
 * It is kept up to date, and in memory, while somebody subscribes. Memory holds what surrounds the end that was extended last.
 */
export interface HistoryWindow extends Observable<WindowState> {
  /** Loads what surrounds the message, from the cache where it is there. Errors: `not_found` (there is none, or it is not to be seen), `unavailable`. */
  load(options?: CallOptions): Promise<void>;
  /** Loads a page of older messages. Resolves to whether there are more. Errors: `unavailable`, `not_found`. */
  before(options?: CallOptions): Promise<boolean>;
  /** Loads a page of newer messages. Resolves to whether there are more. Errors: `unavailable`, `not_found`. */
  after(options?: CallOptions): Promise<boolean>;
}

/** Watermarks of the others, as far as they and we show them: 0 where hidden. A message is read by those whose `read` is at least its seq. */
export interface Receipts {
  readonly byUser: ReadonlyMap<string, { readonly delivered: number; readonly read: number }>;
  /** The highest seq that some other member has got / read; in a direct chat, the peer. */
  readonly deliveredToAny: number;
  readonly readByAny: number;
  /** The highest seq that every other member has got / read. */
  readonly deliveredToAll: number;
  readonly readByAll: number;
}

export interface SendOptions {
  /** The `seq` of a message of this conversation. */
  readonly replyTo?: number;
  /** Users to be told; who is not a member is dropped. */
  readonly mentions?: readonly string[];
  /** The idempotency key, if the program has one of its own: 1 to 64 of `A-Z a-z 0-9 _ -`. Default: a random one. */
  readonly clientId?: string;
  /** Called when it is in storage and outlives this program; not called where storage fails. */
  readonly onKept?: () => void;
  /** Aborting it is `discard`, and the promise rejects with the signal's reason. A message that is on its way may still arrive. */
  readonly signal?: AbortSignal | undefined;
}

export interface FillOptions extends CallOptions {
  /** The end of the hole that is loaded first: the newer one (`before`, the default) or the older one. */
  readonly from?: "after" | "before";
}

/** How the open conversation is linked: by its own live socket, through the account's link only, or not any more (left, removed, unknown). */
export type LiveStatus = "closed" | "connecting" | "live" | "indirect" | "gone";

/** What `verify` has found. */
export interface ChainCheck {
  readonly from: number;
  readonly to: number;
  /** The chain's hash at `to`, as this device has worked it out. */
  readonly hash: string;
  /** Whether the range adds up to the hash that the server told. */
  readonly isSound: boolean;
  /** The messages on this device that are others than those of the chain. */
  readonly differing: readonly number[];
}

/** What `verifyAll` has found. */
export interface WholeCheck {
  /** The first message that the user may see. */
  readonly first: number;
  /** The chain is sound from `first` up to here: `headSeq` where everything is as it should be. */
  readonly verified: number;
  /** The newest message when the check began. */
  readonly headSeq: number;
  /** Whether all of it adds up to the hash that the server tells for its newest message, and goes on from what was verified before. */
  readonly isSound: boolean;
  /** The messages on this device that are others than those of the chain. */
  readonly differing: readonly number[];
}

export interface VerifyOptions extends CallOptions {
  /** Told after each thousand messages. */
  readonly onProgress?: (progress: { readonly verified: number; readonly headSeq: number }) => void;
  /** Begins with the first message, though an earlier check has come further. */
  readonly anew?: boolean;
}

/** One conversation of one account. */
export interface ConversationHandle {
  /** The conversation's id; it never changes. */
  readonly id: string;
  /** Its row of the inbox; undefined while the inbox knows none. */
  readonly summary: Observable<Summary | undefined>;
  /** Kind, title, peer, policy, members (the first 100), own role; undefined until `open` or `load`. */
  readonly details: Observable<Conversation | undefined>;
  /** Messages, notices, holes and pending messages, in the order to show them. */
  readonly timeline: Observable<Timeline>;
  /** How far the others have received and read. */
  readonly receipts: Observable<Receipts>;
  /** Who is typing now, without oneself. */
  readonly typingUsers: Observable<readonly string[]>;
  /** How this conversation is linked. */
  readonly live: Observable<LiveStatus>;
  /** Edits of this device that are not stored by the server yet, by seq. */
  readonly edits: Observable<ReadonlyMap<number, PendingEdit>>;
  /**
   * One message, wherever the timeline is, as a quote shows it: fetched when somebody subscribes, and then up to date. Undefined while it is not
   * known, and where there is none to be seen.
   */
  message(seq: number): Observable<Message | undefined>;
  /**
   * Calls the listener for each message that arrives here while the conversation is open, its own ones too; not for history, nor for what was
   * missed by more than a page. For what is said or sounded beside the screen: it asks nothing of the server. Programs that must hear of every
   * message use `Account.onMessage`.
   */
  onArrival(listener: (message: Message) => void): () => void;

  /**
   * To be called while the conversation is on screen: loads it, opens its live socket and keeps it up to date. Answers the function
   * that ends it; calls may overlap. `useEffect(() => conversation.open(), [conversation])`.
   */
  open(): () => void;
  /** Loads details and the newest messages once, from the cache and the server, without a live socket. Errors: `not_found`, `unavailable`. */
  load(options?: CallOptions): Promise<void>;

  /**
   * Sends a message. It is in the timeline at once as pending, is kept over restarts, and is sent until the server has answered;
   * messages of one conversation go out in the order of the calls. Resolves when it is stored for good. Rejects when the text
   * cannot be sent at all (nothing pending then) or when the server refused it for good (pending as `failed`). Ignoring the promise is fine.
   */
  send(text: string, options?: SendOptions): Promise<Ack>;
  /** Tries a failed message again, under the same clientId; what was stored after all is not stored twice. */
  resend(clientId: string): void;
  /** Forgets a failed or waiting message. A waiting one that is on its way may still arrive. */
  discard(clientId: string): void;

  /**
   * Replaces the text of an own message. It is in `edits` at once, is kept over restarts, and is sent until the server has answered; of several of one
   * message the last counts. Rejects when the text cannot be sent at all (nothing is kept then), when the server refused it for good (it stays in
   * `edits` as `failed`: `forbidden`, `conflict` where the message was unsent, `not_found`) or when it is discarded.
   */
  edit(seq: number, text: string, mentions?: readonly string[]): Promise<void>;
  /** Forgets a failed or waiting edit. A waiting one that is on its way may still be stored. */
  discardEdit(seq: number): void;
  /** Erases a message for everybody: own ones, in a group also others' by admins. Errors: `forbidden`, `not_found`, `unavailable`. */
  unsend(seq: number): Promise<void>;
  /** Puts one's reaction on a message, or takes it off; shown at once, undone if refused. Errors: `forbidden`, `not_found`, `too_large`, `bad_request` (no emoji). */
  react(seq: number, emoji: string, on: boolean): Promise<void>;
  /** The whole message, where the timeline holds only the beginning of a long text (`truncated`); the timeline then holds it whole. Errors: `not_found`. */
  loadFullMessage(seq: number, options?: CallOptions): Promise<Message>;

  /** Raises one's read watermark; sent with a short delay, together with others. Delivery is told by the SDK itself, when a message is stored. */
  markRead(seq: number): void;
  /** Says that the user is typing; call it at each keystroke, it is sent every few seconds at most. */
  notifyTyping(): void;

  /** Loads a page older than what is shown (before the first entry). Resolves to whether there is more. */
  loadBefore(options?: CallOptions): Promise<boolean>;
  /** Loads the newest messages, closing the hole at the end. */
  loadNewest(options?: CallOptions): Promise<void>;
  /** Loads what surrounds a message, for a jump to it; what lies between stays a hole. Errors: `not_found`. */
  loadAround(seq: number, options?: CallOptions): Promise<void>;
  /** A window around a message, for a jump that leaves the timeline as it is; `load` it. */
  window(at: { readonly around: number }): HistoryWindow;
  /** Loads a page of a hole, from its newer end, or with `from: "after"` from its older end. Errors: `unavailable`, `not_found`. */
  fill(hole: Hole, options?: FillOptions): Promise<void>;

  /**
   * Says which messages are in view, by the first and the last, whenever that changes. Memory holds the newest messages and what surrounds the
   * view; what is far from both is let go, and is a hole, or `hasBefore`, until it is asked for again. Who never says it is taken to look at
   * the newest, or at what was loaded last.
   */
  inView(first: number, last: number): void;

  /** `Account.search` in this conversation; `window` or `loadAround` lead to a hit. Errors: as there. */
  search(query: string, ask?: SearchAsk): Promise<SearchPage<SearchHit>>;

  /** The members, in the order of their ids. Errors: `not_found`. */
  members(ask?: PageAsk): Promise<Page<Member>>;
  /** Adds a member to a group, with a role or as `member`; who is one already stays one. Errors: `forbidden`, `too_large` (full), `not_found`. */
  addMember(userId: string, role?: Role): Promise<Member>;
  /** Gives a member another role: for owners. Errors: `forbidden`, `not_found`. */
  setRole(userId: string, role: Role): Promise<Member>;
  /** Removes a member, who gets nothing any more from then on. Errors: `forbidden`, `not_found`. */
  removeMember(userId: string): Promise<void>;
  /** Leaves a group; its row stays in the inbox with `left: true`. Errors: `forbidden`, `not_found`. */
  leave(): Promise<void>;
  /** Changes title or policy of a group. Errors: `forbidden`, `not_found`, `bad_request`. */
  patch(patch: ConversationPatch): Promise<Conversation>;
  /** Makes an invite; each call makes another one. `code` is told only now. Errors: `forbidden`, `too_large`. */
  createInvite(draft?: InviteDraft): Promise<Invite>;
  /** The invites that are not over, without their codes, the newest first: all of them to admins, to others their own. */
  invites(ask?: PageAsk): Promise<Page<ListedInvite>>;
  /** Ends an invite by its id: admins any, others their own. Errors: `forbidden`, `not_found`. */
  deleteInvite(id: string): Promise<void>;
  /**
   * Checks a range of the conversation's hash chain (at most `limits.verifyRangeMax`, 1,000 messages), and whether the messages of it that are on
   * this device, in memory or stored, are those of the chain. Two devices that get the same `hash` for the same range hold the same messages. Edits and unsends leave the chain
   * as it is, so of a changed message only sender and time are compared. Pages on plain http have no hashing and reject. Errors: `not_found`, `bad_request`.
   */
  verify(from: number, to: number, options?: CallOptions): Promise<ChainCheck>;
  /**
   * The same for the whole conversation, a thousand messages at a time. How far it has come is kept in storage: a check that was given up, or is
   * made again later, goes on from there, and finds out if the server tells another past than before. Errors: `not_found`, `unavailable`.
   */
  verifyAll(options?: VerifyOptions): Promise<WholeCheck>;
}
