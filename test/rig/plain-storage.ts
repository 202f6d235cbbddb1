/** Memory as a program of one's own may keep it: without `writeIf`, so that every write goes through `write`, which a test can replace. */
import { memoryStorage, type Storage } from "../../client/index.ts";

export function plainStorage(): Storage {
  const inner = memoryStorage();
  return {
    get: (key) => inner.get(key),
    list: (range, options) => inner.list(range, options),
    write: (write) => inner.write(write),
  };
}
