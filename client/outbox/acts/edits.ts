/**
 * Owns edits that the server has not answered. An edit is stored before it is sent, shown meanwhile, and repeated until there is an answer. If that is a
 * refusal the edit is kept, so that its text is not lost. Of one message only the latest edit counts.
 */
import { z } from "zod";
import type { PendingEdit } from "../../contract/conversation/conversation.ts";
import type { Clock } from "../../contract/platform.ts";
import { closed, faultOf, ParleyError, rejected } from "../../errors.ts";
import { Waits } from "../../link/waits.ts";
import { inTurn } from "../../storage/in-turn.ts";
import { keys } from "../../storage/keys.ts";
import { checkPlaces, type Places, storeRestored } from "./places.ts";
import { OwnedEntries, type OwnedEntriesParts } from "../owned-entries.ts";
import { isNameless, mentionsWith, type Namer, type Naming, namingForm } from "../naming.ts";
import { State } from "../../observable.ts";

const storedEdit = z.object({
  conversationId: z.string(),
  seq: z.int(),
  text: z.string(),
  mentions: z.array(z.string()).nullable(),
  ...namingForm,
  /** Of the place. Entries of an older version name none. */
  epoch: z.string().optional(),
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
});

/** What an edit is to make of a message. */
export interface EditAsk extends Naming {
  readonly conversationId: string;
  readonly seq: number;
  readonly text: string;
  /** Null: the mentions of the text, or those that the message had. */
  readonly mentions: readonly string[] | null;
}

interface Entry {
  ask: EditAsk;
  /** Of the place that it names. */
  epoch: string | undefined;
  /** Whether it may have been made long ago. */
  isRepeat: boolean;
  pending: PendingEdit;
  saved: Promise<unknown>;
  isRunning: boolean;
  readonly settle: { resolve: () => void; reject: (error: ParleyError) => void }[];
}

export interface EditsParts extends OwnedEntriesParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly userId: string;
  /** Errors: `never` refused for good; anything else is unknown, and repeated. */
  readonly send: (ask: EditAsk) => Promise<void>;
  readonly namer: Namer;
  readonly places: (conversationId: string) => Places | undefined;
  readonly onChange: (conversationId: string) => void;
}

const none: ReadonlyMap<number, PendingEdit> = new Map();

export class Edits {
  readonly #parts: EditsParts;
  readonly #entries = new Map<string, Entry>();
  /** The shown edits of each conversation; the same object until something changes. */
  readonly #shown = new Map<string, ReadonlyMap<number, PendingEdit>>();
  readonly #waits: Waits;
  readonly #kept: OwnedEntries<z.infer<typeof storedEdit>>;
  readonly unsent = new State(0);
  #isClosed = false;

  constructor(parts: EditsParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
    this.#kept = new OwnedEntries(parts, keys.edits(parts.userId), storedEdit);
  }

