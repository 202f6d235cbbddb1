/**
 * Owns the files in browsers: a database of their own beside that of the values. A new object store in that one would need another version of it, and then
 * pages of an earlier version, in another tab or after a rollback, could not open it any more.
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { BlobStorage, KeyRange } from "../contract/storage.ts";

interface Schema extends DBSchema {
  files: { key: string; value: Blob };
}

const storeName = "files";

/** It is opened when it is first used, because most pages send no files. Every call rejects if it cannot be opened. */
export function databaseBlobs(name: string): BlobStorage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  const store = async (mode: "readonly" | "readwrite") => {
    opening ??= openDB<Schema>(name, 1, {
      upgrade: (database) => {
        database.createObjectStore(storeName);
      },
      blocking: (_current, _blocked, event) => {
        opening = undefined;
        if (event.target instanceof IDBDatabase) event.target.close();
      },
      terminated: () => {
        opening = undefined;
      },
    });
    const opened = opening;
    try {
      return (await opened).transaction(storeName, mode);
    } catch (error) {
      // The next call opens it anew.
      if (opening === opened) opening = undefined;
      throw error;
    }
  };
  return {
    put: async (key, blob) => {
      const transaction = await store("readwrite");
      await Promise.all([transaction.objectStore(storeName).put?.(blob, key), transaction.done]);
    },
    get: async (key) => await (await store("readonly")).objectStore(storeName).get(key),
    keys: async (range) => await (await store("readonly")).objectStore(storeName).getAllKeys(boundOf(range)),
    deleteRange: async (range) => {
      const transaction = await store("readwrite");
      await Promise.all([transaction.objectStore(storeName).delete?.(boundOf(range)), transaction.done]);
    },
  };
}

function boundOf({ from, to }: KeyRange): IDBKeyRange {
  return IDBKeyRange.bound(from, to, false, true);
}
