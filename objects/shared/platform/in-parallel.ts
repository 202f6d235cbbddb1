/** Owns doing many things at once, but not too many, and not so that nobody else gets a turn. */

/**
 * Runs `work` on each item, at most `most` at a time, in their order. Work that throws ends no other; when all is done, the first such error is
 * thrown. `hasPauses`: after every `most` items others get their turn.
 */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
  { hasPauses = false }: { hasPauses?: boolean } = {},
): Promise<void> {
  let next = 0;
  let pausing: Promise<void> | undefined;
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      if (pausing !== undefined) {
        await pausing;
        continue;
      }
      const item = items[next++];
      if (hasPauses && next % most === 0) pausing = pause().finally(() => (pausing = undefined));
      if (item === undefined) continue;
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}

/** Resolves when the thread has nothing else to do: until then no timer fires. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
