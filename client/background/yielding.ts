/** Owns how a program without a page touches only those entries that no tab has taken over meanwhile. */
import { z } from "zod";
import { keptLock, type OwnedEntriesParts, type Yielding } from "../outbox/owned-entries.ts";

const owned = z.object({ owner: z.string() });

export function yieldingOf({ storage, locks }: Pick<OwnedEntriesParts, "storage" | "locks">): Yielding {
  /** What storage has, or had, of this program. */
  const written = new Set<string>();
  const isMine = async (key: string): Promise<boolean> => {
    // What storage has never had nobody can have taken.
    if (!written.has(key)) return true;
    const stored = await storage.get(key).catch(() => undefined);
    return owned.safeParse(stored).data?.owner === locks.instance;
  };
  return {
    isMine,
    whileMine: async (key, task) =>
      await locks.exclusive(keptLock(key), async () => (await isMine(key)) && (await task())),
    wrote: (key) => void written.add(key),
  };
}
