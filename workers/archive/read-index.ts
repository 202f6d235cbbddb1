/** Owns the gateway's way to an index: from this isolate's memory, else from R2. An index never changes under its name. */
import type { PackedDictionary } from "../../core/search/packed-dictionary.ts";
import type { IndexName } from "../../objects/contract/archive.ts";
import { readIndex } from "../../objects/shared/archive/index-store.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { indexHolds } from "../../schema/search-limits.ts";

/** The indexes in this isolate's memory, the least recently used first. */
const kept = new Map<string, PackedDictionary>();
let keptBytes = 0;

/** Undefined if the index is missing or damaged. Throws for a fault of R2 itself. */
export async function indexNamed(env: Env, name: IndexName): Promise<PackedDictionary | undefined> {
  const known = kept.get(name.key);
  if (known !== undefined) kept.delete(name.key);
  const index = known ?? (await readIndex(env, name));
  if (index === undefined) return undefined;
  if (known === undefined) keptBytes += kept.has(name.key) ? 0 : index.length;
  kept.set(name.key, index);
  for (const [key, { length }] of kept) {
    if (keptBytes <= indexHolds.keptBytesMax || key === name.key) break;
    kept.delete(key);
    keptBytes -= length;
  }
  return index;
}

/** Empties this isolate's memory of indexes, for tests. */
export function forgetIndexes(): void {
  kept.clear();
  keptBytes = 0;
}
