/**
 * Owns how one conversation's timeline becomes complete and stays so: it reads the cache, fetches pages and changes, and applies frames.
 * It makes one request at a time, so that the cursor has not moved when the answer arrives.
 */
import type { SharedDetails } from "../../schema/wire/change.ts";
import type { Ack, Message } from "../../schema/wire/message.ts";
import { limits } from "../../schema/limits.ts";
import { getMessage, listChanges } from "../../schema/http/conversation/messages.ts";
import type { Clock } from "../contract/platform.ts";
import { ParleyError } from "../errors.ts";
import { GapWatch, gapGraceMs } from "./gap-watch.ts";
import { History } from "./history.ts";
import { Timeline } from "../timeline/timeline.ts";
import type { Stretch } from "../timeline/stretch.ts";
import { keptInMemory, type MemorySizes, Place } from "./memory.ts";
import { Shown } from "./shown.ts";
import type { Api } from "../session/api.ts";
import type { Beside, ConversationCache, Loaded } from "../storage/conversation-cache.ts";

/** Further behind than this, new messages are paged in from the newest instead of all being fetched. */
const catchUpRevsMax = limits.changesPageMax;
const saveAfterMs = 50;

/** What the upkeep of a timeline needs of its conversation. */
export interface SyncParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly clock: Clock;
  readonly random: () => number;
  readonly cache: ConversationCache;
  /** What is stored beside the timeline. */
  readonly beside: () => Beside;
  readonly isLinked: () => boolean;
  /** Whether the live socket is bringing what is missing. */
  readonly isBringing: () => boolean;
  /** Whether the conversation is on screen, or its timeline watched. */
  readonly isInUse: () => boolean;
  /** Where windows that are in use look. */
  readonly places: () => readonly Place[];
  readonly onLoaded: (loaded: Loaded | undefined) => void;
  /** Called before anything is shown: resolves when it is known which messages the user has hidden, or cannot be known now. */
  readonly marksKnown?: (loaded: Loaded | undefined) => Promise<void>;
  readonly onChange: () => void;
  readonly onDetails: (shared: SharedDetails) => void;
  /** States of messages, from wherever they come, whether they are held here or not; undefined: none that came before counts any more. */
  readonly onStates: (messages: readonly Message[] | undefined) => void;
  /** Messages that arrived, as against history, by seq. */
  readonly onArrived: (messages: readonly Message[]) => void;
  /** What is held has been stored; these messages were written for it. */
  readonly onSaved: (messages: Iterable<Message>) => void;
  /** How much is held in memory, where the default does not serve. */
  readonly memorySizes?: MemorySizes;
  /** The user is no member. */
  readonly onGone: () => void;
}

