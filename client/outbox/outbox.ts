/**
 * Owns the messages that were written and are not in the timeline yet. Each is stored before it is sent. In a conversation they are sent one at a time, in
 * the order in which they were written, each under one clientId for ever, until the server has answered for good.
 */
import type { Ack } from "../../schema/wire/message.ts";
import type { PendingMessage } from "../contract/conversation.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { closed, faultOf, ParleyError, rejected } from "../errors.ts";
import { Waits } from "../link/waits.ts";
import { keys } from "../storage/keys.ts";
import { type Draft, draftOf, type Entry, entryOf, isSameDraft, type StoredEntry, storedEntry } from "./entry.ts";
import { Kept } from "./kept.ts";
import { isNameless, type Namer } from "./naming.ts";
import type { Locks } from "../storage/locks.ts";
import { State } from "../observable.ts";
import { randomId } from "../platform.ts";

export interface OutboxParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly locks: Locks;
  readonly userId: string;
  /** Sends it by whichever way works. Errors: `never` refused for good; anything else is unknown. */
  readonly deliver: (draft: Draft) => Promise<Ack>;
  readonly namer: Namer;
  /** Resolves when the timeline holds the message that was stored under this ack. */
  readonly confirm: (draft: Draft, ack: Ack) => Promise<void>;
  readonly onChange: (conversationId: string) => void;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #entries = new Map<string, Entry[]>();
  readonly #draining = new Set<string>();
  readonly #waits: Waits;
  readonly #kept: Kept<StoredEntry>;
  readonly unsent = new State(0);
  #lastCreatedAt = 0;
  #adopting: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
    this.#kept = new Kept(parts, keys.outbox(parts.userId), storedEntry);
  }

  /** Ends the tries. What waits stays in storage for the next run. */
  close(): void {
    this.#isClosed = true;
    this.#waits.close();
    for (const entry of [...this.#entries.values()].flat()) this.#reject(entry, closed());
  }

  /** Sends what earlier runs, and tabs that are gone, left unsent. A call while another one runs joins it. */
  adopt(): Promise<void> {
    this.#adopting ??= this.#adopt().finally(() => {
      this.#adopting = undefined;
    });
    return this.#adopting;
  }

  async #adopt(): Promise<void> {
    const orphans = await this.#kept.orphans();
    if (this.#isClosed) return;
    for (const { key, value } of orphans) this.#takeOver(key, value);
    for (const conversationId of this.#entries.keys()) void this.#drain(conversationId);
  }

  #takeOver(key: string, stored: StoredEntry): void {
    const twin = this.#find(stored.conversationId, stored.clientId);
    if (twin?.key === key) return;
    if (twin !== undefined && isSameDraft(twin.stored, stored)) {
      this.#named(twin, stored.found);
      void this.#kept.delete(key);
      return;
    }
    // The clientId was used by another message. This one gets a clientId of its own, and the user decides whether to send it.
    const clientId = twin === undefined ? stored.clientId : randomId();
    const failure =
      twin === undefined ? stored.failure : { code: "client_id_reused", detail: "two messages under one clientId" };
    const entry = this.#enter(key, { ...stored, clientId });
    if (failure === null) entry.saved = this.#save(entry);
    else this.#fail(entry, new ParleyError({ ...failure, retry: "never" }));
  }

  /**
   * Enters a message. Resolves when the server has stored it, rejects when it is refused for good or discarded. If there is an entry under the clientId
   * already, the same message is meant: the call waits for that entry, which is tried again where it failed.
   */
  send(draft: Draft, onKept?: () => void): Promise<Ack> {
    const { clock, userId } = this.#parts;
    if (this.#isClosed) return rejected(closed());
    const known = this.#find(draft.conversationId, draft.clientId);
    if (known !== undefined && !isSameDraft(known.stored, draft)) return refused(draft.clientId);
    if (known?.ack !== undefined) return Promise.resolve(known.ack);
    this.resend(draft.conversationId, draft.clientId);
    // It only rises, so that the order in storage is the order of writing, also within a millisecond.
    this.#lastCreatedAt = Math.max(clock.now() * 1_000, this.#lastCreatedAt + 1);
    const { conversationId, clientId, text, replyTo, handles } = draft;
    const stored = {
      conversationId,
      clientId,
      text,
      replyTo,
      mentions: [...draft.mentions],
      handles: [...handles],
      found: null,
      createdAt: this.#lastCreatedAt,
      failure: null,
    };
    const entry = known ?? this.#enter(keys.outboxEntry(userId, this.#lastCreatedAt, draft.clientId), stored);
    if (known === undefined) entry.saved = this.#save(entry);
    if (onKept !== undefined)
      void entry.saved.then((isKept) => {
        if (isKept) onKept();
      });
    const settled = new Promise<Ack>((resolve, reject) => entry.settle.push({ resolve, reject }));
    // A program may look at the timeline instead of the promise.
    settled.catch(() => undefined);
    void this.#drain(draft.conversationId);
    return settled;
  }

  pending(conversationId: string): readonly PendingMessage[] {
    return (this.#entries.get(conversationId) ?? []).map((entry) => entry.pending);
  }

  resend(conversationId: string, clientId: string): void {
    const entry = this.#find(conversationId, clientId);
    if (entry?.state !== "failed") return;
    entry.state = "waiting";
    entry.pending = { ...entry.pending, status: "waiting", error: null, retryAt: null };
    entry.saved = this.#save(entry);
    this.#changed(conversationId);
    void this.#drain(conversationId);
  }

  discard(conversationId: string, clientId: string): void {
    const entry = this.#find(conversationId, clientId);
    if (entry === undefined || entry.state === "acked") return;
    this.#remove(entry);
    // The messages behind it need not wait any more.
    this.#waits.end(entry);
    this.#reject(entry, new ParleyError({ code: "discarded", detail: "discarded before it was sent", retry: "never" }));
  }

  /** The link is there again: waits for a next try end, unless the server named their time. */
  wake(): void {
    this.#waits.wake();
  }

  /** Sends what waits in one conversation, one after the other. */
  async #drain(conversationId: string): Promise<void> {
    if (this.#draining.has(conversationId)) return;
    this.#draining.add(conversationId);
    try {
      for (let failures = 0; !this.#isClosed;) {
        const entry = this.#entries.get(conversationId)?.find((each) => each.state === "waiting");
        if (entry === undefined) return;
        await entry.saved;
        // The message was discarded, or the account was closed, while storage wrote it.
        if (this.#isClosed || !this.#isHere(entry)) continue;
        try {
          if (isNameless(entry.stored)) await this.#name(entry);
          if (this.#isClosed || !this.#isHere(entry)) continue;
          this.#acked(entry, await this.#parts.deliver(draftOf(entry)));
          failures = 0;
        } catch (error) {
          const fault = faultOf(error);
          if (!this.#isHere(entry)) continue;
          if (fault.retry === "never") this.#fail(entry, fault);
          else await this.#waitToRetry(entry, fault, failures++);
        }
      }
    } finally {
      this.#draining.delete(conversationId);
    }
  }

  /**
   * Finds out whom the text mentions, and stores it before the text is sent. One tab at a time does so for a text: under one clientId there must be one body,
   * also where two tabs were asked to send the text.
   */
  async #name(entry: Entry): Promise<void> {
    const { locks, userId, namer } = this.#parts;
    const { conversationId, clientId, handles } = entry.stored;
    await locks.exclusive(`naming ${userId} ${clientId}`, async () => {
      const found = (await this.#foundByTwin(entry.stored)) ?? (await namer.found(entry, conversationId, handles));
      this.#named(entry, found);
      await entry.saved;
    });
  }

  async #foundByTwin(stored: StoredEntry): Promise<readonly string[] | undefined> {
    const all = await this.#kept.all().catch(() => []);
    const { conversationId, clientId } = stored;
    const twins = all.filter((each) => each.conversationId === conversationId && each.clientId === clientId);
    return twins.find((each) => each.found !== null && isSameDraft(each, stored))?.found ?? undefined;
  }

  #named(entry: Entry, found: readonly string[] | null): void {
    if (found === null || !isNameless(entry.stored) || !this.#isHere(entry)) return;
    entry.stored = { ...entry.stored, found: [...found] };
    entry.pending = { ...entry.pending, mentions: draftOf(entry).mentions };
    entry.saved = this.#save(entry);
    this.#changed(entry.stored.conversationId);
  }

  #acked(entry: Entry, ack: Ack): void {
    entry.state = "acked";
    entry.ack = ack;
    for (const { resolve } of entry.settle.splice(0)) resolve(ack);
    this.#count();
    // The entry is deleted only when the timeline holds the message. After a crash before that it is sent again, and answered as a repeat.
    void this.#confirm(entry, ack);
  }

  async #confirm(entry: Entry, ack: Ack): Promise<void> {
    for (let n = 0; !this.#isClosed; n++) {
      try {
        await this.#parts.confirm(draftOf(entry), ack);
        return this.#remove(entry);
      } catch (error) {
        if (error instanceof ParleyError && error.retry === "never") return this.#remove(entry);
        await this.#waits.afterFault(entry, faultOf(error), n);
      }
    }
  }

  async #waitToRetry(entry: Entry, fault: ParleyError, failures: number): Promise<void> {
    const { retryAfterMs } = fault;
    const retryAt = retryAfterMs === null ? null : this.#parts.clock.now() + retryAfterMs;
    entry.pending = { ...entry.pending, error: fault, retryAt };
    this.#changed(entry.stored.conversationId);
    await this.#waits.afterFault(entry, fault, failures);
  }

  #fail(entry: Entry, fault: ParleyError): void {
    entry.state = "failed";
    entry.pending = { ...entry.pending, status: "failed", error: fault, retryAt: null };
    entry.saved = this.#save(entry);
    this.#reject(entry, fault);
    this.#changed(entry.stored.conversationId);
  }

  #reject(entry: Entry, fault: ParleyError): void {
    for (const { reject } of entry.settle.splice(0)) reject(fault);
  }

  #enter(key: string, stored: StoredEntry): Entry {
    const { conversationId } = stored;
    const entry = entryOf(key, stored);
    const entries = this.#entries.get(conversationId) ?? [];
    this.#entries.set(
      conversationId,
      [...entries, entry].sort((a, b) => a.stored.createdAt - b.stored.createdAt),
    );
    this.#changed(conversationId);
    return entry;
  }

  #isHere(entry: Entry): boolean {
    return this.#entries.get(entry.stored.conversationId)?.includes(entry) === true;
  }

  #find(conversationId: string, clientId: string): Entry | undefined {
    return this.#entries.get(conversationId)?.find((entry) => entry.stored.clientId === clientId);
  }

  async #save(entry: Entry): Promise<boolean> {
    const { error } = entry.pending;
    const failure = entry.state === "failed" && error !== null ? { code: error.code, detail: error.detail } : null;
    return await this.#kept.put(entry.key, { ...entry.stored, failure });
  }

  #remove(entry: Entry): void {
    const { conversationId } = entry.stored;
    const rest = (this.#entries.get(conversationId) ?? []).filter((each) => each !== entry);
    if (rest.length === 0) this.#entries.delete(conversationId);
    else this.#entries.set(conversationId, rest);
    void entry.saved.then(() => this.#kept.delete(entry.key));
    this.#changed(conversationId);
  }

  #changed(conversationId: string): void {
    this.#count();
    this.#parts.onChange(conversationId);
  }

  #count(): void {
    const all = [...this.#entries.values()].flat();
    this.unsent.set(all.filter((entry) => entry.state !== "acked").length);
  }
}

/** What the server would say of another body under the same clientId. */
function refused(clientId: string): Promise<never> {
  return rejected(
    new ParleyError({ code: "client_id_reused", detail: `another message has the clientId ${clientId}` }),
  );
}
