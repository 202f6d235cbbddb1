/**
 * Owns the line of those who wait to hash. A hash blocks the isolate; without a line a burst of sign-ups would do all its hashes
 * first and answer nobody in time. Waiters look for themselves, by their own timers, so that one whose client went away holds up
 * nobody: a promise of another request might never be settled.
 */
import { done, type Outcome, refuse } from "../schema/errors.ts";

/** One who waits or hashes, and when they last looked. */
type Place = { seenAt: number };

const line: Place[] = [];
let freedAt = 0;

/** How often a waiter looks. */
const lookMs = 10;
/** Between two hashes: what came in meanwhile gets its turn, and what has its hash is finished. */
const pauseMs = 40;
/** Who has not looked for so long is gone: many times the longest hash. */
const goneMs = 5_000;
/** Beyond this there would be no time left to answer. */
const waitMaxMs = 8_000;

const tooMany = refuse("unavailable", "too many are signing in at this moment", 3_000);

/** Does the work when it is its turn; one at a time, in the order of asking. */
export async function inLine<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  const place: Place = { seenAt: Date.now() };
  const giveUpAt = place.seenAt + waitMaxMs;
  line.push(place);
  try {
    while (!isTurnOf(place)) {
      if (Date.now() > giveUpAt) return tooMany;
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      place.seenAt = Date.now();
    }
    return done(await work());
  } finally {
    if (line[0] === place) freedAt = Date.now();
    const index = line.indexOf(place);
    if (index >= 0) line.splice(index, 1);
  }
}

function isTurnOf(place: Place): boolean {
  const at = Date.now();
  while (line[0] !== undefined && line[0] !== place && at - line[0].seenAt > goneMs) line.shift();
  // A clock that was set back must not stop the line.
  const isPause = at >= freedAt && at - freedAt < pauseMs;
  return line[0] === place && !isPause;
}
