/**
 * Owns the messages that were written and are not in the timeline yet: takes them in, keeps each under one clientId for ever, and takes over what other runs
 * have left. Each is stored before it is sent; send-loop.ts sends them in the order in which they were written. A message with attachments takes its place when all
 * are uploaded, so that it holds up none behind it.
 */
import { shared } from "../abortable.ts";
import type { Ack } from "../../schema/wire/message.ts";
import type { PendingMessage } from "../contract/conversation/conversation.ts";
import type { Storage } from "../contract/storage.ts";
import { closed, faultOf, ParleyError, rejected } from "../errors.ts";
import { keys } from "../storage/keys.ts";
import type { State } from "../observable.ts";
import { randomId } from "../platform.ts";
import type { MessageFiles } from "../uploads/message-files.ts";
import type { GivenFile, StoredFiles } from "../uploads/stored-files.ts";
import type { Uploads } from "../uploads/uploads.ts";
import {
  type Draft,
  type Entry,
  entryOf,
  isSameEntry,
  refused,
  type StoredEntry,
  rejectAll,
  storedOf,
  takeFiles,
} from "./entry.ts";
import { OutboxEntries } from "./outbox-entries.ts";
import { OutboxStore } from "./outbox-store.ts";
import { SendLoop, type SendLoopParts } from "./send-loop.ts";

export interface OutboxParts extends SendLoopParts {
  readonly storage: Storage;
  readonly onChange: (conversationId: string) => void;
  /** What uploads attachments. Without it messages with attachments are left to another program. */
  readonly uploads?: Uploads | undefined;
}

