/** Owns one conversation as a program sees it: composes timeline, outbox, receipts, typing and live link. */
import type { Conversation as ConversationDetails } from "../../schema/wire/conversation.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Message } from "../../schema/wire/message.ts";
import { abortable } from "../abortable.ts";
import type { CallOptions } from "../contract/page.ts";
import type { ConversationHandle } from "../contract/conversation/conversation.ts";
import type { Observable } from "../contract/observable.ts";
import { keys } from "../storage/keys.ts";
import { ConversationCache, type Loaded } from "../storage/conversation-cache.ts";
import { ConversationAsks, ConversationCalls } from "./conversation-calls.ts";
import type { ConversationHost } from "./conversation-host.ts";
import { ConversationSync } from "../sync/conversation-sync.ts";
import { Details } from "./details.ts";
import type { SyncSocket, UpDraft } from "../link/frame-socket.ts";
import { LiveLink, type LiveSocket, type Place } from "./live-link.ts";
import { liveDoorOf, type OwnLiveDoor } from "./live-door.ts";
import { takeNews, type ConversationFrame } from "./news.ts";
import { Deleting } from "../sync/deleting.ts";
import { Marks } from "../sync/marks.ts";
import { MessageActions } from "./message-actions.ts";
import { Derived, Events } from "../observable.ts";
import { OnScreen } from "./on-screen.ts";
import { ActsOverlay } from "../timeline/acts-overlay.ts";
import { Sending } from "./sending.ts";
import { Singles } from "./singles.ts";
import type { Marks as Watermarks } from "../receipts/marks-by-user.ts";
import { Receipts } from "../receipts/receipts.ts";
import { Typing } from "./typing.ts";
import type { VerifierParts } from "../history/verify.ts";
import { Views } from "../history/views.ts";

/** How often receipts are asked for where no socket brings them. */
const lookAgainMs = 10_000;

export class Conversation extends ConversationAsks implements ConversationHandle {
  readonly id: string;
  /** The live socket, through which other tabs are served. */
  readonly door: OwnLiveDoor;
  readonly #host: ConversationHost;
  protected readonly sync: ConversationSync;
  readonly #live: LiveLink;
  readonly #receipts: Receipts;
  readonly #typing: Typing;
  protected readonly calls: ConversationCalls;
  protected readonly actions: MessageActions;
  protected readonly sending: Sending;
  readonly #reactions: ActsOverlay;
  readonly summary: Derived<Summary | undefined>;
  protected readonly views: Views;
  protected readonly verifying: VerifierParts;
  protected readonly facts: Details;
  readonly #screen: OnScreen;
  readonly #singles: Singles;
  protected readonly marks: Marks;
  readonly #arrivals = new Events<readonly Message[]>();
  #hasSaved = false;
  /** When the hello of the live socket was asked for, in receipts. */
  #helloAsked = 0;