  /** Ends the tries. What waits stays in storage for the next run. */
  close(): void {
    this.#isClosed = true;
    this.#waits.close();
    for (const { settle } of this.#entries.values()) for (const { reject } of settle.splice(0)) reject(closed());
  }

  /** Sends what earlier runs, and tabs that are gone, left unsent. */
  async adopt(): Promise<void> {
    const orphans = await this.#kept.orphans();
    if (this.#isClosed) return;
    for (const { key, value } of orphans) {
      if (this.#entries.has(key)) continue;
      const { failure, epoch, ...ask } = value;
      const error = failure === null ? null : new ParleyError({ ...failure, retry: "never" });
      this.#begin(key, ask, { error, epoch, isRepeat: true });
    }
  }

  /** Resolves when the server has stored this edit, or a later one of the same message; rejects when it is refused for good, or discarded. */
  edit(ask: EditAsk): Promise<void> {
    if (this.#isClosed) return rejected(closed());
    const { conversationId, seq } = ask;
    const epoch = this.#parts.places(conversationId)?.epoch();
    const made = { error: null, epoch, isRepeat: false };
    const entry = this.#begin(keys.edit(this.#parts.userId, conversationId, seq), ask, made);
    const settled = new Promise<void>((resolve, reject) => entry.settle.push({ resolve, reject }));
    // A program may look at the pending edits instead of the promise.
    settled.catch(() => undefined);
    return settled;
  }

  discard(conversationId: string, seq: number): void {
    const key = keys.edit(this.#parts.userId, conversationId, seq);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#remove(key, entry);
    this.#waits.end(entry);
    const error = new ParleyError({ code: "discarded", detail: "discarded before it was saved", retry: "never" });
    for (const { reject } of entry.settle.splice(0)) reject(error);
  }

  /** The server's store was restored: places are other messages now. The texts are kept. */
  reset(conversationId: string): void {
    for (const [key, entry] of this.#entries) {
      if (entry.ask.conversationId !== conversationId || entry.pending.status !== "waiting") continue;
      this.#waits.end(entry);
      this.#fail(key, entry, storeRestored());
    }
  }

  /** By seq; the same map until something changes. */
  of(conversationId: string): ReadonlyMap<number, PendingEdit> {
    return this.#shown.get(conversationId) ?? none;
  }

  /** The link is there again. */
  wake(): void {
    this.#waits.wake();
  }

  #begin(key: string, ask: EditAsk, made: Pick<Entry, "epoch" | "isRepeat"> & Pick<PendingEdit, "error">): Entry {
    const { seq, text } = ask;
    const { error, ...age } = made;
    const pending: PendingEdit = { seq, text, status: error === null ? "waiting" : "failed", error };
    const known = this.#entries.get(key);
    const entry: Entry = known ?? { ask, pending, ...age, saved: Promise.resolve(), isRunning: false, settle: [] };
    Object.assign(entry, { ask, pending, ...age });
    this.#entries.set(key, entry);
    entry.saved = this.#save(key, entry);
    this.#changed(ask.conversationId);
    void this.#run(key, entry);
    return entry;
  }

  async #run(key: string, entry: Entry): Promise<void> {
    // A later edit of the message is tried at once, unless the server asked to wait.
    if (entry.isRunning) return this.#waits.wake();
    entry.isRunning = true;
    let failures = 0;
    while (!this.#isClosed && this.#entries.get(key) === entry && entry.pending.status === "waiting") {
      await entry.saved;
      // The edit was discarded, or the account was closed, while storage wrote it.
      if (this.#isClosed || this.#entries.get(key) !== entry) break;
      const { ask } = entry;
      const fault = isNameless(ask) ? await this.#named(key, entry, ask) : await this.#sent(key, entry, ask);
      if (this.#entries.get(key) !== entry) break;
      // A later edit was made meanwhile.
      if (entry.ask !== ask) continue;
      if (fault === undefined) {
        this.#remove(key, entry);
        for (const { resolve } of entry.settle.splice(0)) resolve();
      } else if (fault.retry === "never") this.#fail(key, entry, fault);
      else await this.#waits.afterFault(entry, fault, failures++);
    }
    entry.isRunning = false;
  }

  /** Finds out whom the text mentions. The edit then has another ask, which is stored before it is sent. */
  async #named(key: string, entry: Entry, ask: EditAsk): Promise<ParleyError | undefined> {
    try {
      const found = await this.#parts.namer.found(ask, ask.conversationId, ask.handles);
      if (this.#entries.get(key) !== entry || entry.ask !== ask) return undefined;
      entry.ask = { ...ask, found: [...found] };
      entry.saved = this.#save(key, entry);
      return undefined;
    } catch (error) {
      return faultOf(error);
    }
  }

  async #sent(key: string, entry: Entry, ask: EditAsk): Promise<ParleyError | undefined> {
    try {
      const { mentions } = ask;
      await inTurn(this.#parts, `turn ${key}`, async () => {
        // A tab has taken it over. What storage has is not this entry's any more, and stays.
        if (!(await this.#kept.isMine(key))) this.discard(ask.conversationId, ask.seq);
        // A later edit was made, or this one discarded, while another tab or the service worker had its turn.
        if (this.#isClosed || this.#entries.get(key) !== entry || entry.ask !== ask) return;
        if (entry.isRepeat) await checkPlaces(this.#parts.places(ask.conversationId), entry.epoch);
        if (this.#isClosed || this.#entries.get(key) !== entry || entry.ask !== ask) return;
        entry.isRepeat = true;
        await this.#parts.send({ ...ask, mentions: mentions === null ? null : mentionsWith(mentions, ask) });
      });
      return undefined;
    } catch (error) {
      return faultOf(error);
    }
  }

  #fail(key: string, entry: Entry, error: ParleyError): void {
    entry.pending = { ...entry.pending, status: "failed", error };
    entry.saved = this.#save(key, entry);
    for (const { reject } of entry.settle.splice(0)) reject(error);
    this.#changed(entry.ask.conversationId);
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    void entry.saved.then(() => {
      // A later edit of the same message has the same key.
      if (!this.#entries.has(key)) void this.#kept.delete(key);
    });
    this.#changed(entry.ask.conversationId);
  }

  async #save(key: string, { ask, epoch, pending: { status, error } }: Entry): Promise<void> {
    const failure = status === "failed" && error !== null ? { code: error.code, detail: error.detail } : null;
    const mentions = ask.mentions === null ? null : [...ask.mentions];
    const found = ask.found === null ? null : [...ask.found];
    const place = epoch === undefined ? {} : { epoch };
    await this.#kept.put(key, { ...ask, mentions, handles: [...ask.handles], found, failure, ...place });
  }

  #changed(conversationId: string): void {
    const here = [...this.#entries.values()].filter(({ ask }) => ask.conversationId === conversationId);
    if (here.length === 0) this.#shown.delete(conversationId);
    else this.#shown.set(conversationId, new Map(here.map(({ pending }) => [pending.seq, pending])));
    this.unsent.set(this.#entries.size);
    this.#parts.onChange(conversationId);
  }
}