/** What belongs to a message beside its draft. */
export interface SendMore {
  readonly files?: readonly GivenFile[];
  readonly onKept?: (() => void) | undefined;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #store: OutboxStore;
  readonly #entries: OutboxEntries;
  readonly #loop: SendLoop;
  readonly unsent: State<number>;
  #lastPlace = 0;
  #isClosed = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#store = new OutboxStore(parts, parts.userId);
    this.#entries = new OutboxEntries(this.#store, parts.onChange);
    this.#loop = new SendLoop(parts, this.#store, this.#entries);
    this.unsent = this.#entries.unsent;
  }

  /** Ends the tries. What waits stays in storage for the next run. */
  close(): void {
    this.#isClosed = true;
    this.#loop.close();
    this.#parts.uploads?.close();
    for (const entry of this.#entries.all()) {
      entry.files?.close();
      rejectAll(entry, closed());
    }
  }

  /** Sends what earlier runs, and tabs that are gone, left unsent. A call while another one runs joins it. */
  readonly adopt = shared(async () => {
    const { uploads } = this.#parts;
    const orphans = await this.#store.orphans(uploads !== undefined);
    if (this.#isClosed) return;
    for (const { key, value } of orphans) this.#takeOver(key, value, "files" in value ? value.files : undefined);
    for (const conversationId of this.#entries.conversations()) void this.#loop.drain(conversationId);
    await uploads?.keeper.dropOrphans(async () => await this.#store.folders());
  });

  #takeOver(key: string, stored: StoredEntry, storedFiles: StoredFiles | undefined): void {
    const twin = this.#entries.find(stored.conversationId, stored.clientId);
    if (twin?.key === key) return;
    if (twin !== undefined && isSameEntry(twin, stored, storedFiles?.list)) {
      this.#loop.naming.take(twin, stored.found);
      void this.#store.delete({ key, files: storedFiles });
      return;
    }
    // The clientId was used by another message. This one gets a clientId of its own, and the user decides whether to send it.
    const clientId = twin === undefined ? stored.clientId : randomId();
    const failure =
      twin === undefined ? stored.failure : { code: "client_id_reused", detail: "two messages under one clientId" };
    const mine = { ...stored, clientId };
    const files = storedFiles === undefined ? undefined : this.#filesOf(mine, storedFiles);
    const entry = this.#enter(key, mine, files);
    if (failure === null) entry.saved = this.#store.put(entry);
    else this.#entries.fail(entry, new ParleyError({ ...failure, retry: "never" }));
    void files?.load().then(() => {
      if (entry.state === "waiting") files.start();
    });
  }

  /**
   * Enters a message. Resolves when the server has stored it, rejects when it is refused for good or discarded. If there is an entry under the clientId
   * already, the same message is meant: the call waits for that entry, which is tried again where it failed.
   */
  send(draft: Draft, { files, onKept }: SendMore = {}): Promise<Ack> {
    if (this.#isClosed) return rejected(closed());
    const { conversationId, clientId } = draft;
    const known = this.#entries.find(conversationId, clientId);
    const list = files?.map(({ stored }) => stored);
    if (known !== undefined && !isSameEntry(known, draft, list)) return refused(clientId);
    if (known?.ack !== undefined) return Promise.resolve(known.ack);
    this.resend(conversationId, clientId);
    const entry = known ?? this.#entered(draft, files);
    if (onKept !== undefined)
      void entry.saved.then((isKept) => {
        if (isKept) onKept();
      });
    const settled = new Promise<Ack>((resolve, reject) => entry.settle.push({ resolve, reject }));
    // A program may look at the timeline instead of the promise.
    settled.catch(() => undefined);
    void this.#loop.drain(conversationId);
    return settled;
  }

  /** What is shown of the messages of a conversation that are not in the timeline. */
  pending(conversationId: string): readonly PendingMessage[] {
    return this.#entries.of(conversationId).map((entry) => entry.pending);
  }

  /** Tries a message again that has failed. */
  resend(conversationId: string, clientId: string): void {
    const entry = this.#entries.find(conversationId, clientId);
    if (entry?.state !== "failed") return;
    entry.state = "waiting";
    entry.pending = { ...entry.pending, status: "waiting", error: null, retryAt: null };
    entry.isRepeated = false;
    entry.saved = this.#store.put(entry);
    entry.files?.start();
    this.#turned(entry);
  }

  /** Forgets a message that the server has not acked. It may have it all the same. */
  discard(conversationId: string, clientId: string): void {
    const entry = this.#entries.find(conversationId, clientId);
    if (entry === undefined || entry.state === "acked") return;
    this.#entries.remove(entry);
    entry.files?.close();
    void entry.saved.then(() => entry.files?.discard());
    this.#loop.skip(entry);
    rejectAll(entry, new ParleyError({ code: "discarded", detail: "discarded before it was sent", retry: "never" }));
  }

  /** Stops the uploads of a message, or goes on with them. */
  pause(conversationId: string, clientId: string, isPaused: boolean): void {
    const files = this.#entries.find(conversationId, clientId)?.files;
    if (isPaused) files?.pause();
    else files?.resume();
  }

  /** The link is there again: waits for a next try end, unless the server named their time. */
  wake(): void {
    this.#loop.wake();
    this.#parts.uploads?.wake();
  }

  #entered(draft: Draft, given: readonly GivenFile[] = []): Entry {
    const { userId, uploads } = this.#parts;
    const stored = storedOf(draft, this.#nextPlace());
    const fresh = given.length === 0 ? undefined : uploads?.fresh(given);
    const files = fresh === undefined ? undefined : this.#filesOf(stored, fresh, given);
    const keyOf = files === undefined ? keys.outboxEntry : keys.outboxEntryWithFiles;
    const entry = this.#enter(keyOf(userId, stored.createdAt, stored.clientId), stored, files);
    entry.saved = files === undefined ? this.#store.put(entry) : this.#putWhole(entry, files);
    return entry;
  }

  /** Stores the files, then the entry, which names them. Then the uploads begin. */
  async #putWhole(entry: Entry, files: MessageFiles): Promise<boolean> {
    try {
      const areKept = await files.keep();
      const isKept = this.#entries.has(entry) && (await this.#store.put(entry));
      if (this.#entries.has(entry)) files.start();
      return areKept && isKept;
    } catch (error) {
      files.fail(faultOf(error));
      return false;
    }
  }

  #filesOf(
    { conversationId, clientId }: StoredEntry,
    stored: StoredFiles,
    given: readonly GivenFile[] = [],
  ): MessageFiles | undefined {
    return this.#parts.uploads?.of(conversationId, stored, given, () => {
      const entry = this.#entries.find(conversationId, clientId);
      if (entry === undefined) return;
      // After what is being written.
      entry.saved = entry.saved.then(async () => this.#entries.has(entry) && (await this.#store.put(entry)));
      this.#turned(entry);
    });
  }

  /** Its state or that of its uploads is another one. */
  #turned(entry: Entry): void {
    const failure = takeFiles(entry, () => this.#nextPlace());
    if (failure !== null) return this.#entries.fail(entry, failure);
    this.#entries.sort(entry.stored.conversationId);
    this.#entries.changed(entry);
    void this.#loop.drain(entry.stored.conversationId);
  }

  #enter(key: string, stored: StoredEntry, files: MessageFiles | undefined): Entry {
    const entry = entryOf(key, stored, files);
    this.#entries.add(entry);
    return entry;
  }

  /** It only rises, so that the order in storage is the order of writing, also within a millisecond. */
  #nextPlace(): number {
    this.#lastPlace = Math.max(this.#parts.clock.now() * 1_000, this.#lastPlace + 1);
    return this.#lastPlace;
  }
}
