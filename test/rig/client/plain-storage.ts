/** A storage in memory without `writeIf`, as a program may write its own. Every write goes through `write`, which a test can replace. */
import { memoryStorage, type Storage } from "../../../client/index.ts";

export function plainStorage(): Storage {
  const inner = memoryStorage();
  return {
    get: (key) => inner.get(key),
    list: (range, options) => inner.list(range, options),
    write: (write) => inner.write(write),
  };
}
