/** Owns group commit: what arrives together is worked off together. */

/** A timer that comes this late says that the thread has that much work queued: events of one burst then lie as far apart. */
const lateMsMin = 5;
/** How long a measured lateness is believed. */
const believedMs = 100;
/** How often an idle turn measures anew: a timer costs about 100 µs of processor time. */
const probeIntervalMs = 20;

/** How late the timers of this thread came recently. All objects of the isolate share the thread. */
let latenessMs = 0;
let measuredAt = 0;
let probedAt = 0;
/** When the oldest timer was set that has not fired yet. If that timer was lost with its object, the next turn sets a new one and waits for that. */
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
 * Whether the thread is congested. A timer that has not fired in time tells as much as one that fired late. A busy thread fires no timers and does not read
 * sockets that were quiet, so a few sockets that always have a frame waiting could keep all others unheard. A drain that waits for a timer gives the thread
 * the pause in which it reads them.
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
