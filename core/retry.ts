/** Decides how long to wait before something that failed is tried again. */

type Waits = { firstMs: number; maxMs: number };

/** Doubles from `firstMs`, after the first failure, to `maxMs`. */
export function growingWaitMs(failures: number, { firstMs, maxMs }: Waits): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30));
}

/** The same for callers that may fail at the same time: `chance` in [0, 1) spreads them over the second half of the wait. */
export function retryWaitMs(failures: number, chance: number, waits: Waits): number {
  return Math.round(growingWaitMs(failures, waits) * (0.5 + chance / 2));
}
