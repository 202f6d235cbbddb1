/**
 * Owns how one conversation's timeline gets to be, and stays, complete: from the cache, by pages, by catching up with changes, and by what
 * arrives. Asks one thing at a time, so that each answer meets the cursor that it was asked from.
 */
import type { Ack, Message } from "../schema/wire/message.ts";
import { limits } from "../schema/limits.ts";
import { getMessage } from "../schema/http/messages.ts";
import { waitMs } from "./backoff.ts";
import type { Hole } from "./contract/conversation.ts";
import { ParleyError } from "./errors.ts";
import { changesCall, pageCall } from "./frames.ts";
import { spanOf } from "./spans.ts";
import type { SyncParts } from "./sync-parts.ts";
import { Timeline } from "./timeline.ts";
import type { PageBound, Stretch } from "./timeline-parts.ts";

/** Messages of one page, as a screen or two need them. */
const pageSize = 50;
/** Further behind than this, new messages are paged in from the newest instead of all being fetched. */
const catchUpRevsMax = limits.changesPageMax;
/** What is missing may be on its way: frames of two sockets, an ack and the message itself cross each other. */
const gapGraceMs = 400;
const saveAfterMs = 50;
/** Messages kept in memory of a conversation that nobody looks at; twice as many before some are let go. */
const idleMessagesMax = 100;

export class ConversationSync {
  readonly timeline = new Timeline();
  readonly #parts: SyncParts;
  #loading: Promise<void> | undefined;
  #isLoaded = false;
  #backlog: (() => void)[] = [];
  #tail: Promise<unknown> = Promise.resolve();
  #catchingUp: Promise<void> | undefined;
  #cancelGap: (() => void) | undefined;
  #cancelSave: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();
  #failures = 0;
  #isClosed = false;

