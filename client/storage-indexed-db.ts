/** Owns the storage of browsers: one object store of IndexedDB, which all tabs of the origin share. Imported by itself, so that only pages carry `idb`. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { KeyRange, Storage, Stored } from "./contract/storage.ts";

interface Schema extends DBSchema {
  entries: { key: string; value: Stored };
}

const storeName = "entries";
const version = 1;

/** IndexedDB under `name`; one database for one server. Asks the browser to keep it when space is short, which it may refuse. */
export function indexedDbStorage({ name = "parley" }: { name?: string } = {}): Storage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  const open = (): Promise<IDBPDatabase<Schema>> => {
    opening ??= openDB<Schema>(name, version, {
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
      throw error;
    });
    return opening;
  };
  if (typeof navigator === "object") void navigator.storage?.persist?.().catch(() => false);

  return {
    get: async (key) => await (await open()).get(storeName, key),
    list: async (range, { limit = Infinity, last = false } = {}) => {
      const bound = boundOf(range);
      if (bound === undefined) return [];
      const { store, done } = (await open()).transaction(storeName);
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
    write: async ({ deleteRanges = [], deletes = [], puts = [] }) => {
      // Relaxed: the browser need not wait for the disk. What a power cut takes was cache, or is sent again under the same clientId.
      const { store, done } = (await open()).transaction(storeName, "readwrite", { durability: "relaxed" });
      const steps: Promise<unknown>[] = [];
      for (const range of deleteRanges) {
        const bound = boundOf(range);
        if (bound !== undefined) steps.push(store.delete(bound));
      }
      for (const key of deletes) steps.push(store.delete(key));
      for (const [key, value] of puts) steps.push(store.put(value, key));
      await Promise.all([...steps, done]);
    },
  };
}

/** IndexedDB throws at a range that is upside down or empty. */
function boundOf({ from, to }: KeyRange): IDBKeyRange | undefined {
  return from < to ? IDBKeyRange.bound(from, to, false, true) : undefined;
}

function pairs(names: readonly string[], values: readonly unknown[]): (readonly [string, unknown])[] {
  return names.map((name, i) => [name, values[i]] as const);
}
