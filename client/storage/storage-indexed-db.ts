/** Owns the storage of browsers: one object store of IndexedDB, which all tabs of the origin share. Imported by itself, so that only pages carry `idb`. */
import { openDB, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from "idb";
import type { KeyRange, Storage, StorageCondition, StorageWrite, Stored } from "../contract/storage.ts";
import { memoryStorage } from "./storage-memory.ts";
import { meets, writeIf } from "./write-if.ts";

interface Schema extends DBSchema {
  entries: { key: string; value: Stored };
}

const storeName = "entries";
const version = 1;

/** What a database has time for. One that does not answer, for another tab blocks it or the browser is stuck, would be an empty page for ever. */
const answerMsMax = 5_000;
/**
 * The wait is this many timers, one after the other. A page that was frozen, or busy, runs the timer that is due before the answers that came meanwhile:
 * that timer alone must not end the wait.
 */
const timersOfWait = 5;

export interface IndexedDbOptions {
  readonly name?: string;
  readonly waitMs?: number;
  /** Called once, when something cannot be kept: there is no database, it does not answer, or it is full. */
  readonly onTrouble?: () => void;
}

/**
 * IndexedDB under `name`; one database for one server. Asks the browser to keep it when space is short, which it may refuse. Where it cannot be
 * opened, or does not answer in time, everything is kept in memory from then on; where it is full, writes are rejected and reads go on.
 */
export function indexedDbStorage({ name = "parley", waitMs = answerMsMax, onTrouble }: IndexedDbOptions = {}): Storage {
  const database = databaseStorage(name);
  let memory: Storage | undefined;
  let hasTold = false;
  const tell = () => {
    if (!hasTold) onTrouble?.();
    hasTold = true;
  };
  /** Asks the database, and memory where it does not answer. */
  const asked = async <T>(ask: (storage: Storage) => Promise<T>): Promise<T> => {
    if (memory !== undefined) return await ask(memory);
    const inTime = await answered(ask(database), waitMs);
    if (inTime === undefined) {
      memory ??= memoryStorage();
      tell();
      return await ask(memory);
    }
    return inTime.value;
  };
  const told = async <T>(writing: Promise<T>): Promise<T> => {
    try {
      return await writing;
    } catch (error) {
      tell();
      throw error;
    }
  };
  return {
    get: async (key) => await asked((storage) => storage.get(key)),
    list: async (range, options) => await asked((storage) => storage.list(range, options)),
    write: async (write) => await told(asked((storage) => storage.write(write))),
    writeIf: async (condition, write) => await told(asked((storage) => writeIf(storage, condition, write))),
  };
}

/** The value; undefined where it did not come in time, or there is no database to ask. */
async function answered<T>(asking: Promise<T>, waitMs: number): Promise<{ value: T } | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    const wait = (timersLeft: number): void => {
      if (timersLeft === 0) resolve(undefined);
      else timer = setTimeout(() => wait(timersLeft - 1), waitMs / timersOfWait);
    };
    wait(timersOfWait);
  });
  const coming = asking.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof Unopened) return undefined;
      throw error;
    },
  );
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
    coming.catch(() => undefined);
  }
}

class Unopened extends Error {}

function databaseStorage(name: string): Storage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  const open = (): Promise<IDBPDatabase<Schema>> => {
    opening ??= opened(name, {
      upgrade: (database) => {
        database.createObjectStore(storeName);
      },
      // Another tab wants a newer layout: let it, and open again when next asked.
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
  /** A transaction. A connection that was closed under us is opened anew, once; a database that has no such store is none. */
  const begun = async <Mode extends "readonly" | "readwrite">(mode: Mode) => {
    for (let isAgain = false; ; isAgain = true) {
      const database = await open();
      try {
        // Relaxed: the browser need not wait for the disk. What a power cut takes was cache, or is sent again under the same clientId.
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

/** Also where there is none at all, which throws at once. */
async function opened(name: string, callbacks: OpenDBCallbacks<Schema>): Promise<IDBPDatabase<Schema>> {
  return await openDB<Schema>(name, version, callbacks);
}

/** IndexedDB throws at a range that is upside down or empty. */
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