  constructor(parts: SyncParts) {
    this.#parts = parts;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelGap?.();
    if (this.#cancelSave !== undefined) void this.flush();
  }

  /** Brings what the cache has. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Something arrived: a frame, or with `isNewMessage` a message frame or ack. */
  feed(stretch: Stretch, isNewMessage = false, epoch?: string): void {
    this.#whenLoaded(() => {
      if (epoch !== undefined) this.timeline.meetEpoch(epoch);
      this.timeline.feed(stretch, isNewMessage);
      this.#changed();
    });
  }

  /** The server is known to be this far. */
  noteHead(head: { seq: number; rev: number }): void {
    this.#whenLoaded(() => {
      this.timeline.noteHead(head);
      this.#changed();
    });
  }

  meetEpoch(epoch: string): void {
    if (this.timeline.meetEpoch(epoch)) this.#changed();
  }

  /** Brings everything that changed. Many calls at once are one. Errors: `not_found`, `unavailable`, `unauthenticated`. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#serial(() => this.#catchUp()).finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** What is needed before the conversation can be shown: the newest page, or what changed since it was. */
  async bringUpToDate(): Promise<void> {
    await this.load();
    if (this.timeline.facts.rev !== null && this.timeline.isBehind) await this.catchUp();
    if (!this.timeline.holdsNewest) await this.loadNewest();
    await this.#serial(async () => {
      const tail = this.timeline.spans.at(-1);
      // A message that came alone is not much to look at.
      const isShort =
        tail !== undefined && tail.to - tail.after < pageSize / 2 && tail.after > (this.timeline.facts.floor ?? -1);
      if (isShort && !(await this.#fromCache(tail.after))) await this.#page({ before: tail.after + 1 });
    });
  }

  /** Begins where nothing is held; what is newer than `arrivedAfter` counts as having arrived. */
  async begin(arrivedAfter: number): Promise<void> {
    await this.load();
    await this.#serial(async () => {
      if (this.timeline.facts.rev === null) await this.#page("newest", arrivedAfter);
    });
  }

  async loadNewest(): Promise<void> {
    await this.#serial(async () => {
      if (!this.timeline.holdsNewest) await this.#page("newest");
    });
  }

  /** Loads what is older than what is held. Answers whether there is more. */
  async loadBefore(): Promise<boolean> {
    await this.load();
    await this.#serial(async () => {
      const first = this.timeline.spans[0];
      if (first === undefined) return await this.#page("newest");
      if (!this.timeline.hasBefore) return;
      if (!(await this.#fromCache(first.after))) await this.#page({ before: first.after + 1 });
    });
    return this.timeline.hasBefore;
  }

  async loadAround(seq: number): Promise<void> {
    await this.load();
    await this.#serial(async () => {
      if (this.timeline.has(seq)) return;
      await this.#page({ around: seq });
      if (!this.timeline.has(seq))
        throw new ParleyError({ code: "not_found", detail: "there is no such message", retry: "never" });
    });
  }

  async fill(hole: Hole, from: "after" | "before"): Promise<void> {
    await this.#serial(async () => {
      if (from === "after") return await this.#page({ after: hole.after });
      const end = hole.before - 1;
      // The hole at the end is closed from the newest message, wherever that is by now.
      if (spanOf(this.timeline.spans, hole.before) === undefined) return await this.#page("newest");
      if (!(await this.#fromCache(end))) await this.#page({ before: hole.before });
    });
  }

  /** A message as a call answered it. */
  changed(message: Message): void {
    this.timeline.refresh(message);
    this.#changed();
  }

  /** One message with its whole text. */
  async whole(seq: number): Promise<Message> {
    const held = this.timeline.messages.get(seq);
    if (held !== undefined && held.truncated !== true) return held;
    const message = await this.#parts.api.call(getMessage, {
      params: { conversationId: this.#parts.conversationId, seq },
    });
    this.changed(message);
    const now = this.timeline.messages.get(seq);
    // It may have been edited since, and the new text be cut again: what was asked for is answered all the same.
    return now === undefined || now.truncated === true ? message : now;
  }

  /** A message of this device was stored under `ack`: brings it into the timeline. Resolves when it is there. */
  async confirm(ack: Ack, message: Message): Promise<void> {
    await this.load();
    if (!ack.duplicate) {
      this.feed({ since: ack.rev - 1, rev: ack.rev, messages: [message], notices: [] }, true);
      if (this.timeline.has(ack.seq)) return;
      await new Promise<void>((resolve) => {
        this.#parts.clock.after(gapGraceMs, resolve);
      });
      if (!this.timeline.has(ack.seq) && this.timeline.isBehind) await this.catchUp();
    }
    // A repeat's first answer says where it is, not what became of it since.
    if (!this.timeline.has(ack.seq)) await this.loadAround(ack.seq);
  }

  /** The link is there again. */
  resume(): void {
    this.#failures = 0;
    if (this.#isLoaded) this.#watchGap(0);
  }

  /** Writes what is not stored yet. */
  async flush(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#saving = this.#saving
      .then(() => this.#parts.cache.save(this.timeline, this.#parts.beside()))
      .then(
        () => {
          this.#parts.onSaved();
          this.#trim();
        },
        () => undefined,
      );
    await this.#saving;
  }

  /** What nobody looks at is left to the cache: a bot in thousands of conversations must not hold all of them. */
  #trim(): void {
    const newest = this.timeline.spans.at(-1)?.to;
    if (newest === undefined || this.timeline.messages.size <= 2 * idleMessagesMax || this.#parts.isInUse()) return;
    this.timeline.forgetBelow(newest - idleMessagesMax);
    this.#parts.onChange();
  }

  async #load(): Promise<void> {
    const loaded = await this.#parts.cache.load();
    if (loaded !== undefined) {
      this.timeline.restore(loaded.facts);
      await this.#fromCache(this.#parts.cache.newest ?? 0);
    }
    this.#parts.onLoaded(loaded);
    this.#isLoaded = true;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const task of backlog) task();
    this.#changed();
  }

  #whenLoaded(task: () => void): void {
    if (this.#isLoaded) return task();
    this.#backlog.push(task);
    void this.load();
  }

  /** Runs after everything that was asked for before. */
  #serial<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(task, task);
    this.#tail = run.catch(() => undefined);
    return run.catch((error: unknown) => {
      if (error instanceof ParleyError && error.code === "not_found" && this.timeline.facts.rev === null)
        this.#parts.onGone();
      throw error;
    });
  }

  async #catchUp(): Promise<void> {
    await this.load();
    const { conversationId, api } = this.#parts;
    const { facts } = this.timeline;
    const mutated = facts.rev !== null && facts.headRev - facts.rev > catchUpRevsMax && !this.#parts.mustSeeAll();
    for (let more = true; more && !this.#isClosed;) {
      const { rev, revSeq, epoch } = this.timeline.facts;
      if (rev === null) return await this.#page("newest");
      try {
        const page = await api.call(changesCall, {
          params: { conversationId },
          query: {
            rev,
            epoch: epoch ?? undefined,
            limit: limits.changesPageMax,
            ...(mutated ? { messages: "mutated" } : {}),
          },
        });
        if (this.timeline.meetEpoch(page.epoch)) continue;
        this.timeline.changes(page, { rev, revSeq, mutated });
        if (page.conversation !== undefined) this.#parts.onFace(page.conversation);
        more = page.more && (this.timeline.facts.rev ?? 0) > rev;
        this.#failures = 0;
      } catch (error) {
        if (error instanceof ParleyError && error.code === "not_found") this.#parts.onGone();
        if (!(error instanceof ParleyError) || error.retry !== "resync") throw error;
        // The server's store was restored: nothing held can be trusted.
        this.timeline.reset();
      }
      this.#changed();
    }
    if (mutated) await this.#page("newest");
  }

  async #page(bound: PageBound, arrivedAfter?: number): Promise<void> {
    const { conversationId, api } = this.#parts;
    this.timeline.pageAsked();
    try {
      const page = await api.call(pageCall, {
        params: { conversationId },
        query: { ...(bound === "newest" ? {} : bound), limit: pageSize },
      });
      this.timeline.page(page, bound, arrivedAfter);
    } catch (error) {
      this.timeline.pageFailed();
      throw error;
    }
    // Everything was dropped while it was on its way, and the page with it.
    if (this.timeline.facts.rev === null) return await this.#page("newest", arrivedAfter);
    this.#changed();
  }

  /** A page that ends at `seq`, if it is stored. Answers whether it was. */
  async #fromCache(seq: number): Promise<boolean> {
    // What was not written yet would otherwise be read in an older state.
    await this.flush();
    this.timeline.pageAsked();
    const { messages, notices } = await this.#parts.cache.before(seq, pageSize);
    const first = messages[0]?.seq;
    if (first !== undefined) this.timeline.fill(messages, notices, [{ after: first - 1, to: seq }]);
    this.timeline.pageFailed();
    if (first !== undefined) this.#changed();
    return first !== undefined;
  }

  #changed(): void {
    if (this.#isClosed) return;
    const arrived = this.timeline.takeArrived();
    this.#parts.onChange();
    if (arrived.length > 0) this.#parts.onArrived(arrived);
    if (this.timeline.isBehind) this.#watchGap(gapGraceMs);
    this.#cancelSave ??= this.#parts.clock.after(saveAfterMs, () => void this.flush());
  }

  /** Looks after a while whether what is missing has come, and asks for it if not. */
  #watchGap(afterMs: number): void {
    if (this.#cancelGap !== undefined || this.#isClosed || !this.#isLoaded) return;
    this.#cancelGap = this.#parts.clock.after(afterMs, () => {
      this.#cancelGap = undefined;
      // Without a link it is of no use; `resume` comes back to it.
      if (!this.timeline.isBehind || !this.#parts.isLinked()) return;
      this.catchUp().catch((error: unknown) => {
        if (error instanceof ParleyError && error.retry === "later") {
          this.#watchGap(Math.max(gapGraceMs, error.retryAfterMs ?? 0, waitMs(this.#failures++, this.#parts.random())));
        }
      });
    });
  }
}