  constructor(host: ConversationHost) {
    super();
    const { id, userId, api, clock, random, storage, isWriter, inbox, acts } = host;
    this.id = id;
    this.#host = host;
    this.calls = new ConversationCalls(api, id);
    const onHides = (from: number) => this.views.hidesChanged(from, this.#singles);
    const here = () => acts.of(id);
    const onKept = () => this.sync.besideChanged();
    this.marks = new Marks({ conversationId: id, api, clock, acts: here, onHides, onKept });
    this.#reactions = new ActsOverlay(userId);
    this.#typing = new Typing({ conversationId: id, clock, serverNow: host.serverNow, api });
    this.facts = new Details(
      clock,
      () => this.calls.details(),
      () => this.#receipts.moment,
      (details, asked) => this.#detailsCame(details, asked),
      here,
    );
    const viaSocket = (frame: UpDraft) => this.#socket?.request(frame);
    const { isLinked, keepReceipt: keep } = host;
    this.#receipts = new Receipts({ conversationId: id, userId, api, clock, random, keep, viaSocket, isLinked });
    this.sync = new ConversationSync({
      conversationId: id,
      api,
      clock,
      random,
      cache: new ConversationCache({ storage, userId, conversationId: id, isWriter }),
      beside: () => ({
        delivered: this.#receipts.delivered,
        details: this.facts.state.getSnapshot(),
        marks: this.marks.kept,
      }),
      isLinked: host.isLinked,
      isBringing: () => this.#live.isBringing,
      isInUse: () => this.#isInUse,
      places: () => this.views.places,
      onLoaded: (loaded) => this.#loaded(loaded),
      marksKnown: (loaded) => this.marks.known(loaded?.marks, host.inbox.row(id)),
      onChange: () => this.views.touch(),
      onDetails: (shared) => this.facts.takeShared(shared),
      onStates: (messages) => (messages === undefined ? this.#storeRestored() : this.#singles.take(messages)),
      onArrived: (messages) => {
        this.#arrivals.emit(messages);
        host.onArrived(messages);
      },
      onSaved: (messages) => this.#saved(messages),
      onGone: () => this.#live.gone(),
    });
    this.#singles = new Singles({
      held: (seq) => this.sync.timeline.messages.get(seq),
      fetch: async (seq) => await this.sync.whole(seq),
      isHidden: (seq) => this.marks.hides.getSnapshot().has(seq),
    });
    this.sending = new Sending({
      ...{ conversationId: id, userId, api, viaSocket, outbox: host.outbox, sync: this.sync },
      onSend: () => this.#typing.rest(),
    });
    this.#live = new LiveLink({
      clock,
      random,
      sync: this.sync,
      open: (at, listen) => {
        this.#helloAsked = this.#receipts.moment;
        return host.openLive(at, listen);
      },
      renew: host.renew,
      mayTry: host.mayUseSockets,
      onHello: (members) => this.#receipts.takeAll(members, true, this.#helloAsked),
      onFrame: (frame, place) => {
        host.onLive(frame);
        this.take(frame, place);
      },
      onPong: (pong) => host.onLive({ pong }),
      onGone: () => this.#live.gone(),
    });
    this.door = liveDoorOf(this.#live, this.sync.timeline, this.#receipts);
    this.#screen = new OnScreen({
      clock,
      onOpen: () => this.#appeared(),
      onClose: () => {
        this.#live.stop();
        this.sync.place.leave();
      },
      onTick: () => this.#lookAgain(),
      tickMs: lookAgainMs,
    });
    this.summary = new Derived(() => host.inbox.row(id), "changes");
    const { sync, marks, facts: details } = this;
    const parts = { conversationId: id, userId, api, clock, inbox, acts, edits: host.edits, sync, marks, details };
    const deleting = new Deleting({ ...parts, summary: this.summary });
    this.actions = new MessageActions({ ...parts, deleting, onActs: () => this.#actsChanged() });
    this.views = new Views({
      userId,
      sync: this.sync,
      reactions: this.#reactions,
      pending: () => host.outbox.pending(id),
      isStale: () => host.isStale() && this.#live.status.getSnapshot() !== "live",
      hides: this.marks.hides.getSnapshot,
    });
    this.#live.status.subscribe(this.views.touch);
    this.verifying = { calls: this.calls, sync: this.sync, storage, key: keys.verified(userId, id) };
    this.#actsChanged();
  }

  get timeline(): Views["timeline"] {
    return this.views.timeline;
  }
  get receipts(): Receipts["view"] {
    return this.#receipts.view;
  }
  get typingUsers(): Typing["users"] {
    return this.#typing.users;
  }
  get live(): LiveLink["status"] {
    return this.#live.status;
  }

  readonly onArrival = (listener: (message: Message) => void): (() => void) =>
    this.#arrivals.add((messages) => messages.forEach(listener));

  readonly open = (): (() => void) => this.#screen.open();

  readonly load = ({ signal }: CallOptions = {}): Promise<void> => abortable(this.#bringUp(), signal);

  readonly message = (seq: number): Observable<Message | undefined> => this.#singles.of(seq);

  markRead(given: number): void {
    const seq = this.sync.written(given, this.#host.inbox.row(this.id)?.head.seq);
    this.#receipts.raise({ read: seq });
    this.#host.inbox.showRead(this.id, seq);
    // A receipt that raises nothing does not clear the mark of unread.
    if (this.summary.getSnapshot()?.markedUnread === true)
      this.#host.inbox.patch(this.id, { markedUnread: false }).catch(() => undefined);
  }

  notifyTyping(): void {
    this.#typing.send(this.#socket);
  }

  readonly leave = (): Promise<void> => this.calls.removeMember(this.#host.userId);

  /** A frame of this conversation; `place`: what it covers, where that is more than its own rev. */
  take(frame: ConversationFrame, place?: Place): void {
    if (frame.type === "message") this.#typing.stopped(frame.message.senderId);
    if (frame.type === "receipt") this.#receipts.take(frame.userId, frame);
    if (frame.type === "typing" && frame.userId !== this.#host.userId) this.#typing.receive(frame.userId, frame.until);
    if (frame.type === "message" || frame.type === "change")
      takeNews(frame, place, this.sync, this.#host.userId, this.facts);
    // In a large group nobody shows receipts: those from before it grew are over.
    if (frame.type === "change" && frame.conversation?.mode === "large") this.#receipts.takeAll([], true);
  }

  /** The row of the inbox changed. */
  rowChanged(row: Summary): void {
    this.summary.touch();
    this.#receipts.known({ delivered: row.read, read: row.read });
    this.facts.compare(row);
    this.#compareMarks();
    if (row.left) return this.#live.gone();
    if (this.#live.status.getSnapshot() === "gone") {
      this.#live.back();
      if (this.#screen.isOpen) this.#appeared();
    }
    this.#noteRow(row);
  }

  /** What a large group has is fetched when somebody looks at it. */
  #noteRow(row: Summary | undefined): void {
    if (row?.left === false && (row.mode === "small" || this.#isInUse)) this.sync.noteHead(row.head);
  }

  /** Fetches what is new and stores it. */
  async prefetch(): Promise<void> {
    await this.sync.bringUpToDate();
  }

  /** Writes what is not stored yet. */
  async store(): Promise<void> {
    if (this.sync.timeline.unsavedCount > 0) await this.sync.flush();
  }

  rowTouched(): void {
    this.summary.touch();
  }

  /** The account's link changed; `isLinked`: it is there again. */
  linkChanged(isLinked: boolean): void {
    this.views.touch();
    if (!isLinked) return;
    this.#live.wake();
    this.#receipts.resume();
    this.#singles.resume();
    if (this.#screen.isOpen) this.#bringUp().catch(() => undefined);
    else this.sync.resume();
  }

  /** Watermarks that another instance reached and did not send before it ended. */
  readonly adoptReceipt = (owed: Watermarks): void => this.#receipts.raise(owed);
  readonly outboxChanged = (): void => this.views.touch();

  /** The conversation as a call answered it. */
  takeDetails(details: ConversationDetails): void {
    this.facts.take(details);
  }

  /** Ends timers and the socket; what is held is stored. */
  close(): void {
    this.#screen.end();
    this.facts.close();
    this.#live.stop();
    this.#receipts.close();
    this.#typing.close();
    this.sync.close();
  }

  get #isInUse(): boolean {
    return this.#screen.isOpen || this.views.timeline.isWatched;
  }

  async #bringUp(): Promise<void> {
    const row = this.#host.inbox.row(this.id);
    if (row?.left === false) this.sync.noteHead(row.head);
    this.marks.compare(row);
    await Promise.all([this.sync.bringUpToDate(), this.facts.refresh()]);
  }

  #actsChanged(): void {
    this.#reactions.show(this.#host.acts.of(this.id));
    this.marks.actsChanged();
    this.facts.shown.touch();
    this.#compareMarks();
    this.views.touch();
  }

  #compareMarks(): void {
    const row = this.#host.inbox.row(this.id);
    if (this.#isInUse || row?.cleared !== undefined) this.marks.compare(row);
  }

  #storeRestored(): void {
    this.#singles.reset();
    this.#host.acts.reset(this.id);
    this.#host.edits.reset(this.id);
    this.#receipts.reset();
  }

  #appeared(): void {
    this.#live.start();
    this.#bringUp().catch(() => undefined);
  }

  /** Without a socket that brings them, the receipts of others have to be asked for. The sync socket brings those of direct chats; in large groups there are none. */
  #lookAgain(): void {
    const row = this.#host.inbox.row(this.id);
    const areBrought = row?.kind === "dm" || row?.mode === "large" ? this.#socket : this.#live.socket;
    if (areBrought === undefined && this.#host.isLinked()) this.facts.refresh().catch(() => undefined);
  }

  #detailsCame(details: ConversationDetails, asked: number): void {
    this.sync.meetEpoch(details.epoch);
    this.sync.noteHead(details.head);
    const members = details.members?.map(({ user, delivered, read }) => ({ userId: user.id, delivered, read })) ?? [];
    this.#receipts.takeAll(members, details.mode === "large" || details.members?.length === details.memberCount, asked);
    this.#receipts.known(details.me);
  }

  #loaded(loaded: Loaded | undefined): void {
    // The row of the inbox may have a higher head already, from before this conversation was made.
    this.#noteRow(this.#host.inbox.row(this.id));
    if (loaded === undefined) return;
    this.#receipts.known({ delivered: loaded.delivered, read: 0 });
    if (loaded.details !== undefined) this.facts.restore(loaded.details);
  }

  /** Messages that are stored here are delivered. Only the tab that stores them sends that receipt. In a large group nobody would see it. */
  #saved(written: Iterable<Message>): void {
    const isLarge = this.#host.inbox.row(this.id)?.mode === "large";
    if (isLarge || this.#live.status.getSnapshot() === "gone" || !this.#host.isWriter()) return;
    const { spans, messages } = this.sync.timeline;
    // The receipt for messages that an earlier run stored may not have been sent.
    this.#receipts.stored(spans.at(-1)?.to ?? 0, this.#hasSaved ? written : messages.values());
    this.#hasSaved ||= messages.size > 0;
  }

  /** The open socket with the shortest way to the conversation. */
  get #socket(): LiveSocket | SyncSocket | undefined {
    return this.#live.socket ?? this.#host.syncSocket();
  }
}
