/** Owns the storage of bots: one table of a SQLite file, by Node's own driver. It is an entry of its own, so that only Node loads it. */
import { DatabaseSync } from "node:sqlite";
import type { BlobStorage, KeyRange, Storage, StorageWrite } from "../contract/storage.ts";

export interface SqliteStorage extends Storage {
  /** Closes the file, after all writes that were begun before. */
  close(): void;
}

interface Waiting {
  readonly steps: readonly (() => void)[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A SQLite file at `path`, which is created if there is none; one file for one server. When `write` has resolved, its values outlive a crash of the
 * program and of the machine. Only one process at a time can open a file: in another one this throws `database is locked`. Needs Node 22.13 or later.
 */
export function sqliteStorage(path: string): SqliteStorage {
  const database = new DatabaseSync(path);
  try {
    // The lock lasts until the file is closed or the process has ended. Two programs with one session would sign each other out.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    database.exec("CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    database.exec(
      "CREATE TABLE IF NOT EXISTS blobs (key BLOB NOT NULL, n INTEGER NOT NULL, type TEXT NOT NULL, bytes BLOB NOT NULL, UNIQUE (key, n))",
    );
  } catch (error) {
    database.close();
    throw error;
  }
  const one = database.prepare("SELECT value FROM entries WHERE key = ?");
  const first = database.prepare("SELECT key, value FROM entries WHERE key >= ? AND key < ? ORDER BY key LIMIT ?");
  const last = database.prepare("SELECT key, value FROM entries WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?");
  const put = database.prepare("INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)");
  const drop = database.prepare("DELETE FROM entries WHERE key = ?");
  const dropRange = database.prepare("DELETE FROM entries WHERE key >= ? AND key < ?");
  let waiting: Waiting[] = [];
  let isClosed = false;

  /** The values are serialized now, because the caller may change them later. */
  const stepsOf = ({ deleteRanges = [], deletes = [], puts = [] }: StorageWrite): (() => void)[] => [
    ...deleteRanges.map(
      ({ from, to }) =>
        () =>
          void dropRange.run(blobOf(from), blobOf(to)),
    ),
    ...deletes.map((key) => () => void drop.run(blobOf(key))),
    ...puts.map(([key, value]) => {
      const text = JSON.stringify(value);
      return () => void put.run(blobOf(key), text);
    }),
  ];
  /** Makes all waiting writes in one transaction, so that the writes of one turn wait only once for the disk. */
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      database.exec("BEGIN IMMEDIATE");
      for (const { steps } of batch) for (const step of steps) step();
      database.exec("COMMIT");
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec("ROLLBACK");
      for (const { reject } of batch) reject(error);
    }
  };
  const read = async <T>(ask: () => T): Promise<T> => {
    flush();
    return await Promise.resolve(ask());
  };
  return {
    get: async (key) => await read(() => valueOf(one.get(blobOf(key)))),
    list: async ({ from, to }: KeyRange, options = {}) =>
      await read(() => {
        const { limit = Infinity } = options;
        const rows = (options.last === true ? last : first).all(
          blobOf(from),
          blobOf(to),
          Number.isFinite(limit) ? limit : -1,
        );
        const found = rows.map((row) => [keyOf(row["key"]), valueOf(row)] as const);
        return options.last === true ? found.toReversed() : found;
      }),
    write: (write) => {
      if (isClosed) return Promise.reject(new Error("the storage is closed"));
      const steps = stepsOf(write);
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ steps, resolve, reject });
      });
    },
    blobs: blobsIn(database),
    close: () => {
      if (isClosed) return;
      flush();
      isClosed = true;
      database.close();
    },
  };
}

/** The bytes of a file are in rows of this size. */
const blobRowBytes = 4_194_304;

/** If the program ends while it stores a file, no message names the part that is stored. The next run of the program deletes it. */
function blobsIn(database: DatabaseSync): BlobStorage {
  const put = database.prepare("INSERT OR REPLACE INTO blobs (key, n, type, bytes) VALUES (?, ?, ?, ?)");
  const rows = database.prepare("SELECT type, bytes FROM blobs WHERE key = ? ORDER BY n");
  const names = database.prepare("SELECT DISTINCT key FROM blobs WHERE key >= ? AND key < ? ORDER BY key");
  const drop = database.prepare("DELETE FROM blobs WHERE key >= ? AND key < ?");
  return {
    put: async (key, blob) => {
      drop.run(blobOf(key), blobOf(`${key}\0`));
      for (let n = 0; n * blobRowBytes < Math.max(1, blob.size); n++) {
        const row = blob.slice(n * blobRowBytes, (n + 1) * blobRowBytes);
        put.run(blobOf(key), n, blob.type, new Uint8Array(await row.arrayBuffer()));
      }
    },
    get: async (key) => {
      const found = rows.all(blobOf(key));
      const parts = found.flatMap(({ bytes }) => (bytes instanceof Uint8Array ? [Uint8Array.from(bytes)] : []));
      const type = found[0]?.["type"];
      return await Promise.resolve(typeof type === "string" ? new Blob(parts, { type }) : undefined);
    },
    keys: async ({ from, to }) =>
      await Promise.resolve(names.all(blobOf(from), blobOf(to)).map((row) => keyOf(row["key"]))),
    deleteRange: async ({ from, to }) => {
      await Promise.resolve(drop.run(blobOf(from), blobOf(to)));
    },
  };
}

/** Big-endian UTF-16: the order of its bytes is the order of the string's units, which is the order that a storage promises. */
function blobOf(key: string): Uint8Array {
  return Buffer.from(key, "utf16le").swap16();
}

function keyOf(blob: unknown): string {
  // It works on a copy, because `swap16` changes its buffer.
  return blob instanceof Uint8Array ? Buffer.from(blob).swap16().toString("utf16le") : "";
}

function valueOf(row: Record<string, unknown> | undefined): unknown {
  const text = row?.["value"];
  return typeof text === "string" ? JSON.parse(text) : undefined;
}
