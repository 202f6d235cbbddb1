/** Owns how an unsent message learns whom its handles name. What was found is stored before the message is sent. */
import type { Locks } from "../storage/locks.ts";
import { type Entry, isSameDraft, type StoredEntry } from "./entry.ts";
import { isNameless, mentionsWith, type Namer } from "./naming.ts";
import type { OutboxEntries } from "./outbox-entries.ts";
import type { OutboxStore } from "./outbox-store.ts";

export interface EntryNamingParts {
  readonly locks: Locks;
  readonly userId: string;
  readonly namer: Namer;
}

export class EntryNaming {
  readonly #parts: EntryNamingParts;
  readonly #store: OutboxStore;
  readonly #entries: Pick<OutboxEntries, "has" | "changed">;

  constructor(parts: EntryNamingParts, store: OutboxStore, entries: Pick<OutboxEntries, "has" | "changed">) {
    this.#parts = parts;
    this.#store = store;
    this.#entries = entries;
  }

  /**
   * Finds out whom the text mentions, and stores it before the text is sent. One tab at a time does so for a text: under one clientId there must be one body,
   * also where two tabs were asked to send the text.
   */
  async name(entry: Entry): Promise<void> {
    if (!isNameless(entry.stored)) return;
    const { locks, userId, namer } = this.#parts;
    const { conversationId, clientId, handles } = entry.stored;
    await locks.exclusive(`naming ${userId} ${clientId}`, async () => {
      const found = (await this.#foundByTwin(entry.stored)) ?? (await namer.found(entry, conversationId, handles));
      this.take(entry, found);
      await entry.saved;
    });
  }

  /** `found`: null where it is not known yet. */
  take(entry: Entry, found: readonly string[] | null): void {
    if (found === null || !isNameless(entry.stored) || !this.#entries.has(entry)) return;
    entry.stored = { ...entry.stored, found: [...found] };
    entry.pending = { ...entry.pending, mentions: mentionsWith(entry.stored.mentions, entry.stored) };
    entry.saved = this.#store.put(entry);
    this.#entries.changed(entry);
  }

  async #foundByTwin(stored: StoredEntry): Promise<readonly string[] | undefined> {
    const all = await this.#store.all().catch(() => []);
    const { conversationId, clientId } = stored;
    const twins = all.filter((each) => each.conversationId === conversationId && each.clientId === clientId);
    return twins.find((each) => each.found !== null && isSameDraft(each, stored))?.found ?? undefined;
  }
}