export class ConversationSync {
  readonly timeline = new Timeline();
  /** The part of it that is shown as the timeline. */
  readonly shown = new Shown(this.timeline);
  /** Where the timeline is looked at. */
  readonly place = new Place();
  readonly history: History;
  readonly #parts: SyncParts;
  #loading: Promise<void> | undefined;
  #isLoaded = false;
  #backlog: (() => void)[] = [];
  #tail: Promise<unknown> = Promise.resolve();
  #catchingUp: Promise<void> | undefined;
  readonly #gap: GapWatch;
  #cancelSave: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    this.history = new History({
      ...parts,
      timeline: this.timeline,
      shown: this.shown,
      place: this.place,
      load: () => this.load(),
      flush: () => this.flush(),
      serial: (task) => this.#serial(task),
      onChange: () => this.#changed(),
    });
    this.#gap = new GapWatch({
      ...parts,
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
      if (epoch !== undefined && this.timeline.meetEpoch(epoch)) this.#parts.onStates(undefined);
      this.timeline.feed(stretch, isNewMessage);
      this.#parts.onStates(stretch.messages);
      this.#changed();
    });
  }

  /** The server is known to have messages and changes up to here. */
  noteHead(head: { seq: number; rev: number }): void {
    this.#whenLoaded(() => {
      const { facts } = this.timeline;
      this.timeline.noteHead(head);
      // Every pong has the head. A head that is known already makes no new state and no write.
      if (facts === this.timeline.facts) this.#gap.changed();
      else this.#changed();
    });
  }

  /** A place up to which messages are known to be written: shown as read further than that, what comes next would be read. */
  written(seq: number, rowHead = 0): number {
    const head = Math.max(rowHead, this.timeline.facts.headSeq);
    return head === 0 ? seq : Math.min(seq, head);
  }

  meetEpoch(epoch: string): void {
    if (!this.timeline.meetEpoch(epoch)) return;
    this.#parts.onStates(undefined);
    this.#changed();
  }

  /** Fetches everything that changed. Calls at the same time share one fetch. Errors: `not_found`, `unavailable`, `unauthenticated`. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#serial(() => this.#catchUp()).finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** Finds out whether the server's store is still the one that is known here. Where it answers nothing of the conversation, what is known holds. */
  async renew(): Promise<void> {
    await this.catchUp().catch((error: unknown) => {
      if (!(error instanceof ParleyError) || error.retry !== "never") throw error;
    });
  }

  /** What is needed before the conversation can be shown: the newest page, or what changed since it was. */
  async bringUpToDate(): Promise<void> {
    await this.load();
    // What the live socket brings need not be fetched as well.
    await this.#gap.brought();
    if (this.timeline.facts.rev !== null && this.timeline.isBehind) await this.catchUp();
    await this.history.newest();
    await this.history.fillScreen();
  }

  /** A message as a call answered it. */
  changed(message: Message): void {
    this.timeline.refresh(message);
    this.#parts.onStates([message]);
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
    // If the message was edited since, the timeline may hold a cut text again. The caller gets the whole text that was fetched.
    return now === undefined || now.truncated === true ? message : now;
  }

  /** The messages of a range that this device has. */
  async held(from: number, to: number): Promise<ReadonlyMap<number, Message>> {
    const held = new Map((await this.#parts.cache.stored(from, to)).map((message) => [message.seq, message]));
    for (const [seq, message] of this.timeline.messages) if (from <= seq && seq <= to) held.set(seq, message);
    return held;
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
    // The ack of a repeat has the message's seq, but not later edits. The message is loaded if it is not here.
    if (!this.timeline.has(ack.seq)) await this.history.around(ack.seq, this.place);
  }

  /** The link is there again. */
  resume(): void {
    this.#gap.succeeded();
    if (this.#isLoaded) this.#gap.watch(0);
  }

  /** What is stored beside the timeline has changed. While the timeline is loaded nothing is written: that follows the loading. */
  besideChanged(): void {
    if (this.#isLoaded && !this.#isClosed) this.#saveSoon();
  }

  /** Writes what is not stored yet. */
  async flush(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#saving = this.#saving
      .then(() => this.#parts.cache.save(this.timeline, this.#parts.beside()))
      .then(
        (messages) => this.#parts.onSaved(messages),
        () => undefined,
      )
      .then(() => this.#letGo());
    await this.#saving;
  }

  /** Resolves when what is held now is stored, or storage has refused it. */
  async stored(): Promise<void> {
    await (this.#cancelSave === undefined ? this.#saving : this.flush());
  }

  /** Drops from memory what nobody looks at; the cache and the server still have it. So neither thousands of conversations nor a long one fill the memory. */
  #letGo(): void {
    const { isInUse, places, memorySizes } = this.#parts;
    const windows = places();
    const kept = keptInMemory(
      this.timeline.spans,
      isInUse() || windows.length > 0 ? [this.place, ...windows] : [],
      memorySizes,
    );
    const isCut = this.timeline.cutNotices();
    if (kept !== undefined) this.timeline.keepOnly(kept);
    this.shown.follow();
    if (isCut || kept !== undefined) this.#parts.onChange();
  }

  async #load(): Promise<void> {
    const loaded = await this.#parts.cache.load();
    await this.#parts.marksKnown?.(loaded);
    if (loaded !== undefined) {
      this.timeline.restore(loaded.facts);
      await this.history.fromCache({ to: this.#parts.cache.newest ?? 0 });
      this.place.leave();
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

  /** Runs the work after all work that was requested before. */
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
    const mutated = facts.rev !== null && facts.headRev - facts.rev > catchUpRevsMax;
    for (let more = true; more && !this.#isClosed;) {
      const { rev, revSeq, epoch } = this.timeline.facts;
      if (rev === null) return await this.history.page("newest");
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
          this.#parts.onStates(undefined);
          continue;
        }
        this.timeline.changes(page, { rev, revSeq, mutated });
        this.#parts.onStates(page.messages);
        if (page.conversation !== undefined) this.#parts.onDetails(page.conversation);
        more = page.more && (this.timeline.facts.rev ?? 0) > rev;
        this.#gap.succeeded();
      } catch (error) {
        if (error instanceof ParleyError && error.code === "not_found") this.#parts.onGone();
        if (!(error instanceof ParleyError) || error.retry !== "resync") throw error;
        // The server's data was restored from a backup. Everything that is held may be wrong and is dropped.
        this.timeline.reset();
        this.#parts.onStates(undefined);
      }
      this.#changed();
    }
    if (mutated) await this.history.page("newest");
  }

  #changed(): void {
    if (this.#isClosed) return;
    this.shown.follow();
    const arrived = this.timeline.takeArrived();
    this.#parts.onChange();
    if (arrived.length > 0) this.#parts.onArrived(arrived);
    this.#gap.changed();
    this.#saveSoon();
  }

  #saveSoon(): void {
    this.#cancelSave ??= this.#parts.clock.after(saveAfterMs, () => void this.flush());
  }
}
