/**
 * Owns the sending of what waits in the outbox: in each conversation one message at a time, in order, each tried until the server has answered for good.
 */
import type { Ack } from "../../schema/wire/message.ts";
import type { Clock } from "../contract/platform.ts";
import { faultOf, type ParleyError, unreachable } from "../errors.ts";
import { Waits } from "../link/waits.ts";
import { type Entry, rejectAll, type WholeDraft, wholeOf } from "./entry.ts";
import { EntryNaming, type EntryNamingParts } from "./entry-naming.ts";
import type { OutboxEntries } from "./outbox-entries.ts";
import type { OutboxStore } from "./outbox-store.ts";

export interface SendLoopParts extends EntryNamingParts {
  readonly clock: Clock;
  readonly random: () => number;
  /** Sends it by whichever way works. Errors: `never` refused for good; anything else is unknown. */
  readonly deliver: (draft: WholeDraft) => Promise<Ack>;
  /** Resolves when the timeline holds the message that was stored under this ack. */
  readonly confirm: (draft: WholeDraft, ack: Ack) => Promise<void>;
}

export class SendLoop {
  readonly naming: EntryNaming;
  readonly #parts: SendLoopParts;
  readonly #store: OutboxStore;
  readonly #entries: OutboxEntries;
  readonly #waits: Waits;
  readonly #draining = new Set<string>();
  #isClosed = false;

  constructor(parts: SendLoopParts, store: OutboxStore, entries: OutboxEntries) {
    this.#parts = parts;
    this.#store = store;
    this.#entries = entries;
    this.#waits = new Waits(parts.clock, parts.random);
    this.naming = new EntryNaming(parts, store, entries);
  }

  /** Sends what waits in one conversation, one after the other. */
  async drain(conversationId: string): Promise<void> {
    if (this.#draining.has(conversationId)) return;
    this.#draining.add(conversationId);
    try {
      for (let failures = 0; !this.#isClosed;) {
        const entry = this.#entries.of(conversationId).find((each) => each.state === "waiting" && wholeOf(each));
        if (entry === undefined) return;
        await entry.saved;
        if (!(await this.#store.isMine(entry))) this.#yield(entry);
        // The message was discarded, or the account was closed, while storage wrote it.
        if (!this.#isWanted(entry)) continue;
        try {
          await this.naming.name(entry);
          const draft = wholeOf(entry);
          if (draft === undefined || !this.#isWanted(entry)) continue;
          this.#acked(entry, draft, await this.#parts.deliver(draft));
          failures = 0;
        } catch (error) {
          const fault = faultOf(error);
          if (!this.#entries.has(entry)) continue;
          if (fault.retry === "never") await this.#refused(entry, fault);
          else await this.#waitToRetry(entry, fault, failures++);
        }
      }
    } finally {
      this.#draining.delete(conversationId);
    }
  }

  /** The entry is not to be sent any more: those behind it need not wait for its next try. */
  skip(entry: Entry): void {
    this.#waits.end(entry);
  }

  /** The link is there again: waits for a next try end, unless the server named their time. */
  wake(): void {
    this.#waits.wake();
  }

  /** Ends the tries. */
  close(): void {
    this.#isClosed = true;
    this.#waits.close();
  }

  #isWanted(entry: Entry): boolean {
    return !this.#isClosed && this.#entries.has(entry);
  }

  #acked(entry: Entry, draft: WholeDraft, ack: Ack): void {
    entry.state = "acked";
    entry.ack = ack;
    for (const { resolve } of entry.settle.splice(0)) resolve(ack);
    this.#entries.count();
    // The entry is deleted only when the timeline holds the message. After a crash before that it is sent again, and answered as a repeat.
    void this.#confirm(entry, draft, ack);
  }

  async #confirm(entry: Entry, draft: WholeDraft, ack: Ack): Promise<void> {
    for (let n = 0; !this.#isClosed; n++) {
      const fault = await this.#parts.confirm(draft, ack).then(() => undefined, faultOf);
      if (fault === undefined || fault.retry === "never") {
        this.#entries.remove(entry);
        return void entry.saved.then(() => entry.files?.settle());
      }
      await this.#waits.afterFault(entry, fault, n);
    }
  }

  /** The server refused it. Uploads that it has lost meanwhile are begun anew, once. */
  async #refused(entry: Entry, fault: ParleyError): Promise<void> {
    const { files } = entry;
    const mayBeLost = files !== undefined && fault.code === "bad_request" && !entry.isRepeated;
    entry.isRepeated = true;
    const areLost = mayBeLost && (await files.areLost().catch(() => false));
    if (!this.#isWanted(entry)) return;
    if (areLost) files?.start();
    else this.#entries.fail(entry, fault);
  }

  async #waitToRetry(entry: Entry, fault: ParleyError, failures: number): Promise<void> {
    const { retryAfterMs } = fault;
    const retryAt = retryAfterMs === null ? null : this.#parts.clock.now() + retryAfterMs;
    entry.pending = { ...entry.pending, error: fault, retryAt };
    this.#entries.changed(entry);
    await this.#waits.afterFault(entry, fault, failures);
  }

  /** A tab has taken it over. */
  #yield(entry: Entry): void {
    this.#entries.remove(entry);
    rejectAll(entry, unreachable("a tab has taken it over"));
  }
}
