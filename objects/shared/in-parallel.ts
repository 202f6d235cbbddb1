/** Owns doing many things at once, but not too many. */

/** Runs `work` on each item, at most `most` at a time, in their order. Resolves when all are done; a throw ends nothing and is the first to be thrown. */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++];
      if (item !== undefined) await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}
