/** Owns one conversation as a program holds it: puts timeline, outbox, receipts, typing and live link together. */
import type { ConversationPatch, Invite, InviteDraft } from "../schema/http/conversations.ts";
import { deleteReaction, editMessage, postTyping, putReaction, unsendMessage, type ChainRange } from "../schema/http/messages.ts";
import type { Conversation as ConversationDetails, Member } from "../schema/wire/conversation.ts";
import type { Summary } from "../schema/wire/inbox.ts";
import type { Ack, Message, Notice, Role } from "../schema/wire/message.ts";
import { parseWith } from "../schema/wire/parse.ts";
import { messageDraft } from "../schema/wire/send.ts";
import type { Page, PageAsk } from "./contract/account.ts";
import type { ConversationHandle, Hole, SendOptions, Timeline as TimelineState } from "./contract/conversation.ts";
import { ConversationCache, type Loaded } from "./conversation-cache.ts";
import { ConversationCalls } from "./conversation-calls.ts";
import type { ConversationParts } from "./conversation-parts.ts";
import type { SyncSocket } from "./connection.ts";
import { ConversationSync } from "./conversation-sync.ts";
import { deliver, messageOf } from "./delivery.ts";
import { Details } from "./details.ts";
import { ParleyError } from "./errors.ts";
import type { UpDraft } from "./frame-socket.ts";
import type { LiveFrame } from "./frames.ts";
import { LiveLink, type LiveSocket } from "./live-link.ts";
import { Derived } from "./observable.ts";
import type { Draft } from "./outbox.ts";
import { randomId } from "./platform.ts";
import { ReactionOverlay } from "./reactions.ts";
import { Receipts } from "./receipts.ts";
import { retried } from "./retried.ts";
import { EntryMaker, viewTimeline } from "./timeline-view.ts";
import { Typing } from "./typing.ts";

/** What arrives for one conversation, on whichever socket. */
export type ConversationFrame = Extract<LiveFrame, { type: "message" | "change" | "receipt" | "typing" }>;

export class Conversation implements ConversationHandle {
  readonly id: string;
  readonly #parts: ConversationParts;
  readonly #sync: ConversationSync;
  readonly #live: LiveLink;
  readonly #receipts: Receipts;
  readonly #typing: Typing;
  readonly #calls: ConversationCalls;
  readonly #reactions: ReactionOverlay;
  readonly #entries: EntryMaker;
  readonly #summary: Derived<Summary | undefined>;
  readonly #timeline: Derived<TimelineState>;
  readonly #details: Details;
  #opens = 0;

