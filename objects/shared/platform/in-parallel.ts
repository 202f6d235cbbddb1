/** Owns running many pieces of work at once: with a bound on how many, and with pauses in which other events get their turn. */

/**
 * Runs `work` on each item, at most `most` at a time, in their order. If one throws, the others go on; when all have ended, the first error is
 * thrown. `hasPauses`: after every `most` items other events get their turn.
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
