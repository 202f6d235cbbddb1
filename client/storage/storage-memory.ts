/** Owns the storage in memory: a sorted map, which is lost at the end of the program. It is the default, and enough for tests and simple bots. */
import type { KeyRange, Storage, StorageWrite, Stored } from "../contract/storage.ts";
import { meets } from "./write-if.ts";

/** Memory that lasts as long as the object. If a second `createParley` gets the same object, it finds what a restart would find. */
export function memoryStorage(): Storage {
  const values = new Map<string, string>();
  const blobs = new Map<string, Blob>();
  let sorted: string[] | undefined;

  const keysIn = ({ from, to }: KeyRange): string[] => {
    sorted ??= [...values.keys()].toSorted();
    return sorted.slice(lowerBound(sorted, from), lowerBound(sorted, to));
  };
  const put = (key: string, value: Stored) => {
    if (!values.has(key)) {
      // The next call of `list` sorts the keys anew.
      sorted = undefined;
    }
    values.set(key, JSON.stringify(value));
  };
  const drop = (key: string) => {
    if (values.delete(key)) sorted = undefined;
  };
  const read = (key: string): unknown => {
    const text = values.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const write = ({ deleteRanges = [], deletes = [], puts = [] }: StorageWrite) => {
    for (const range of deleteRanges) for (const key of keysIn(range)) drop(key);
    for (const key of deletes) drop(key);
    for (const [key, value] of puts) put(key, value);
  };
  return {
    get: (key) => Promise.resolve(read(key)),
    list: (range, { limit = Infinity, last = false } = {}) => {
      const all = keysIn(range);
      const some = limit === Infinity ? all : last ? all.slice(-limit) : all.slice(0, limit);
      return Promise.resolve(some.map((key) => [key, read(key)] as const));
    },
    write: (written) => {
      write(written);
      return Promise.resolve();
    },
    writeIf: (condition, written) => {
      const isMet = meets(read(condition.key), condition);
      if (isMet) write(written);
      return Promise.resolve(isMet);
    },
    blobs: {
      put: (key, blob) => {
        blobs.set(key, blob);
        return Promise.resolve();
      },
      get: (key) => Promise.resolve(blobs.get(key)),
      keys: ({ from, to }) => Promise.resolve([...blobs.keys()].filter((key) => key >= from && key < to).toSorted()),
      deleteRange: ({ from, to }) => {
        for (const key of blobs.keys()) if (key >= from && key < to) blobs.delete(key);
        return Promise.resolve();
      },
    },
  };
}

/** The index at which `key` stands, or would stand, in a sorted list. */
function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle];
    if (at !== undefined && at < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
