/**
 * Owns the fold of one conversation: frames, acks, pages and changes go in, in any order and repeated; messages, notices and the
 * stretches of history that are known come out. No I/O.
 *
 * Held at every moment:
 * - `rev` is the cursor: every change up to it is in. What arrives beyond a gap waits until the gap is closed.
 * - Each message in `spans` is in a state at least as late as the cursor. So an old state may refresh what is held but never adds to it:
 *   something later may have happened to it that was not kept, because it was not held.
 * - What is not in `spans` is a hole, and shown as one.
 */
import type { Rev, Seq } from "../schema/ids.ts";
import type { ChangesPage, MessagesPage } from "../schema/http/messages.ts";
import type { Message, Notice } from "../schema/wire/message.ts";
import { joinMessages } from "./join.ts";
import { cutAbove, cutBelow, holds, spansOfSeqs, withSpan, type Spans } from "./spans.ts";

/** Frames beyond a gap that are kept; more are dropped, and catching up brings them. */
const waitingMax = 500;

/** A stretch of changes: everything in `(since, rev]`, in its state at `rev`. A message frame is the stretch of one rev. */
export interface Stretch {
  readonly since: Rev;
  readonly rev: Rev;
  readonly messages: readonly Message[];
  readonly notices: readonly Notice[];
  /**
   * Messages above this are new to the reader; default: those above what the cursor has seen. Needed where several stretches make up one
   * catching up: there a message that was changed since comes after younger ones.
   */
  readonly newAfter?: Seq | undefined;
}

/** Where a page was asked for. */
export type PageBound = { readonly before: Seq } | { readonly after: Seq } | { readonly around: Seq } | "newest";

/** What has to be written to a cache since it was last asked. */
export interface Dirty {
  readonly messages: Map<Seq, Message>;
  readonly notices: Map<Rev, Notice>;
  /** States of messages that are not held here; a cache that holds more than this timeline needs them. */
  readonly foreign: Map<Seq, Message>;
  /** Messages above this were dropped, before those in `messages` were put. */
  cutAbove: Seq | null;
  hasFacts: boolean;
}

/** What a cache keeps of a timeline beside messages and notices. */
export interface TimelineFacts {
  readonly epoch: string | null;
  readonly rev: Rev | null;
  readonly revSeq: Seq;
  readonly headSeq: Seq;
  readonly headRev: Rev;
  readonly floor: Seq | null;
}

export class Timeline {
  #facts: TimelineFacts = emptyFacts;
  #spans: Spans = [];
  #messages = new Map<Seq, Message>();
  #notices = new Map<Rev, Notice>();
  #waiting: Stretch[] = [];
  /** While pages are on their way: states that a page may be too old to know. */
  #overlay: Map<Seq, Message> | undefined;
  #pagesUnderWay = 0;
  #dirty = cleanDirty();
  #arrived: Message[] = [];

