/** Owns the write that builds on an earlier one: it is refused if another write came in between. */
import type { Storage, StorageCondition, StorageWrite } from "../contract/storage.ts";

/** Answers whether the write was made. With a storage without `writeIf` the condition is read first, which leaves a moment in which another tab may write. */
export async function writeIf(storage: Storage, condition: StorageCondition, write: StorageWrite): Promise<boolean> {
  if (storage.writeIf !== undefined) return await storage.writeIf(condition, write);
  if (!meets(await storage.get(condition.key), condition)) return false;
  await storage.write(write);
  return true;
}

/** Whether the value under the key is the one that the condition names. */
export function meets(value: unknown, { stamp }: StorageCondition): boolean {
  return stampOf(value) === stamp;
}

export function stampOf(value: unknown): string | undefined {
  const found: unknown = typeof value === "object" && value !== null && "stamp" in value ? value.stamp : undefined;
  return typeof found === "string" ? found : undefined;
}
