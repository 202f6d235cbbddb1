/**
 * Owns what storage keeps of the inbox: its rows and the version up to which they are complete, written in one step. Each write has a stamp, and names
 * the stamp of the write that it builds on. Without this, tab A could put back an older row, and then tab B raise the version over that row.
 */
import { z } from "zod";
import { summary, type Summary } from "../../schema/wire/inbox.ts";
import type { Storage, StorageWrite, Stored } from "../contract/storage.ts";
import { randomId } from "../platform.ts";
import { keys } from "../storage/keys.ts";
import { stampOf, writeIf } from "../storage/write-if.ts";

const storedSync = z.object({ version: z.int(), epoch: z.string() });
type StoredSync = z.infer<typeof storedSync>;

/** How often a write is tried, because another tab may be faster. After that, the rows are written with the next change. */
const triesMax = 3;

/** The state of the inbox that is to be stored. */
export interface InboxPicture {
  readonly rows: ReadonlyMap<string, Summary>;
  /** The cursor that is stored with the rows. It is undefined while all rows arrive anew, because then a restart must begin anew, too. */
  readonly cursor: { readonly version: number; readonly epoch: string } | undefined;
}

export interface LoadedInbox {
  readonly version: number;
  readonly epoch: string;
  readonly rows: readonly Summary[];
  /** Conversations whose rows were written by another version of this program and cannot be read by this one. */
  readonly unreadable: readonly string[];
}

export class InboxCache {
  readonly #storage: Storage;
  readonly #userId: string;
  /** The stamp of the last write that this tab has made or read. */
  #stamp: string | undefined;
  /** What that write left in storage: the rows of an epoch; the first rows while all arrive anew (`partial`); or nothing that a write can build on. */
  #base: { readonly epoch: string } | "partial" | "nothing" = "nothing";
  #saving: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#userId = userId;
  }

  async load(): Promise<LoadedInbox | undefined> {
    const range = keys.rows(this.#userId);
    // The version is read before the rows. Rows newer than the version are only fetched again; rows older than the version would be missed.
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
   * Writes the rows that `takeUnsaved` names, or all rows if another tab has written meanwhile. Answers false if the rows were not written, because the
   * other tab is ahead: then the next change continues from its write. Errors: those of the storage.
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
      // The other tab receives the same frames, and has written rows that are at least as new.
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