  get facts(): TimelineFacts {
    return this.#facts;
  }
  get spans(): Spans {
    return this.#spans;
  }
  get messages(): ReadonlyMap<Seq, Message> {
    return this.#messages;
  }
  get notices(): ReadonlyMap<Rev, Notice> {
    return this.#notices;
  }
  /** Whether something happened that is not in. */
  get isBehind(): boolean {
    return this.#facts.rev !== null && (this.#waiting.length > 0 || this.#facts.headRev > this.#facts.rev);
  }
  /** Whether there may be something older than what is held. Where the past ends is known only when a page has said so. */
  get hasBefore(): boolean {
    const first = this.#spans[0];
    return first !== undefined && first.after > (this.#facts.floor ?? -1);
  }
  /** Whether the newest message is here. */
  get holdsNewest(): boolean {
    return this.#facts.rev !== null && (this.#spans.at(-1)?.to ?? -1) >= this.#facts.headSeq;
  }

  has(seq: Seq): boolean {
    return this.#messages.has(seq);
  }

  /** The server is known to be this far. */
  noteHead(head: { seq: Seq; rev: Rev }): void {
    const { headSeq, headRev } = this.#facts;
    if (head.seq <= headSeq && head.rev <= headRev) return;
    this.#set({ headSeq: Math.max(headSeq, head.seq), headRev: Math.max(headRev, head.rev) });
  }

  /** Starts from nothing, or from what a cache kept. */
  restore(facts: TimelineFacts): void {
    this.#facts = {
      ...facts,
      headSeq: Math.max(facts.headSeq, this.#facts.headSeq),
      headRev: Math.max(facts.headRev, this.#facts.headRev),
    };
  }

  /** The epoch of what arrives. Answers whether it is another one, and everything held was dropped. */
  meetEpoch(epoch: string): boolean {
    if (this.#facts.epoch === epoch) return false;
    const isOther = this.#facts.epoch !== null;
    if (isOther) this.reset();
    this.#set({ epoch });
    return isOther;
  }

  reset(): void {
    this.#facts = emptyFacts;
    this.#spans = [];
    this.#messages.clear();
    this.#notices.clear();
    this.#waiting = [];
    this.#overlay = this.#pagesUnderWay > 0 ? new Map() : undefined;
    this.#dirty = { ...cleanDirty(), cutAbove: 0, hasFacts: true };
  }

  /** A frame, or an ack with the message it acknowledges. */
  feed(stretch: Stretch, isNewMessage = false): void {
    const newest = Math.max(0, ...stretch.messages.map((message) => message.seq));
    if (isNewMessage) this.noteHead({ seq: newest, rev: stretch.rev });
    else this.noteHead({ seq: 0, rev: stretch.rev });
    if (this.#facts.rev === null) {
      // Nothing is held, so a new message is a good place to begin: it is in its latest state, and all that follows will come.
      if (!isNewMessage) return this.#keepForPages(stretch.messages);
      this.#set({ rev: stretch.since, revSeq: newest - 1 });
    }
    this.#take(stretch);
    this.#drain();
  }

  /** The beginning of asking for a page: states that arrive until `page` or `pageFailed` are kept aside for it. */
  pageAsked(): void {
    this.#pagesUnderWay++;
    this.#overlay ??= new Map();
  }

  pageFailed(): void {
    this.#pagesUnderWay--;
    if (this.#pagesUnderWay === 0) this.#overlay = undefined;
  }

  /** A page that was asked for after `pageAsked`. What is in it is history, except what is newer than `arrivedAfter`. */
  page(
    page: Pick<MessagesPage, "messages" | "notices" | "head" | "hasBefore" | "hasAfter">,
    bound: PageBound,
    arrivedAfter = Infinity,
  ): void {
    if (this.#facts.rev === null) this.#set({ rev: page.head.rev, revSeq: page.head.seq });
    this.noteHead(page.head);
    this.#arrived.push(
      ...page.messages.filter((message) => message.seq > arrivedAfter && !this.#messages.has(message.seq)),
    );
    for (const message of page.messages) this.#hold(this.#overlay?.get(message.seq) ?? message, message);
    for (const notice of page.notices) this.#holdNotice(notice);
    const seqs = page.messages.map((message) => message.seq);
    for (const span of spansOfSeqs(seqs)) this.#addSpan(span.after, span.to);
    const first = seqs[0];
    const floor = page.hasBefore ? undefined : first !== undefined ? first - 1 : emptyAt(bound, page.head.seq);
    if (floor !== undefined) {
      if (this.#facts.floor !== floor) this.#set({ floor });
      if (first === undefined) this.#addSpan(floor, floor);
    }
    this.pageFailed();
    this.#drain();
  }

  /**
   * A page of changes after `asked.rev`, which was the cursor then. With `mutated`, what was made after it is not in the page, so what is
   * held of it may be old: it is dropped at the end, and is fetched again.
   */
  changes(
    page: Pick<ChangesPage, "head" | "rev" | "more" | "messages" | "notices">,
    asked: { rev: Rev; revSeq: Seq; mutated: boolean },
  ): void {
    const { rev } = this.#facts;
    this.noteHead(page.head);
    if (rev === null || asked.rev > rev) return;
    const isCurrent = page.rev >= rev;
    for (const notice of page.notices) this.#holdNotice(notice);
    for (const message of page.messages) {
      if (!asked.mutated && isCurrent && message.seq > asked.revSeq) this.#addMessage(message);
      else this.#refresh(message);
    }
    if (!isCurrent) return;
    if (asked.mutated && !page.more) this.#dropAbove(asked.revSeq);
    this.#set({ rev: page.rev, revSeq: page.more ? this.#facts.revSeq : page.head.seq });
    this.#drain();
  }

  /** What a cache had of a stretch, or one message fetched whole. It is as late as the cursor, by the rule that the cache keeps. */
  fill(messages: readonly Message[], notices: readonly Notice[], spans: Spans): void {
    for (const message of messages) this.#hold(this.#overlay?.get(message.seq) ?? message, message);
    for (const notice of notices) this.#holdNotice(notice);
    for (const span of spans) this.#addSpan(span.after, span.to);
  }

  /** A later or fuller state of a message that is held, if it is. */
  refresh(message: Message): void {
    this.#refresh(message);
  }

  /** Forgets all but the newest messages in memory; a cache still holds them. */
  forgetBelow(seq: Seq): void {
    for (const each of this.#messages.keys()) if (each <= seq) this.#messages.delete(each);
    this.#spans = cutBelow(this.#spans, seq);
  }

  takeDirty(): Dirty {
    const dirty = this.#dirty;
    this.#dirty = cleanDirty();
    return dirty;
  }

  /** Messages that were not held before and are newer than the cursor was: what arrived, as against history. By seq. */
  takeArrived(): readonly Message[] {
    const arrived = this.#arrived.toSorted((a, b) => a.seq - b.seq);
    this.#arrived = [];
    return arrived;
  }

  #take(stretch: Stretch): void {
    const rev = this.#facts.rev ?? 0;
    for (const notice of stretch.notices) this.#holdNotice(notice);
    if (stretch.rev <= rev) {
      for (const message of stretch.messages) this.#refresh(message);
      return;
    }
    if (stretch.since > rev) {
      this.#waiting.push(stretch);
      if (this.#waiting.length > waitingMax) this.#waiting = [];
      return;
    }
    let { revSeq } = this.#facts;
    const newAfter = Math.min(revSeq, stretch.newAfter ?? revSeq);
    for (const message of stretch.messages) {
      if (message.seq > newAfter) this.#addMessage(message);
      else this.#refresh(message);
      revSeq = Math.max(revSeq, message.seq);
    }
    this.#set({ rev: stretch.rev, revSeq });
  }

  /** Takes what waited, as far as the cursor now reaches. */
  #drain(): void {
    while (this.#waiting.length > 0) {
      const rev = this.#facts.rev ?? 0;
      const ready = this.#waiting.filter((stretch) => stretch.since <= rev);
      if (ready.length === 0) return;
      this.#waiting = this.#waiting.filter((stretch) => stretch.since > rev);
      for (const stretch of ready.toSorted((a, b) => a.rev - b.rev)) this.#take(stretch);
    }
  }

  #addMessage(message: Message): void {
    const isNew = !this.#messages.has(message.seq);
    this.#hold(this.#overlay?.get(message.seq) ?? message, message);
    this.#addSpan(message.seq - 1, message.seq);
    if (isNew) this.#arrived.push(message);
  }

  /** Puts a state of a message that is, or from now on will be, held. */
  #hold(...states: readonly [Message, ...Message[]]): void {
    const [{ seq }] = states;
    const held = this.#messages.get(seq);
    const joined = states.reduce(joinMessages, held ?? states[0]);
    this.#keepForPages([joined]);
    if (joined === held) return;
    this.#messages.set(seq, joined);
    this.#dirty.messages.set(seq, joined);
  }

  #refresh(message: Message): void {
    if (holds(this.#spans, message.seq)) return this.#hold(message);
    this.#keepForPages([message]);
    const known = this.#dirty.foreign.get(message.seq);
    this.#dirty.foreign.set(message.seq, known === undefined ? message : joinMessages(known, message));
  }

  #keepForPages(messages: readonly Message[]): void {
    for (const message of messages) {
      const kept = this.#overlay?.get(message.seq);
      this.#overlay?.set(message.seq, kept === undefined ? message : joinMessages(kept, message));
    }
  }

  #holdNotice(notice: Notice): void {
    if (this.#notices.has(notice.rev)) return;
    this.#notices.set(notice.rev, notice);
    this.#dirty.notices.set(notice.rev, notice);
    // Who may see how much of the past has changed: where it begins must be asked anew.
    if (notice.kind === "policy_changed" && this.#facts.floor !== null) this.#set({ floor: null });
  }

  #addSpan(after: Seq, to: Seq): void {
    const spans = withSpan(this.#spans, { after, to });
    if (spans === this.#spans) return;
    this.#spans = spans;
    this.#dirty.hasFacts = true;
  }

  #dropAbove(seq: Seq): void {
    this.#spans = cutAbove(this.#spans, seq);
    for (const each of [...this.#messages.keys()]) if (each > seq) this.#messages.delete(each);
    for (const each of [...this.#dirty.messages.keys()]) if (each > seq) this.#dirty.messages.delete(each);
    for (const each of [...this.#dirty.foreign.keys()]) if (each > seq) this.#dirty.foreign.delete(each);
    this.#dirty.cutAbove = Math.min(this.#dirty.cutAbove ?? seq, seq);
    this.#dirty.hasFacts = true;
  }

  #set(facts: Partial<TimelineFacts>): void {
    this.#facts = { ...this.#facts, ...facts };
    this.#dirty.hasFacts = true;
  }
}

/** Where a page without messages says that the past ends, if it says so. */
function emptyAt(bound: PageBound, headSeq: Seq): Seq | undefined {
  if (bound === "newest") return headSeq;
  return "before" in bound ? bound.before - 1 : undefined;
}

const emptyFacts: TimelineFacts = { epoch: null, rev: null, revSeq: 0, headSeq: 0, headRev: 0, floor: null };

function cleanDirty(): Dirty {
  return { messages: new Map(), notices: new Map(), foreign: new Map(), cutAbove: null, hasFacts: false };
}
