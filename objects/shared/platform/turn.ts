/** Owns group commit: what arrives together is worked off together. */

/** A timer that comes this late says that the thread has that much work queued: events of one burst then lie as far apart. */
const lateMsMin = 5;
/** How long a measured lateness is believed. */
const believedMs = 100;
/** How often an idle turn measures anew: a timer costs about 100 µs of processor time. */
const probeIntervalMs = 20;

/** Of the whole thread, which the isolate's objects share: how late timers came of late. */
let latenessMs = 0;
let measuredAt = 0;
let probedAt = 0;
/** Since when a timer is under way that has not come yet. One that ended with its object is made good by the next turn, which waits for its own. */
let awaitedSince: number | undefined;

/**
 * Runs `drain` once, soon, however often it is asked.
 *
 * Sharing a commit, a call or a frame needs a wait for what else is coming (a timer, 1 to 2 ms in workerd at least); idle, that wait is pure
 * loss at each object a message passes. One object cannot tell a burst from calm by itself: with a hundred objects busy on one thread,
 * the frames of one burst reach it many milliseconds apart. So the thread's congestion decides: while timers come in time, a drain runs at the end of the
 * present event; while they come late, a drain waits for a timer of its own, behind the events that are queued, which costs little beside that queue.
 */
export class Turn {
  readonly #drain: () => void;
  #isDue = false;

  constructor(drain: () => void) {
    this.#drain = drain;
  }

  request(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const at = Date.now();
    if (isLate(at)) {
      measure(at, () => this.#run());
      return;
    }
    queueMicrotask(() => this.#run());
    if (at - probedAt < probeIntervalMs) return;
    probedAt = at;
    measure(at);
  }

  #run(): void {
    this.#isDue = false;
    this.#drain();
  }
}

/**
 * A timer that does not come tells as much as one that comes late. While a thread has something to do, it neither lets timers come nor reads from
 * sockets that were quiet: a few that always have a frame waiting would then be all it hears. Drains that wait for a timer give it the pause.
 */
function isLate(at: number): boolean {
  if (awaitedSince !== undefined && at - awaitedSince > lateMsMin) return true;
  return at - measuredAt < believedMs && latenessMs >= lateMsMin;
}

function measure(at: number, waiting?: () => void): void {
  awaitedSince ??= at;
  setTimeout(() => {
    awaitedSince = undefined;
    noteLateness(Date.now() - at - 1);
    waiting?.();
  }, 0);
}

/** Rises at once, falls by half a measurement. */
function noteLateness(ms: number): void {
  const at = Date.now();
  latenessMs = at - measuredAt > believedMs ? ms : Math.max(ms, (latenessMs + ms) / 2);
  measuredAt = at;
}
