/** Decides whether a password may be tried. */
import { timeouts } from "../schema/limits.ts";

/** `wrongAt`: when the wrong passwords of late were given, oldest first. */
export type AttemptFacts = { wrongAt: readonly number[]; now: number };

export type AttemptDecision = { do: "compare" } | { do: "refuse"; retryAfterMs: number };

/** Beyond ten wrong ones in a quarter of an hour nothing is compared any more, not even the right one, so that guessing learns nothing. */
export function decideAttempt({ wrongAt, now }: AttemptFacts): AttemptDecision {
  const recent = wrongAt.filter((at) => at > now - timeouts.wrongPasswordWindowMs);
  const decisive = recent.at(-timeouts.wrongPasswordsMax);
  if (decisive === undefined) return { do: "compare" };
  return { do: "refuse", retryAfterMs: decisive + timeouts.wrongPasswordWindowMs - now };
}
