/**
 * Owns the fold of one conversation: frames, acks, pages and changes go in, in any order and repeated; messages, notices and the
 * stretches of history that are known come out. No I/O.
 *
 * Held at every moment:
 * - `rev` is the cursor: every change up to it is in. What arrives beyond a gap waits until the gap is closed.
 * - Each message in `spans` is at least as new as the cursor says. A state that is older than the cursor may update a held message, but is never
 *   added as a new one: a later change of that message may have been dropped, because the message was not held then.
 * - What is not in `spans` is a hole, and shown as one.
 */
import type { Rev, Seq } from "../../schema/ids.ts";
import type { ChangesPage, MessagesPage } from "../../schema/http/conversation/messages.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";
import { Arrivals } from "./arrivals.ts";
import { joinMessages } from "./join.ts";
import { Notices } from "./notices.ts";
import { PageOverlay } from "./page-overlay.ts";
import { cutAbove, holds, spansOfSeqs, withSpan, type Span, type Spans } from "./spans.ts";
import { emptyAt, type PageBound, type Stretch } from "./stretch.ts";
import { emptyFacts, nothingUnsaved, type TimelineFacts, type Unsaved } from "./unsaved.ts";
import { Touched } from "./touched.ts";
import { Waiting } from "./waiting.ts";

export class Timeline {
  #facts: TimelineFacts = emptyFacts;
  #spans: Spans = [];
  #messages = new Map<Seq, Message>();
  readonly notices = new Notices();
  readonly #waiting = new Waiting();
  readonly #overlay = new PageOverlay();
  /** Frames that arrive while the first page is on its way. They are applied after the page, which may be older than they are. */
  #early: { readonly stretch: Stretch; readonly isNewMessage: boolean }[] = [];
  /** A page that was asked for before everything was dropped may be of another epoch. */
  #isPageVoid = false;
  #unsaved = nothingUnsaved();
  /** The places that changed since this was last taken. */
  readonly touched = new Touched();
  readonly #arrivals = new Arrivals();

