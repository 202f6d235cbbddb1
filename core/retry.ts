/** Decides how long to wait before something that failed is tried again. */

/** Doubles from `firstMs` to `maxMs`. `chance` in [0, 1) spreads callers that failed at the same time over the second half of the wait. */
export function retryWaitMs(
  failures: number,
  chance: number,
  { firstMs, maxMs }: { firstMs: number; maxMs: number },
): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30));
  return Math.round(fullMs * (0.5 + chance / 2));
}
