/** Decides when a push that a service did not take is tried again. */
import { pushing } from "../../schema/push-limits.ts";

/** What a service says in `Retry-After`, seconds or a date, as a wait; null if it says nothing that can be read. */
export function readRetryAfter(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (text === "") return null;
  const waitMs = /^[0-9]+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  if (Number.isNaN(waitMs)) return null;
  return Math.min(Math.max(waitMs, 0), pushing.retryAfterMsMax);
}

/**
 * Whole seconds until the hint comes again that has been tried `attempts` times. It is never less than what a service asked for. `chance` in [0, 1) spreads
 * hints that failed together over a quarter more.
 */
export function retryDelaySeconds(attempts: number, retryAfterMs: number | null, chance: number): number {
  const waits = pushing.retrySeconds;
  const own = waits[Math.min(Math.max(attempts, 1), waits.length) - 1] ?? 0;
  return Math.ceil(Math.max(own, (retryAfterMs ?? 0) / 1_000) * (1 + chance / 4));
}