  get facts(): TimelineFacts {
    return this.#facts;
  }
  get spans(): Spans {
    return this.#spans;
  }
  get messages(): ReadonlyMap<Seq, Message> {
    return this.#messages;
  }
  /** Whether something happened that is not applied. */
  get isBehind(): boolean {
    return this.#facts.rev !== null && (!this.#waiting.isEmpty || this.#facts.headRev > this.#facts.rev);
  }
  get hasBefore(): boolean {
    return this.mayPrecede(this.#spans[0]);
  }
  /** Whether the newest message is here. */
  get holdsNewest(): boolean {
    return this.#facts.rev !== null && (this.#spans.at(-1)?.to ?? -1) >= this.#facts.headSeq;
  }

  /** Whether there may be messages before a stretch. Only a page from the server shows where the history begins. */
  mayPrecede(span: Span | undefined): boolean {
    return span !== undefined && span.after > (this.#facts.floor ?? -1);
  }

  has(seq: Seq): boolean {
    return this.#messages.has(seq);
  }

  /** The server has messages and changes up to here. */
  noteHead(head: { seq: Seq; rev: Rev }): void {
    const { headSeq, headRev } = this.#facts;
    if (head.seq <= headSeq && head.rev <= headRev) return;
    this.#set({ headSeq: Math.max(headSeq, head.seq), headRev: Math.max(headRev, head.rev) });
  }

  /** Starts from nothing, or from what a cache kept. */
  restore(facts: TimelineFacts): void {
    this.touched.from(0);
    this.#facts = {
      ...facts,
      headSeq: Math.max(facts.headSeq, this.#facts.headSeq),
      headRev: Math.max(facts.headRev, this.#facts.headRev),
    };
    this.#arrivals.startAt(facts.revSeq);
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
    this.notices.clear();
    this.touched.from(0);
    this.#waiting.clear();
    this.#early = [];
    this.#overlay.clear();
    this.#isPageVoid = this.#overlay.isOn;
    this.#unsaved = { ...nothingUnsaved(), cutAbove: 0, areFactsChanged: true };
  }

  /** A frame, or an ack with the message it acknowledges. */
  feed(stretch: Stretch, isNewMessage = false): void {
    const newest = Math.max(0, ...stretch.messages.map((message) => message.seq));
    if (isNewMessage) this.noteHead({ seq: newest, rev: stretch.rev });
    else this.noteHead({ seq: 0, rev: stretch.rev });
    if (this.#facts.rev === null) {
      if (this.#overlay.isOn) return void this.#early.push({ stretch, isNewMessage });
      // The timeline is empty, so it can begin with this new message: its state is current, and all later changes will arrive.
      if (!isNewMessage) return;
      this.#set({ rev: stretch.since, revSeq: newest - 1 });
      this.#arrivals.startAt(newest - 1);
    }
    this.#take(stretch);
    this.#drain();
  }

  /** The beginning of asking for a page: what arrives until `page` or `pageEnded` is kept aside for it. */
  pageAsked(): void {
    this.#overlay.begin();
  }

  /** A page that was asked for has come, or did not come: what was kept aside for it goes in. */
  pageEnded(): void {
    this.#overlay.end();
    if (this.#overlay.isOn) return;
    this.#isPageVoid = false;
    for (const { stretch, isNewMessage } of this.#early.splice(0)) this.feed(stretch, isNewMessage);
  }

  /** A page that was asked for after `pageAsked`. The first one is history. */
  page(
    page: Pick<MessagesPage, "messages" | "notices" | "head" | "hasBefore" | "hasAfter" | "noticesCutRev">,
    bound: PageBound,
  ): void {
    if (this.#isPageVoid) return this.pageEnded();
    if (this.#facts.rev === null) this.#beginWith(page);
    this.noteHead(page.head);
    for (const message of page.messages) this.#hold(message);
    for (const notice of page.notices) this.#holdNotice(notice);
    this.#noteCut(page.noticesCutRev, page.notices[0]?.afterSeq ?? page.messages.at(-1)?.seq);
    const seqs = page.messages.map((message) => message.seq);
    for (const span of spansOfSeqs(seqs)) this.#addSpan(span.after, span.to);
    const first = seqs[0];
    const floor = page.hasBefore ? undefined : first !== undefined ? first - 1 : emptyAt(bound, page.head.seq);
    if (floor !== undefined) {
      if (this.#facts.floor !== floor) this.#set({ floor });
      if (first === undefined) this.#addSpan(floor, floor);
    }
    this.pageEnded();
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
    for (const notice of page.notices) this.#holdNotice(notice, notice.rev > rev);
    for (const message of page.messages) {
      if (!asked.mutated && isCurrent && message.seq > asked.revSeq) this.#addMessage(message);
      else this.refresh(message);
    }
    if (!isCurrent) return;
    if (asked.mutated && !page.more) this.#dropAbove(asked.revSeq);
    this.#set({ rev: page.rev, revSeq: page.more ? this.#facts.revSeq : page.head.seq });
    if (asked.mutated && !page.more) this.#arrivals.skipTo(page.head.seq);
    this.#drain();
  }

  /** What a cache had of a stretch. It is as late as the cursor, by the rule that the cache keeps, and is not written there again. */
  fill(messages: readonly Message[], notices: readonly Notice[], spans: Spans): void {
    if (this.#isPageVoid) return;
    for (const message of messages) {
      const isUnsaved = this.#unsaved.messages.has(message.seq);
      this.#hold(message);
      if (!isUnsaved && this.#messages.get(message.seq) === message) this.#unsaved.messages.delete(message.seq);
    }
    for (const notice of notices) this.#holdNotice(notice);
    for (const span of spans) this.#addSpan(span.after, span.to);
  }

  /** How much waits to be written. */
  get unsavedCount(): number {
    const { messages, foreign, notices } = this.#unsaved;
    return messages.size + foreign.size + notices.size;
  }

  /** Drops everything outside these stretches, which are parts of `spans`. It becomes a hole, or what is before the first message. */
  keepOnly(spans: Spans): void {
    this.#spans = spans;
    this.touched.from(0);
    for (const seq of this.#messages.keys()) if (!holds(spans, seq)) this.#messages.delete(seq);
    this.notices.keepWithin(spans);
  }

  /** Drops the older notices between two messages if there are too many of them, so that a title that is changed again and again cannot fill the memory. */
  cutNotices(): boolean {
    const lasts = this.notices.thin();
    for (const { rev, afterSeq } of lasts) {
      const others = this.#facts.cuts.filter((cut) => cut.seq !== afterSeq || cut.rev > rev);
      this.#set({ cuts: [...others, { rev, seq: afterSeq }] });
    }
    return lasts.length > 0;
  }

  takeUnsaved(): Unsaved {
    const unsaved = this.#unsaved;
    this.#unsaved = nothingUnsaved();
    return unsaved;
  }

  /** Messages that arrived, as against history: each once, by seq. */
  takeArrived(): readonly Message[] {
    return this.#arrivals.take();
  }

  #beginWith({ head, messages }: Pick<MessagesPage, "head" | "messages">): void {
    this.#set({ rev: head.rev, revSeq: head.seq });
    const early = this.#early.flatMap(({ stretch, isNewMessage }) => (isNewMessage ? stretch.messages : []));
    this.#arrivals.startAt(Math.min(head.seq, ...early.map(({ seq }) => seq - 1)));
    for (const message of messages) this.#arrivals.add(message);
    this.#arrivals.skipTo(head.seq);
  }

  #take(stretch: Stretch): void {
    const rev = this.#facts.rev ?? 0;
    for (const notice of stretch.notices) this.#holdNotice(notice, stretch.rev > rev);
    if (stretch.rev <= rev) {
      for (const message of stretch.messages) this.refresh(message);
      return;
    }
    if (stretch.since > rev) {
      return this.#waiting.add(stretch);
    }
    let { revSeq } = this.#facts;
    const newAfter = Math.min(revSeq, stretch.newAfter ?? revSeq);
    for (const message of stretch.messages) {
      if (message.seq > newAfter) this.#addMessage(message);
      else this.refresh(message);
      revSeq = Math.max(revSeq, message.seq);
    }
    this.#set({ rev: stretch.rev, revSeq });
  }

  /** Applies what waited, as far as the cursor now reaches. */
  #drain(): void {
    for (;;) {
      const ready = this.#waiting.takeReady(this.#facts.rev ?? 0);
      ready.forEach((stretch) => this.#take(stretch));
      if (ready.length === 0) return;
    }
  }

  #addMessage(message: Message): void {
    this.#hold(message);
    this.#addSpan(message.seq - 1, message.seq);
    this.#arrivals.add(message);
  }

  /** Puts a state of a message that is, or from now on will be, held. */
  #hold(message: Message): void {
    const held = this.#messages.get(message.seq);
    const known = held ?? this.#unsaved.messages.get(message.seq);
    const latest = this.#overlay.latest(message);
    const joined = known === undefined ? latest : joinMessages(known, latest);
    this.#overlay.keep(joined);
    if (joined === held) return;
    this.#messages.set(message.seq, joined);
    this.touched[held === undefined ? "from" : "state"](message.seq);
    this.#unsaved.messages.set(message.seq, joined);
  }

  /** A later or fuller state of a message: taken where it is held, kept for a cache that may hold it where it is not. */
  refresh(message: Message): void {
    if (holds(this.#spans, message.seq)) return this.#hold(message);
    this.#overlay.keep(message);
    // It was dropped before it was written.
    const unsaved = this.#unsaved.messages.get(message.seq);
    if (unsaved !== undefined) return void this.#unsaved.messages.set(message.seq, joinMessages(unsaved, message));
    const known = this.#unsaved.foreign.get(message.seq);
    this.#unsaved.foreign.set(message.seq, known === undefined ? message : joinMessages(known, message));
  }

  /** `isNews`: whether the frame that brought the notice is beyond the cursor; undefined if a page brought it. */
  #holdNotice(notice: Notice, isNews?: boolean): void {
    // The policy on history has changed. The server must be asked again where this user's history begins.
    if (isNews === true && notice.kind === "policy_changed" && this.#facts.floor !== null) this.#set({ floor: null });
    if (this.notices.has(notice.rev)) return;
    this.notices.add(notice);
    this.touched.from(notice.afterSeq);
    // A page brings the last left-out notice together with all notices before it at that place. A notice in a frame comes alone.
    const cuts = isNews !== undefined ? this.#facts.cuts : this.#facts.cuts.filter((cut) => cut.rev !== notice.rev);
    if (cuts.length < this.#facts.cuts.length) this.#set({ cuts });
    this.#unsaved.notices.set(notice.rev, notice);
  }

  /** A page left notices out, up to this rev. Those beyond the cursor will come by themselves. */
  #noteCut(cutRev: Rev | undefined, seq: Seq | undefined): void {
    if (cutRev === undefined || seq === undefined) return;
    const rev = Math.min(cutRev, this.#facts.rev ?? cutRev);
    if (!this.#facts.cuts.some((cut) => cut.rev === rev)) this.#set({ cuts: [...this.#facts.cuts, { rev, seq }] });
  }

  #addSpan(after: Seq, to: Seq): void {
    const spans = withSpan(this.#spans, { after, to });
    if (spans === this.#spans) return;
    // The hole before it, if there is one, stands behind the span that it follows.
    const before = this.#spans.findLast((span) => span.after <= after);
    this.touched.from(Math.min(after, before?.to ?? after));
    this.#spans = spans;
    this.#unsaved.spans = withSpan(this.#unsaved.spans, { after, to });
    this.#unsaved.areFactsChanged = true;
  }

  #dropAbove(seq: Seq): void {
    this.#spans = cutAbove(this.#spans, seq);
    // The hole before what is gone stands behind the last span that stays.
    this.touched.from(Math.min(seq, this.#spans.at(-1)?.to ?? 0));
    for (const held of [this.#messages, this.#unsaved.messages, this.#unsaved.foreign])
      for (const each of held.keys()) if (each > seq) held.delete(each);
    this.#unsaved.spans = cutAbove(this.#unsaved.spans, seq);
    this.#unsaved.cutAbove = Math.min(this.#unsaved.cutAbove ?? seq, seq);
    this.#unsaved.areFactsChanged = true;
  }

  #set(facts: Partial<TimelineFacts>): void {
    if (facts.cuts !== undefined) this.touched.from(0);
    this.#facts = { ...this.#facts, ...facts };
    this.#unsaved.areFactsChanged = true;
  }
}
