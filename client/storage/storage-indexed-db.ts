/** Owns the storage of browsers: one object store of IndexedDB, which all tabs of the origin share. It is an entry of its own, so that only pages load `idb`. */
import { openDB, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from "idb";
import type { KeyRange, Storage, StorageCondition, StorageWrite, Stored } from "../contract/storage.ts";
import { databaseBlobs } from "./blobs-indexed-db.ts";
import { StandInStorage } from "./storage-stand-in.ts";
import { meets } from "./write-if.ts";

interface Schema extends DBSchema {
  entries: { key: string; value: Stored };
}

const storeName = "entries";
const version = 1;

export interface IndexedDbOptions {
  readonly name?: string;
  readonly waitMs?: number;
  /** Called once, when something cannot be stored: there is no database, it does not answer, or it is full. */
  readonly onTrouble?: () => void;
}

/** How long the SDK waits for the database. It may never answer, because another tab blocks it or the browser is stuck; then the page would stay empty for ever. */
const answerMsMax = 5_000;

/**
 * IndexedDB under `name`; one database for one server. The SDK asks the browser to keep the database when space is short; the browser may refuse. If the
 * database cannot be opened, everything is kept in memory from then on. If it does not answer in time, memory stands in for it until it answers again.
 * If it is full, writes are rejected and reads still work.
 */
export function indexedDbStorage({ name = "parley", waitMs = answerMsMax, onTrouble }: IndexedDbOptions = {}): Storage {
  let hasReported = false;
  const reportTrouble = () => {
    if (!hasReported) onTrouble?.();
    hasReported = true;
  };
  const storage = new StandInStorage(databaseStorage(name), {
    waitMs,
    isLost: (error) => error instanceof Unopened,
    onTrouble: reportTrouble,
  });
  const reporting = async <T>(writing: Promise<T>): Promise<T> => {
    try {
      return await writing;
    } catch (error) {
      reportTrouble();
      throw error;
    }
  };
  return {
    get: async (key) => await storage.get(key),
    list: async (range, options) => await storage.list(range, options),
    write: async (write) => await reporting(storage.write(write)),
    writeIf: async (condition, write) => await reporting(storage.writeIf(condition, write)),
    onReturn: storage.onReturn,
    blobs: databaseBlobs(`${name}-files`),
  };
}

class Unopened extends Error {}

function databaseStorage(name: string): Storage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  const open = (): Promise<IDBPDatabase<Schema>> => {
    opening ??= opened(name, {
      upgrade: (database) => {
        database.createObjectStore(storeName);
      },
      // Another tab needs a newer layout. This connection closes for it, and the next call opens a new one.
      blocking: (_current, _blocked, event) => {
        opening = undefined;
        if (event.target instanceof IDBDatabase) event.target.close();
      },
      terminated: () => {
        opening = undefined;
      },
    }).catch((error: unknown) => {
      opening = undefined;
      throw new Unopened("the database cannot be opened", { cause: error });
    });
    return opening;
  };
  /** Begins a transaction. If the connection was closed meanwhile, it is opened anew, once. A database without this object store counts as one that cannot be opened. */
  const begun = async <Mode extends "readonly" | "readwrite">(mode: Mode) => {
    for (let isAgain = false; ; isAgain = true) {
      const database = await open();
      try {
        // Relaxed: the browser need not wait for the disk. A power cut loses only cached values, and messages that are sent again under the same clientId.
        return database.transaction(storeName, mode, { durability: "relaxed" });
      } catch (error) {
        opening = undefined;
        if (isAgain) throw new Unopened("the database cannot be used", { cause: error });
      }
    }
  };
  if (typeof navigator === "object") void askToPersist(navigator.storage);

  const written = async (
    { deleteRanges = [], deletes = [], puts = [] }: StorageWrite,
    condition?: StorageCondition,
  ): Promise<boolean> => {
    const { store, done } = await begun("readwrite");
    if (condition !== undefined && !meets(await store.get(condition.key), condition)) {
      await done;
      return false;
    }
    const steps: Promise<unknown>[] = [];
    for (const range of deleteRanges) {
      const bound = boundOf(range);
      if (bound !== undefined) steps.push(store.delete(bound));
    }
    for (const key of deletes) steps.push(store.delete(key));
    for (const [key, value] of puts) steps.push(store.put(value, key));
    await Promise.all([...steps, done]);
    return true;
  };
  return {
    get: async (key) => await (await begun("readonly")).store.get(key),
    list: async (range, { limit = Infinity, last = false } = {}) => {
      const bound = boundOf(range);
      if (bound === undefined) return [];
      const { store, done } = await begun("readonly");
      if (!last) {
        const count = limit === Infinity ? undefined : limit;
        const [names, values] = await Promise.all([store.getAllKeys(bound, count), store.getAll(bound, count), done]);
        return pairs(names, values);
      }
      const names: string[] = [];
      const values: unknown[] = [];
      for (
        let cursor = await store.openCursor(bound, "prev");
        cursor !== null && names.length < limit;
        cursor = await cursor.continue()
      ) {
        names.push(cursor.key);
        values.push(cursor.value);
      }
      await done;
      return pairs(names.toReversed(), values.toReversed());
    },
    write: async (write) => void (await written(write)),
    writeIf: async (condition, write) => await written(write, condition),
  };
}

/** Opens the database. Without IndexedDB `openDB` throws at once; here this becomes a rejection, too. */
async function opened(name: string, callbacks: OpenDBCallbacks<Schema>): Promise<IDBPDatabase<Schema>> {
  return await openDB<Schema>(name, version, callbacks);
}

/** Undefined for a range that is empty or upside down, because IndexedDB would throw. */
function boundOf({ from, to }: KeyRange): IDBKeyRange | undefined {
  return from < to ? IDBKeyRange.bound(from, to, false, true) : undefined;
}

function pairs(names: readonly string[], values: readonly unknown[]): (readonly [string, unknown])[] {
  return names.map((name, i) => [name, values[i]] as const);
}

/** Asks the browser to keep the storage when disk space runs out. Pages can ask for it; workers, and pages without a secure origin, cannot. */
async function askToPersist(storage: (StorageManager & { persist?(): Promise<boolean> }) | undefined): Promise<void> {
  await storage?.persist?.().catch(() => false);
}
