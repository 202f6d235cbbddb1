/** Owns the entries of the outbox in memory: those of each conversation, in the order in which they are shown and sent. */
import { type Entry, inOrder } from "./entry.ts";

export class OutboxEntries {
  readonly #entries = new Map<string, readonly Entry[]>();

  of(conversationId: string): readonly Entry[] {
    return this.#entries.get(conversationId) ?? [];
  }

  all(): readonly Entry[] {
    return [...this.#entries.values()].flat();
  }

  /** How many the server does not have. */
  get unsent(): number {
    return this.all().filter((entry) => entry.state !== "acked").length;
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

  add(entry: Entry): void {
    const { conversationId } = entry.stored;
    this.#entries.set(conversationId, inOrder([...this.of(conversationId), entry]));
  }

  remove(entry: Entry): void {
    const { conversationId } = entry.stored;
    const rest = this.of(conversationId).filter((each) => each !== entry);
    if (rest.length === 0) this.#entries.delete(conversationId);
    else this.#entries.set(conversationId, rest);
  }

  /** The place of an entry has changed. */
  sort(conversationId: string): void {
    if (this.#entries.has(conversationId)) this.#entries.set(conversationId, inOrder(this.of(conversationId)));
  }
}
