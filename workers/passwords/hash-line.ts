/**
 * Owns the line of those who wait to hash. A hash blocks the isolate; without a line a burst of sign-ups would do all its hashes
 * first and answer nobody in time. Addresses take turns, and each holds only so many places, so that one of them cannot keep the others
 * from signing in. Waiters look for themselves, by their own timers, so that one whose client went away holds up nobody: a promise of
 * another request might never be settled.
 */
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import { batches, timeouts } from "../../schema/limits.ts";

/** One who waits or hashes, and when they last looked. `round`: in which round of turns theirs comes; `order`: of asking. */
type Place = { from: string | null; round: number; order: number; isRunning: boolean; seenAt: number };

let line: Place[] = [];
let asked = 0;
/** The round of the last who had a turn. */
let round = 0;
let freedAt = 0;

/** How often a waiter looks. */
const lookMs = 10;
/** Between two hashes: what came in meanwhile gets its turn, and what has its hash is finished. */
const pauseMs = 40;
/** Who has not looked for so long is gone: many times the longest hash. */
const goneMs = 5_000;

const tooMany = refuse("unavailable", "too many are signing in at this moment", 3_000);
const tooManyFrom = refuse("rate_limited", "too many are signing in from this address at this moment", 3_000);

/** Does the work when it is its turn, one at a time. `from`: an address; null where none is known, which is not held to a number of places. */
export async function inLine<T>(from: string | null, work: () => Promise<T>): Promise<Outcome<T>> {
  const startedAt = Date.now();
  dropGone(startedAt);
  const own = from === null ? [] : line.filter((place) => place.from === from);
  if (own.length >= batches.hashPlacesPerAddressMax) return tooManyFrom;
  // Behind one's own in the rounds to come, and beside whoever else comes now.
  const place = {
    from,
    round: Math.max(round, ...own.map((other) => other.round)) + 1,
    order: asked++,
    isRunning: false,
    seenAt: startedAt,
  };
  line.push(place);
  if (line.length > batches.hashPlacesMax) leave(line.reduce((last, other) => (isBefore(last, other) ? other : last)));
  try {
    while (!isTurnOf(place)) {
      if (!line.includes(place) || Date.now() - startedAt > timeouts.hashWaitMs) return tooMany;
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      place.seenAt = Date.now();
    }
    place.isRunning = true;
    round = Math.max(round, place.round);
    return done(await work());
  } finally {
    if (place.isRunning) freedAt = Date.now();
    leave(place);
  }
}

function isTurnOf(place: Place): boolean {
  const at = Date.now();
  dropGone(at);
  // A clock that was set back must not stop the line.
  const isPause = at >= freedAt && at - freedAt < pauseMs;
  if (isPause || !line.includes(place)) return false;
  return line.every((other) => other === place || (!other.isRunning && isBefore(place, other)));
}

function isBefore(place: Place, other: Place): boolean {
  return place.round < other.round || (place.round === other.round && place.order < other.order);
}

function leave(place: Place): void {
  line = line.filter((other) => other !== place);
}

function dropGone(at: number): void {
  if (line.some(({ seenAt }) => at - seenAt > goneMs)) line = line.filter(({ seenAt }) => at - seenAt <= goneMs);
}
