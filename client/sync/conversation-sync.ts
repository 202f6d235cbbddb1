/**
 * Owns how one conversation's timeline becomes complete and stays so: it reads the cache, fetches pages and changes, and applies frames.
 * It makes one request at a time, so that the cursor has not moved when the answer arrives.
 */
import type { SharedDetails } from "../../schema/wire/change.ts";
import type { Ack, Message } from "../../schema/wire/message.ts";
import { getMessage } from "../../schema/http/conversation/messages.ts";
import type { Clock } from "../contract/platform.ts";
import { ParleyError } from "../errors.ts";
import { CatchUp } from "./catch-up.ts";
import { GapWatch, gapGraceMs } from "./gap-watch.ts";
import { History } from "./history.ts";
import { Timeline } from "../timeline/timeline.ts";
import type { Stretch } from "../timeline/stretch.ts";
import { keptInMemory, type MemorySizes, Place } from "./memory.ts";
import { Shown } from "./shown.ts";
import type { Api } from "../session/api.ts";
import type { Beside, ConversationCache, Loaded } from "../storage/conversation-cache.ts";
import { Saver } from "../storage/saver.ts";

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
  readonly #catchUp: CatchUp;
  readonly #gap: GapWatch;
  readonly #saver: Saver;
  #isClosed = false;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    const { timeline, shown, place } = this;
    this.#saver = new Saver(parts.clock, saveAfterMs, () => this.#save());
    const own = { timeline, load: () => this.load(), onChange: () => this.#changed() };
    this.history = new History({
      ...{ ...parts, ...own, shown, place },
      flush: () => this.flush(),
      serial: (task) => this.#serial(task),
    });
    this.#catchUp = new CatchUp({
      ...{ ...parts, ...own, history: this.history },
      serial: (task) => this.#serial(task),
      isClosed: () => this.#isClosed,
      onPage: () => this.#gap.succeeded(),
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
    if (this.#saver.isWaiting) void this.flush();
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
    return this.#catchUp.run();
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
    if (this.#isLoaded && !this.#isClosed) this.#saver.soon();
  }

  /** Writes what is not stored yet. */
  async flush(): Promise<void> {
    await this.#saver.flush();
  }

  /** Resolves when what is held now is stored, or storage has refused it. */
  async stored(): Promise<void> {
    await this.#saver.settled();
  }

  async #save(): Promise<void> {
    const { cache, beside, onSaved } = this.#parts;
    await cache.save(this.timeline, beside()).then(onSaved, () => undefined);
    this.#letGo();
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

  #changed(): void {
    if (this.#isClosed) return;
    this.shown.follow();
    const arrived = this.timeline.takeArrived();
    this.#parts.onChange();
    if (arrived.length > 0) this.#parts.onArrived(arrived);
    this.#gap.changed();
    this.#saver.soon();
  }
}
