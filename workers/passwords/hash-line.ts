/**
 * Owns the line in which requests wait to hash a password. A hash blocks the isolate; without a line a burst of sign-ups would do all its
 * hashes first and answer nobody in time. Addresses take turns, and each has a bounded number of places, so one address cannot keep the
 * others from signing in. Each request looks by a timer of its own whether its turn has come: the runtime may never settle a promise that
 * belongs to another request, so a request whose client went away would stop the line.
 */
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import { batches, timeouts } from "../../schema/limits.ts";

/** A request that waits or hashes. `round`: the round of turns in which its turn comes; `order`: its place within the round; `seenAt`: when it last looked. */
type Place = { from: string | null; round: number; order: number; isRunning: boolean; seenAt: number };

let line: Place[] = [];
let asked = 0;
/** The round of the last turn. */
let round = 0;
let freedAt = 0;

/** How often a waiting request looks. */
const lookMs = 10;
/** The pause between two hashes, in which the isolate reads new requests and answers those whose hash is done. */
const pauseMs = 40;
/** A request that has not looked for so long is gone. Many times the longest hash. */
const goneMs = 5_000;

const tooMany = refuse("unavailable", "too many are signing in at this moment", 3_000);
const tooManyFrom = refuse("rate_limited", "too many are signing in from this address at this moment", 3_000);

/** Does the work when its turn comes, one at a time. `from`: the caller's address; where it is null, the number of places is not bounded. */
export async function inLine<T>(from: string | null, work: () => Promise<T>): Promise<Outcome<T>> {
  const startedAt = Date.now();
  dropGone(startedAt);
  const own = from === null ? [] : line.filter((place) => place.from === from);
  if (own.length >= batches.hashPlacesPerAddressMax) return tooManyFrom;
  // One round after the last place of the same address, or the next round where it has none.
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
