/**
 * Owns how one conversation's timeline becomes complete and stays so: it reads the cache, fetches pages and changes, and applies frames.
 * It makes one request at a time, so that the cursor has not moved when the answer arrives.
 */
import type { Ack, Message } from "../../schema/wire/message.ts";
import { limits } from "../../schema/limits.ts";
import { getMessage, listChanges, listMessages } from "../../schema/http/messages.ts";
import type { Hole } from "../contract/conversation.ts";
import { ParleyError } from "../errors.ts";
import { GapWatch, gapGraceMs } from "./gap-watch.ts";
import { holds, spanOf } from "../timeline/spans.ts";
import type { SyncNeeds } from "./sync-needs.ts";
import { Timeline } from "../timeline/timeline.ts";
import type { PageBound, Stretch } from "../timeline/stretch.ts";
import { stretchOfAll, Window } from "../timeline/window.ts";

/** Messages in one page: enough for a screen or two. */
const pageSize = 50;
/** Further behind than this, new messages are paged in from the newest instead of all being fetched. */
const catchUpRevsMax = limits.changesPageMax;
const saveAfterMs = 50;

export class ConversationSync {
  readonly timeline = new Timeline();
  readonly #needs: SyncNeeds;
  #loading: Promise<void> | undefined;
  #isLoaded = false;
  #backlog: (() => void)[] = [];
  #tail: Promise<unknown> = Promise.resolve();
  #catchingUp: Promise<void> | undefined;
  readonly #gap: GapWatch;
  readonly window: Window;
  #cancelSave: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(needs: SyncNeeds) {
    this.#needs = needs;
    this.window = new Window(needs.windowSizes);
    this.#gap = new GapWatch({
      ...needs,
      isBehind: () => this.#isLoaded && this.timeline.isBehind,
      rev: () => this.timeline.facts.rev,
      catchUp: () => this.catchUp(),
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#gap.close();
    if (this.#cancelSave !== undefined) void this.flush();
  }

