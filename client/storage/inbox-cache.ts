/**
 * Owns what storage keeps of the inbox: its rows and the version up to which they are complete, written in one step. A write names the write that
 * it builds on by its stamp, so that of two tabs that write neither raises the version over rows that the other put back.
 */
import { z } from "zod";
import { summary, type Summary } from "../../schema/wire/inbox.ts";
import type { Storage, StorageWrite, Stored } from "../contract/storage.ts";
import { randomId } from "../platform.ts";
import { keys } from "./keys.ts";
import { stampOf, writeIf } from "./write-if.ts";

const storedSync = z.object({ version: z.int(), epoch: z.string() });
type StoredSync = z.infer<typeof storedSync>;

/** How often a write is begun anew because another tab was faster. What is left then is written with the next change. */
const triesMax = 3;

/** The inbox as it is to be stored. */
export interface InboxPicture {
  readonly rows: ReadonlyMap<string, Summary>;
  /** What is stored with the rows; undefined while everything arrives anew: a restart must then begin anew, too. */
  readonly cursor: { readonly version: number; readonly epoch: string } | undefined;
}

export interface LoadedInbox {
  readonly version: number;
  readonly epoch: string;
  readonly rows: readonly Summary[];
  /** Conversations whose rows another version of this program wrote and this one cannot read. */
  readonly unreadable: readonly string[];
}

export class InboxCache {
  readonly #storage: Storage;
  readonly #userId: string;
  /** Of the write that the stored rows are known to be from: this tab's own, or the one that it read. */
  #stamp: string | undefined;
  /** What that write left: the rows of an epoch, the first of those that arrive anew, or nothing that can be built on. */
  #base: { readonly epoch: string } | "partial" | "nothing" = "nothing";
  #saving: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#userId = userId;
  }

  async load(): Promise<LoadedInbox | undefined> {
    const range = keys.rows(this.#userId);
    // In this order: rows that are newer than the version are asked for again, rows that are older would be missed.
    const [sync, stored] = await Promise.all([this.#sync(), this.#storage.list(range)]);
    if (sync === undefined) return undefined;
    const rows: Summary[] = [];
    const unreadable: string[] = [];
    for (const [key, value] of stored) {
      const parsed = summary.safeParse(value);
      if (parsed.success) rows.push(parsed.data);
      else unreadable.push(key.slice(range.from.length));
    }
    return { version: sync.version, epoch: sync.epoch, rows, unreadable };
  }

  /**
   * Writes the rows that `takeUnsaved` names, or all of them where another tab has written meanwhile. Answers false where those rows are still to be
   * written: the other tab is ahead, and the next change writes on from there. Errors: those of the storage.
   */
  async save(picture: () => InboxPicture, takeUnsaved: () => Iterable<string>): Promise<boolean> {
    const saving = this.#saving.then(async () => {
      const unsaved = [...takeUnsaved()];
      return await this.#write(picture(), unsaved);
    });
    this.#saving = saving.catch(() => undefined);
    return await saving;
  }

  async #write(picture: InboxPicture, unsaved: readonly string[]): Promise<boolean> {
    const isOnBase =
      this.#base === "partial" || (this.#base !== "nothing" && this.#base.epoch === picture.cursor?.epoch);
    const rows = isOnBase ? this.#changes(picture, unsaved) : this.#everything(picture);
    if (await this.#put(picture, rows)) return true;
    for (let tries = 1; tries < triesMax; tries++) {
      // The other tab hears the same, and has written rows that are at least as late.
      if (isAhead(await this.#sync(), picture)) return false;
      if (await this.#put(picture, this.#everything(picture))) return true;
    }
    return false;
  }

  async #put({ cursor }: InboxPicture, { puts = [], ...rest }: StorageWrite): Promise<boolean> {
    const key = keys.sync(this.#userId);
    const stamp = randomId();
    const write: StorageWrite = { ...rest, puts: [...puts, [key, { ...cursor, stamp }]] };
    const isWritten = await writeIf(this.#storage, { key, stamp: this.#stamp }, write);
    if (!isWritten) return false;
    this.#stamp = stamp;
    this.#base = cursor === undefined ? "partial" : { epoch: cursor.epoch };
    return true;
  }

  #changes({ rows }: InboxPicture, unsaved: readonly string[]): StorageWrite {
    const puts: [string, Stored][] = [];
    const deletes: string[] = [];
    for (const id of unsaved) {
      const [key, row] = [keys.row(this.#userId, id), rows.get(id)];
      if (row === undefined) deletes.push(key);
      else puts.push([key, row]);
    }
    return { puts, deletes };
  }

  #everything({ rows }: InboxPicture): StorageWrite {
    const puts = [...rows].map(([id, row]) => [keys.row(this.#userId, id), row] as const);
    return { deleteRanges: [keys.rows(this.#userId)], puts };
  }

  async #sync(): Promise<StoredSync | undefined> {
    const stored = await this.#storage.get(keys.sync(this.#userId));
    const sync = storedSync.safeParse(stored).data;
    this.#stamp = stampOf(stored);
    this.#base = sync === undefined ? "nothing" : { epoch: sync.epoch };
    return sync;
  }
}

function isAhead(stored: StoredSync | undefined, { cursor }: InboxPicture): boolean {
  return (
    stored !== undefined && cursor !== undefined && stored.epoch === cursor.epoch && stored.version >= cursor.version
  );
}
