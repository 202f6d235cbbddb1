/** Decides whether a password may be tried. */

/** One count that an attempt falls under. `wrongAt`: the times of its recent wrong passwords, oldest first. */
export type WrongCount = { wrongAt: readonly number[]; max: number; windowMs: number };

export type AttemptDecision = { do: "compare" } | { do: "refuse"; retryAfterMs: number };

/** While one of its counts is full, the attempt is refused without comparing, even with the right password. So an attacker learns nothing from further guesses. */
export function decideAttempt(counts: readonly WrongCount[], now: number): AttemptDecision {
  const waits = counts.map(({ wrongAt, max, windowMs }) => {
    const decisive = wrongAt.filter((at) => at > now - windowMs).at(-max);
    return decisive === undefined ? 0 : decisive + windowMs - now;
  });
  const retryAfterMs = Math.max(0, ...waits);
  return retryAfterMs === 0 ? { do: "compare" } : { do: "refuse", retryAfterMs };
}
