/**
 * Owns the rows of the inbox as the server has them: folds frames and poll answers, and knows up to which version the rows are complete. No I/O.
 */
import type { Summary } from "../../schema/wire/inbox.ts";

/** Rows from the server. `reset`: all rows follow, from the first; `more`: whether further rows follow, where a frame says so. */
export interface IncomingRows {
  readonly version: number;
  readonly conversations: readonly Summary[];
  readonly reset?: boolean | undefined;
  readonly more?: boolean | undefined;
}

/** What storage had. `version` and `epoch`: up to where the rows are complete. */
export interface StoredRows {
  readonly version: number;
  readonly epoch: string;
  readonly rows: readonly Summary[];
  /** Conversations whose rows were written by another version of this program and cannot be read by this one. */
  readonly unreadable: readonly string[];
}

/** What rows from the server have changed. `isNews`: they are changes, as against a first look at everything. */
export interface TakenRows {
  readonly isChanged: boolean;
  readonly isNews: boolean;
  /** Conversations whose rows are gone. */
  readonly dropped: readonly string[];
}

export class InboxRows {
  readonly #rows = new Map<string, Summary>();
  /** While all rows arrive anew: the ids of those that have arrived. */
  #mentioned: Set<string> | undefined;
  #version = 0;
  #epoch: string | undefined;
  #comingEpoch: string | undefined;
  #isLoaded = false;
  /** Rows that storage does not have as they are here. */
  readonly #unsaved = new Set<string>();

  /** Where to resume from; undefined before the first time. */
  get cursor(): { since: number; epoch: string } | undefined {
    return this.#epoch === undefined ? undefined : { since: this.#version, epoch: this.#epoch };
  }
  /** Up to where the rows are complete. It is undefined while all rows arrive anew, because then a restart must begin anew, too. */
  get storable(): { version: number; epoch: string } | undefined {
    return this.isWhole && this.#epoch !== undefined ? { version: this.#version, epoch: this.#epoch } : undefined;
  }
  get version(): number {
    return this.#version;
  }
  /** False while everything arrives anew. */
  get isWhole(): boolean {
    return this.#mentioned === undefined;
  }
  /** Whether all rows have been here once. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }
  get(conversationId: string): Summary | undefined {
    return this.#rows.get(conversationId);
  }
  values(): Iterable<Summary> {
    return this.#rows.values();
  }

  /** Begins with what storage has. What the server has sent meanwhile is newer: then storage is not used. */
  restore(loaded: StoredRows): void {
    if (this.#epoch !== undefined) return;
    for (const row of loaded.rows) this.#rows.set(row.conversationId, row);
    for (const id of loaded.unreadable) this.#unsaved.add(id);
    // Rows that cannot be read are fetched again, and with them all.
    this.#isLoaded = loaded.unreadable.length === 0;
    if (!this.#isLoaded) return;
    this.#version = loaded.version;
    this.#epoch = loaded.epoch;
  }

  /** The epoch of the rows that follow. It counts only with the first of them: an old version under a new epoch would hide what changed. */
  meetEpoch(epoch: string): void {
    this.#comingEpoch = epoch;
  }

  /** Takes rows of a frame, or of a poll answer. */
  take({ version, conversations, reset, more }: IncomingRows): TakenRows {
    const before = { version: this.#version, epoch: this.#epoch, isLoaded: this.#isLoaded };
    if (more !== undefined) this.#epoch = this.#comingEpoch ?? this.#epoch;
    const isNews = reset !== true && this.isWhole;
    if (reset === true) {
      this.#mentioned = new Set();
      this.#version = version;
    }
    for (const row of conversations) {
      // After a reset versions may begin anew: what comes now is right, whatever its number.
      if (this.#mentioned !== undefined && !this.#mentioned.has(row.conversationId))
        this.#rows.delete(row.conversationId);
      this.#mentioned?.add(row.conversationId);
      this.put(row);
    }
    this.reached(version);
    const dropped = more === false ? this.#ended() : [];
    const isOther =
      before.version !== this.#version || before.epoch !== this.#epoch || before.isLoaded !== this.#isLoaded;
    // A poll that ended without news has no rows.
    return { isChanged: isOther || conversations.length > 0 || !isNews, isNews, dropped };
  }

  /** Puts a row, unless a later state of it is here. */
  put(row: Summary): void {
    const known = this.#rows.get(row.conversationId);
    if (known !== undefined && known.version > row.version) return;
    this.#rows.set(row.conversationId, row);
    this.#unsaved.add(row.conversationId);
  }

  /** Everything up to this version is here. */
  reached(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  /** The conversations whose rows are to be written or deleted. From now on they count as stored. */
  takeUnsaved(): readonly string[] {
    const taken = [...this.#unsaved];
    this.#unsaved.clear();
    return taken;
  }

  /** The write of these failed. */
  unsavedAgain(conversationIds: readonly string[]): void {
    for (const id of conversationIds) this.#unsaved.add(id);
  }

  /** All rows have arrived: those that were not mentioned are gone. */
  #ended(): readonly string[] {
    const mentioned = this.#mentioned;
    this.#mentioned = undefined;
    this.#isLoaded = true;
    if (mentioned === undefined) return [];
    const dropped = [...this.#rows.keys()].filter((id) => !mentioned.has(id));
    for (const id of dropped) {
      this.#rows.delete(id);
      this.#unsaved.add(id);
    }
    return dropped;
  }
}