  /** Applies what the cache has. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Applies what arrived: a frame; with `isNewMessage` a message frame or an ack. */
  feed(stretch: Stretch, isNewMessage = false, epoch?: string): void {
    this.#whenLoaded(() => {
      if (epoch !== undefined && this.timeline.meetEpoch(epoch)) this.#needs.onStates(undefined);
      this.timeline.feed(stretch, isNewMessage);
      this.#needs.onStates(stretch.messages);
      this.#changed();
    });
  }

  /** The server is known to have messages and changes up to here. */
  noteHead(head: { seq: number; rev: number }): void {
    this.#whenLoaded(() => {
      const { facts } = this.timeline;
      this.timeline.noteHead(head);
      // Every pong tells the head. A head that is known already makes no new state and no write.
      if (facts === this.timeline.facts) this.#gap.changed();
      else this.#changed();
    });
  }

  meetEpoch(epoch: string): void {
    if (!this.timeline.meetEpoch(epoch)) return;
    this.#needs.onStates(undefined);
    this.#changed();
  }

  /** Fetches everything that changed. Calls at the same time share one fetch. Errors: `not_found`, `unavailable`, `unauthenticated`. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#serial(() => this.#catchUp()).finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** What is needed before the conversation can be shown: the newest page, or what changed since it was. */
  async bringUpToDate(): Promise<void> {
    await this.load();
    // What the live socket brings need not be fetched as well.
    await this.#gap.brought();
    if (this.timeline.facts.rev !== null && this.timeline.isBehind) await this.catchUp();
    if (!this.timeline.holdsNewest) await this.loadNewest();
    await this.#serial(async () => {
      const tail = this.timeline.spans.at(-1);
      // A single message would fill too little of a screen.
      const isShort =
        tail !== undefined && tail.to - tail.after < pageSize / 2 && tail.after > (this.timeline.facts.floor ?? -1);
      if (isShort && !(await this.#fromCache({ to: tail.after }))) await this.#page({ before: tail.after + 1 });
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
      if (!(await this.#fromCache({ to: first.after }))) await this.#page({ before: first.after + 1 });
    });
    return this.timeline.hasBefore;
  }

  async loadAround(seq: number): Promise<void> {
    await this.load();
    await this.#serial(async () => {
      if (this.timeline.has(seq)) return;
      if (await this.#fromCache({ to: seq })) return void (await this.#fromCache({ after: seq }));
      await this.#page({ around: seq });
      if (!this.timeline.has(seq))
        throw new ParleyError({ code: "not_found", detail: "there is no such message", retry: "never" });
    });
  }

  async fill({ after, before }: Hole, from: "after" | "before"): Promise<void> {
    await this.#serial(async () => {
      const { spans } = this.timeline;
      if (from === "after") {
        if (!holds(spans, after + 1) && !(await this.#fromCache({ after }))) await this.#page({ after });
        return;
      }
      // The hole at the end is closed from the newest message, wherever that is by now.
      if (spanOf(spans, before) === undefined) return await this.#page("newest");
      if (!holds(spans, before - 1) && !(await this.#fromCache({ to: before - 1 }))) await this.#page({ before });
    });
  }

  /** A message as a call answered it. */
  changed(message: Message): void {
    this.timeline.refresh(message);
    this.#needs.onStates([message]);
    this.#changed();
  }

  /** One message with its whole text. */
  async whole(seq: number): Promise<Message> {
    const held = this.timeline.messages.get(seq);
    if (held !== undefined && held.truncated !== true) return held;
    const message = await this.#needs.api.call(getMessage, {
      params: { conversationId: this.#needs.conversationId, seq },
    });
    this.changed(message);
    const now = this.timeline.messages.get(seq);
    // If the message was edited since, the timeline may hold a cut text again. The caller gets the whole text that was fetched.
    return now === undefined || now.truncated === true ? message : now;
  }

  /** A message of this device was stored under `ack`: brings it into the timeline. Resolves when it is there. */
  async confirm(ack: Ack, message: Message): Promise<void> {
    await this.load();
    if (!ack.duplicate) {
      this.feed({ since: ack.rev - 1, rev: ack.rev, messages: [message], notices: [] }, true);
      if (this.timeline.has(ack.seq)) return;
      await new Promise<void>((resolve) => {
        this.#needs.clock.after(gapGraceMs, resolve);
      });
      if (!this.timeline.has(ack.seq) && this.timeline.isBehind) await this.catchUp();
    }
    // The ack of a repeat tells the message's seq, but not later edits. The message is loaded if it is not here.
    if (!this.timeline.has(ack.seq)) await this.loadAround(ack.seq);
  }

  /** The link is there again. */
  resume(): void {
    this.#gap.succeeded();
    if (this.#isLoaded) this.#gap.watch(0);
  }

  /** Writes what is not stored yet. */
  async flush(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#saving = this.#saving
      .then(() => this.#needs.cache.save(this.timeline, this.#needs.beside()))
      .then(
        (messages) => this.#needs.onSaved(messages),
        () => undefined,
      )
      .then(() => this.#letGo());
    await this.#saving;
  }

  /** Drops from memory what nobody looks at; the cache and the server still have it. So neither thousands of conversations nor a long one fill the memory. */
  #letGo(): void {
    const kept = this.window.kept(this.timeline.spans, this.#needs.isInUse());
    const isCut = this.timeline.cutNotices();
    if (kept !== undefined) this.timeline.keepOnly(kept);
    if (isCut || kept !== undefined) this.#needs.onChange();
  }

  async #load(): Promise<void> {
    const loaded = await this.#needs.cache.load();
    if (loaded !== undefined) {
      this.timeline.restore(loaded.facts);
      await this.#fromCache({ to: this.#needs.cache.newest ?? 0 });
      this.window.leave();
    }
    this.#needs.onLoaded(loaded);
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

  /** Runs the work after all work that was requested before. */
  #serial<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(task, task);
    this.#tail = run.catch(() => undefined);
    return run.catch((error: unknown) => {
      if (error instanceof ParleyError && error.code === "not_found" && this.timeline.facts.rev === null)
        this.#needs.onGone();
      throw error;
    });
  }

  async #catchUp(): Promise<void> {
    await this.load();
    const { conversationId, api } = this.#needs;
    const { facts } = this.timeline;
    const mutated = facts.rev !== null && facts.headRev - facts.rev > catchUpRevsMax;
    for (let more = true; more && !this.#isClosed;) {
      const { rev, revSeq, epoch } = this.timeline.facts;
      if (rev === null) return await this.#page("newest");
      try {
        const page = await api.call(listChanges, {
          params: { conversationId },
          query: {
            rev,
            epoch: epoch ?? undefined,
            limit: limits.changesPageMax,
            ...(mutated ? { messages: "mutated" } : {}),
          },
        });
        if (this.timeline.meetEpoch(page.epoch)) {
          this.#needs.onStates(undefined);
          continue;
        }
        this.timeline.changes(page, { rev, revSeq, mutated });
        this.#needs.onStates(page.messages);
        if (page.conversation !== undefined) this.#needs.onDetails(page.conversation);
        more = page.more && (this.timeline.facts.rev ?? 0) > rev;
        this.#gap.succeeded();
      } catch (error) {
        if (error instanceof ParleyError && error.code === "not_found") this.#needs.onGone();
        if (!(error instanceof ParleyError) || error.retry !== "resync") throw error;
        // The server's data was restored from a backup. Everything that is held may be wrong and is dropped.
        this.timeline.reset();
        this.#needs.onStates(undefined);
      }
      this.#changed();
    }
    if (mutated) await this.#page("newest");
  }

  async #page(bound: PageBound): Promise<void> {
    const { conversationId, api } = this.#needs;
    this.timeline.pageAsked();
    try {
      const page = await api.call(listMessages, {
        params: { conversationId },
        query: { ...(bound === "newest" ? {} : bound), limit: pageSize },
      });
      this.timeline.page(page, bound);
      this.#needs.onStates(page.messages);
      if (bound !== "newest") this.window.noteLoaded(stretchOfAll(page.messages));
    } catch (error) {
      this.timeline.pageEnded();
      throw error;
    }
    // The timeline was emptied while the page was on its way. The page may be of the old epoch and is dropped, too.
    if (this.timeline.facts.rev === null) return await this.#page("newest");
    this.#changed();
  }

  /** A page of what is stored. Answers whether there was any. */
  async #fromCache(at: { to: number } | { after: number }): Promise<boolean> {
    // Unsaved changes are written first. Otherwise the cache would return older states of the same messages.
    await this.flush();
    this.timeline.pageAsked();
    const { messages, notices } = await this.#needs.cache.page(at, pageSize, this.timeline.facts);
    const stretch = stretchOfAll(messages);
    if (stretch !== undefined) this.timeline.fill(messages, notices, [stretch]);
    this.#needs.onStates(messages);
    this.timeline.pageEnded();
    this.window.noteLoaded(stretch);
    if (stretch !== undefined) this.#changed();
    return stretch !== undefined;
  }

  #changed(): void {
    if (this.#isClosed) return;
    const arrived = this.timeline.takeArrived();
    this.#needs.onChange();
    if (arrived.length > 0) this.#needs.onArrived(arrived);
    this.#gap.changed();
    this.#cancelSave ??= this.#needs.clock.after(saveAfterMs, () => void this.flush());
  }
}