  constructor(parts: ConversationParts) {
    const { id, userId, api, clock, random, storage, isWriter } = parts;
    this.id = id;
    this.#parts = parts;
    this.#calls = new ConversationCalls(api, id);
    this.#reactions = new ReactionOverlay(userId);
    this.#entries = new EntryMaker(userId);
    this.#typing = new Typing(clock, parts.serverNow);
    this.#details = new Details(clock, () => this.#calls.details(), (details) => this.#detailsCame(details));
    const viaSocket = (frame: UpDraft) => this.#socket?.request(frame);
    this.#receipts = new Receipts({ conversationId: id, userId, api, clock, random, viaSocket, isLinked: parts.isLinked });
    this.#sync = new ConversationSync({
      conversationId: id,
      api,
      clock,
      random,
      cache: new ConversationCache({ storage, userId, conversationId: id, isWriter }),
      beside: () => ({ delivered: this.#receipts.delivered, details: this.#details.state.getSnapshot() }),
      mustSeeAll: parts.mustSeeAll,
      isLinked: parts.isLinked,
      onLoaded: (loaded) => this.#loaded(loaded),
      onChange: () => this.#timeline.touch(),
      onFace: (face) => this.#details.takeFace(face),
      onArrived: parts.onArrived,
      onSaved: () => this.#sayDelivered(),
      onGone: () => this.#live.gone(),
    });
    this.#live = new LiveLink({
      clock,
      random,
      sync: this.#sync,
      open: parts.openLive,
      renew: parts.renew,
      mayTry: parts.mayUseSockets,
      onHello: (members) => this.#receipts.takeAll(members, true),
      onFrame: (frame, since) => this.take(frame, since),
      onGone: () => this.#live.gone(),
    });
    this.#summary = new Derived(() => parts.inbox.row(id));
    this.#timeline = new Derived(() => this.#viewed());
    this.#live.status.subscribe(() => this.#timeline.touch());
  }

  get summary(): Derived<Summary | undefined> {
    return this.#summary;
  }
  get details(): Details["state"] {
    return this.#details.state;
  }
  get timeline(): Derived<TimelineState> {
    return this.#timeline;
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

  open(): () => void {
    if (this.#opens++ === 0) {
      this.#live.start();
      this.#bringUp().catch(() => undefined);
    }
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      if (--this.#opens === 0) this.#live.stop();
    };
  }

  async load(): Promise<void> {
    await this.#bringUp();
  }

  send(text: string, { replyTo, mentions = [], clientId = randomId() }: SendOptions = {}): Promise<Ack> {
    const parsed = parseWith(messageDraft, { clientId, text, replyTo, mentions });
    if (!parsed.ok) return Promise.reject(new ParleyError(parsed.refusal));
    this.#typing.rest();
    return this.#parts.outbox.send({ conversationId: this.id, clientId, text, replyTo: replyTo ?? null, mentions });
  }

  resend(clientId: string): void {
    this.#parts.outbox.resend(this.id, clientId);
  }

  discard(clientId: string): void {
    this.#parts.outbox.discard(this.id, clientId);
  }

  async edit(seq: number, text: string, mentions?: readonly string[]): Promise<void> {
    const body = { text, ...(mentions === undefined ? {} : { mentions: [...mentions] }) };
    this.#sync.changed(await retried(() => this.#parts.api.call(editMessage, { params: this.#at(seq), body })));
  }

  async unsend(seq: number): Promise<void> {
    this.#sync.changed(await retried(() => this.#parts.api.call(unsendMessage, { params: this.#at(seq) })));
  }

  async react(seq: number, emoji: string, on: boolean): Promise<void> {
    const end = this.#reactions.add(seq, emoji, on);
    this.#timeline.touch();
    try {
      const params = { ...this.#at(seq), emoji };
      const { api } = this.#parts;
      this.#sync.changed(await retried(() => (on ? api.call(putReaction, { params }) : api.call(deleteReaction, { params }))));
    } finally {
      end();
      this.#timeline.touch();
    }
  }

  markRead(seq: number): void {
    this.#receipts.raise({ read: seq });
    this.#parts.inbox.showRead(this.id, seq);
    // A receipt that says nothing new clears nothing.
    if (this.#summary.getSnapshot()?.markedUnread === true) this.#parts.inbox.patch(this.id, { markedUnread: false }).catch(() => undefined);
  }

  typing(): void {
    if (!this.#typing.isDue()) return;
    const socket = this.#socket;
    if (socket !== undefined) socket.tell({ type: "typing", conversationId: this.id });
    else this.#parts.api.run(postTyping, { params: { conversationId: this.id } }).catch(() => undefined);
  }

  readonly loadBefore = (): Promise<boolean> => this.#sync.loadBefore();
  readonly loadAround = (seq: number): Promise<void> => this.#sync.loadAround(seq);
  readonly fill = (hole: Hole, from: "after" | "before" = "before"): Promise<void> => this.#sync.fill(hole, from);
  readonly whole = (seq: number): Promise<Message> => this.#sync.whole(seq);
  async loadNewest(): Promise<void> {
    await this.#sync.load();
    await this.#sync.loadNewest();
  }

  readonly members = (ask?: PageAsk): Promise<Page<Member>> => this.#calls.members(ask);
  readonly putMember = (userId: string, role?: Role): Promise<Member> => this.#calls.putMember(userId, role);
  readonly removeMember = (userId: string): Promise<void> => this.#calls.removeMember(userId);
  readonly createInvite = (draft?: InviteDraft): Promise<Invite> => this.#calls.createInvite(draft);
  readonly chain = (from: number, to: number): Promise<ChainRange> => this.#calls.chain(from, to);
  async leave(): Promise<void> {
    await this.#calls.removeMember(this.#parts.userId);
  }
  async patch(patch: ConversationPatch): Promise<ConversationDetails> {
    const details = await this.#calls.patch(patch);
    this.#details.take(details);
    return details;
  }

  /** A frame of this conversation; `since`: from where on it tells everything. */
  take(frame: ConversationFrame, since?: number): void {
    switch (frame.type) {
      case "message":
        this.#typing.stopped(frame.message.senderId);
        return this.#sync.feed({ since: since ?? frame.message.rev - 1, rev: frame.message.rev, messages: [frame.message], notices: [] }, true);
      case "change": {
        const { rev, messages = [], notices = [] } = frame;
        this.#sync.feed({ since: Math.min(frame.since ?? rev - 1, since ?? rev - 1), rev, messages, notices });
        if (frame.conversation !== undefined) this.#details.takeFace(frame.conversation);
        if (notices.some(changesMembers)) this.#details.refreshSoon();
        return;
      }
      case "receipt":
        return this.#receipts.take(frame.userId, frame);
      case "typing":
        if (frame.userId !== this.#parts.userId) this.#typing.heard(frame.userId, frame.until);
    }
  }

  /** The row of the inbox changed. */
  rowChanged(row: Summary): void {
    this.#summary.touch();
    this.#receipts.known({ delivered: row.read, read: row.read });
    const details = this.#details.state.getSnapshot();
    if (details !== undefined && (details.title !== row.title || details.me.role !== row.role || details.peer?.name !== row.peer?.name)) this.#details.refreshSoon();
    if (row.left) return this.#live.gone();
    if (this.#live.status.getSnapshot() === "gone") {
      this.#live.back();
      if (this.#opens > 0) {
        this.#live.start();
        this.#bringUp().catch(() => undefined);
      }
    }
    this.#sync.noteHead(row.head);
  }

  /** Brings what is new into the cache. `arrivedAfter`: what is newer than this was not there when the account last looked. */
  async prefetch(arrivedAfter: number): Promise<void> {
    await this.#sync.begin(arrivedAfter);
    await this.#sync.bringUpToDate();
  }

  rowTouched(): void {
    this.#summary.touch();
  }

  /** The account's link changed; `isLinked`: it is there again. */
  linkChanged(isLinked: boolean): void {
    this.#timeline.touch();
    if (!isLinked) return;
    this.#live.wake();
    this.#receipts.resume();
    if (this.#opens > 0) this.#bringUp().catch(() => undefined);
    else this.#sync.resume();
  }

  outboxChanged(): void {
    this.#timeline.touch();
  }

  /** The conversation as a call answered it. */
  takeDetails(details: ConversationDetails): void {
    this.#details.take(details);
  }

  async deliver(draft: Draft): Promise<Ack> {
    return await deliver(draft, this.#parts.api, (frame) => this.#socket?.request(frame));
  }

  /** Resolves when the timeline holds what was stored under this ack. */
  async confirm(draft: Draft, ack: Ack): Promise<void> {
    const message = messageOf(draft, ack, this.#parts.userId);
    if (message !== undefined) await this.#sync.confirm(ack, message);
  }

  /** Ends timers and the socket; what is held is stored. */
  close(): void {
    this.#details.close();
    this.#live.stop();
    this.#receipts.close();
    this.#typing.close();
    this.#sync.close();
  }

  async #bringUp(): Promise<void> {
    await Promise.all([this.#sync.bringUpToDate(), this.#details.refresh()]);
  }

  #detailsCame(details: ConversationDetails): void {
    this.#sync.meetEpoch(details.epoch);
    const members = details.members?.map(({ user, delivered, read }) => ({ userId: user.id, delivered, read })) ?? [];
    this.#receipts.takeAll(members, details.members?.length === details.memberCount);
    this.#receipts.known(details.me);
  }

  #loaded(loaded: Loaded | undefined): void {
    if (loaded === undefined) return;
    this.#receipts.known({ delivered: loaded.delivered, read: 0 });
    if (loaded.details !== undefined) this.#details.restore(loaded.details);
  }

  /** What is stored here is delivered. One's own messages need not be said. */
  #sayDelivered(): void {
    const newest = this.#sync.timeline.spans.at(-1)?.to ?? 0;
    const { delivered } = this.#receipts;
    if (newest <= delivered || !this.#parts.isWriter() || this.#live.status.getSnapshot() === "gone") return;
    for (let seq = newest; seq > delivered; seq--) {
      const message = this.#sync.timeline.messages.get(seq);
      if (message === undefined || message.senderId === this.#parts.userId) continue;
      return this.#receipts.raise({ delivered: newest });
    }
  }

  #viewed(): TimelineState {
    const { userId, outbox, isStale } = this.#parts;
    return viewTimeline(
      {
        timeline: this.#sync.timeline,
        pending: outbox.pending(this.id),
        userId,
        isStale: isStale() && this.#live.status.getSnapshot() !== "live",
        shown: this.#reactions.apply,
      },
      this.#entries,
    );
  }

  /** The shortest way to the server that is open. */
  get #socket(): LiveSocket | SyncSocket | undefined {
    return this.#live.socket ?? this.#parts.syncSocket();
  }

  #at(seq: number): { conversationId: string; seq: number } {
    return { conversationId: this.id, seq };
  }
}

function changesMembers({ kind }: Notice): boolean {
  return kind !== "conversation_created";
}
