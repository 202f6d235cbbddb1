/**
 * Owns what storage keeps of the inbox: its rows and the version up to which they are complete, written in one step, a little after they change. Each write has a stamp,
 * and names the stamp of the write that it builds on. Without this, tab A could put back an older row, and then tab B raise the version over that row.
 */
import { z } from "zod";
import { summary, type Summary } from "../../schema/wire/inbox.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage, StorageWrite, Stored } from "../contract/storage.ts";
import { randomId } from "../platform.ts";
import { keys } from "../storage/keys.ts";
import { stampOf, writeIf } from "../storage/write-if.ts";
import { Saver } from "../storage/saver.ts";
import type { InboxRows } from "./inbox-rows.ts";

const storedSync = z.object({ version: z.int(), epoch: z.string() });
type StoredSync = z.infer<typeof storedSync>;

/** How often a write is tried, because another tab may be faster. After that, the rows are written with the next change. */
const triesMax = 3;

const saveAfterMs = 250;

export interface InboxCacheParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly userId: string;
  /** Whether this tab is the one that writes. */
  readonly isWriter: () => boolean;
}

export class InboxCache {
  readonly #parts: InboxCacheParts;
  readonly #rows: InboxRows;
  /** The stamp of the last write that this tab has made or read. */
  #stamp: string | undefined;
  /** What that write left in storage: the rows of an epoch; the first rows while all arrive anew (`partial`); or nothing that a write can build on. */
  #base: { readonly epoch: string } | "partial" | "nothing" = "nothing";
  readonly #saver: Saver;

  constructor(parts: InboxCacheParts, rows: InboxRows) {
    this.#parts = parts;
    this.#rows = rows;
    this.#saver = new Saver(parts.clock, saveAfterMs, () => this.#save());
  }

  /** Gives the rows what storage has. */
  async restore(): Promise<void> {
    const range = keys.rows(this.#parts.userId);
    // The version is read before the rows. Rows newer than the version are only fetched again; rows older than the version would be missed.
    const [sync, stored] = await Promise.all([this.#sync(), this.#parts.storage.list(range)]);
    if (sync === undefined) return;
    const rows: Summary[] = [];
    const unreadable: string[] = [];
    for (const [key, value] of stored) {
      const parsed = summary.safeParse(value);
      if (parsed.success) rows.push(parsed.data);
      else unreadable.push(key.slice(range.from.length));
    }
    this.#rows.restore({ version: sync.version, epoch: sync.epoch, rows, unreadable });
  }

  /** Rows have changed: they are written in a moment, together with what changes until then. */
  saveSoon(): void {
    this.#saver.soon();
  }

  /** Writes what is not stored yet. Resolves when it is, or storage has refused it. */
  async flush(): Promise<void> {
    await this.#saver.flush();
  }

  async #save(): Promise<void> {
    if (this.#rows.cursor === undefined || !this.#parts.isWriter()) return;
    const unsaved = this.#rows.takeUnsaved();
    const isWritten = await this.#write(unsaved).catch(() => false);
    if (!isWritten) this.#rows.unsavedAgain(unsaved);
  }

  /**
   * Writes the rows that are named, or all rows if another tab has written meanwhile. Answers false if the rows were not written, because the other tab is
   * ahead: then the next change continues from its write. Errors: those of the storage.
   */
  async #write(unsaved: readonly string[]): Promise<boolean> {
    const { storable } = this.#rows;
    const isOnBase = this.#base === "partial" || (this.#base !== "nothing" && this.#base.epoch === storable?.epoch);
    if (await this.#put(storable, isOnBase ? this.#changes(unsaved) : this.#everything())) return true;
    for (let tries = 1; tries < triesMax; tries++) {
      // The other tab receives the same frames, and has written rows that are at least as new.
      if (isAhead(await this.#sync(), storable)) return false;
      if (await this.#put(storable, this.#everything())) return true;
    }
    return false;
  }

  async #put(storable: StoredSync | undefined, { puts = [], ...rest }: StorageWrite): Promise<boolean> {
    const key = keys.sync(this.#parts.userId);
    const stamp = randomId();
    const write: StorageWrite = { ...rest, puts: [...puts, [key, { ...storable, stamp }]] };
    const isWritten = await writeIf(this.#parts.storage, { key, stamp: this.#stamp }, write);
    if (!isWritten) return false;
    this.#stamp = stamp;
    this.#base = storable === undefined ? "partial" : { epoch: storable.epoch };
    return true;
  }

  #changes(unsaved: readonly string[]): StorageWrite {
    const puts: [string, Stored][] = [];
    const deletes: string[] = [];
    for (const id of unsaved) {
      const [key, row] = [keys.row(this.#parts.userId, id), this.#rows.get(id)];
      if (row === undefined) deletes.push(key);
      else puts.push([key, row]);
    }
    return { puts, deletes };
  }

  #everything(): StorageWrite {
    const { userId } = this.#parts;
    const puts = Array.from(this.#rows.values(), (row) => [keys.row(userId, row.conversationId), row] as const);
    return { deleteRanges: [keys.rows(userId)], puts };
  }

  async #sync(): Promise<StoredSync | undefined> {
    const stored = await this.#parts.storage.get(keys.sync(this.#parts.userId));
    const sync = storedSync.safeParse(stored).data;
    this.#stamp = stampOf(stored);
    this.#base = sync === undefined ? "nothing" : { epoch: sync.epoch };
    return sync;
  }
}

function isAhead(stored: StoredSync | undefined, here: StoredSync | undefined): boolean {
  return stored !== undefined && here !== undefined && stored.epoch === here.epoch && stored.version >= here.version;
}
