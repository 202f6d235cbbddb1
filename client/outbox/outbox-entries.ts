/** Owns the entries of the outbox: those of each conversation, in the order in which they are shown and sent. A change of one is written to storage and told. */
import { State } from "../observable.ts";
import type { ParleyError } from "../errors.ts";
import { type Entry, inOrder, rejectAll } from "./entry.ts";
import type { OutboxStore } from "./outbox-store.ts";

export class OutboxEntries {
  /** How many the server does not have. */
  readonly unsent = new State(0);
  readonly #entries = new Map<string, readonly Entry[]>();
  readonly #store: OutboxStore;
  readonly #onChange: (conversationId: string) => void;

  constructor(store: OutboxStore, onChange: (conversationId: string) => void) {
    this.#store = store;
    this.#onChange = onChange;
  }

  of(conversationId: string): readonly Entry[] {
    return this.#entries.get(conversationId) ?? [];
  }

  all(): readonly Entry[] {
    return [...this.#entries.values()].flat();
  }

  conversations(): readonly string[] {
    return [...this.#entries.keys()];
  }

  find(conversationId: string, clientId: string): Entry | undefined {
    return this.of(conversationId).find((entry) => entry.stored.clientId === clientId);
  }

  has(entry: Entry): boolean {
    return this.of(entry.stored.conversationId).includes(entry);
  }

  /** Shows an entry among the others. It is not written: that may have to wait for its files. */
  add(entry: Entry): void {
    const { conversationId } = entry.stored;
    this.#put(conversationId, [...this.of(conversationId), entry]);
    this.changed(entry);
  }

  /** The message is sent, discarded, or for another tab to send. */
  remove(entry: Entry): void {
    const { conversationId } = entry.stored;
    this.#put(
      conversationId,
      this.of(conversationId).filter((each) => each !== entry),
    );
    void entry.saved.then(() => this.#store.delete(entry));
    this.changed(entry);
  }

  /** The user decides what becomes of the message now. Those who wait for it get the fault. */
  fail(entry: Entry, fault: ParleyError): void {
    entry.state = "failed";
    entry.pending = { ...entry.pending, status: "failed", error: fault, retryAt: null };
    entry.saved = this.#store.put(entry);
    rejectAll(entry, fault);
    this.changed(entry);
  }

  /** The place of an entry may be another one. */
  sort(conversationId: string): void {
    this.#put(conversationId, this.of(conversationId));
  }

  /** The server has the message of an entry, or lacks it again. */
  count(): void {
    this.unsent.set(this.all().filter((entry) => entry.state !== "acked").length);
  }

  /** Tells that an entry is another one than before. */
  changed(entry: Entry): void {
    this.count();
    this.#onChange(entry.stored.conversationId);
  }

  #put(conversationId: string, entries: readonly Entry[]): void {
    if (entries.length === 0) this.#entries.delete(conversationId);
    else this.#entries.set(conversationId, inOrder(entries));
  }
}
