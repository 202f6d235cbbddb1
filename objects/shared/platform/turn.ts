/** Owns the turn: events that arrive together are worked off together, in one commit, one call or one frame. */

/** A timer that fires this late shows that the thread has that much work queued: then the events of one burst lie that far apart. */
const lateMsMin = 5;
/** How long a measured lateness is believed. */
const believedMs = 100;
/** How often an idle turn measures anew: a timer costs about 100 µs of processor time. */
const probeIntervalMs = 50;
/** A turn that follows another of the same object within this time is part of a burst. */
const burstMs = 10;

/**
 * If all objects of the thread together have asked for fewer turns than these in this time, a turn that waits would have nothing to share. What makes such a thread late is
 * something else: on a local server the simulator of R2, which is on the same thread and takes in files.
 */
const sharing = { turnsMin: 16, ms: 50 } as const;

/**
 * After a heavy drain the next one waits until the thread is free, and then for this part of the time that the thread was busy with it: whoever was waiting
 * for it answers in that time.
 */
const gathering = { share: 1 / 8, msMax: 20 } as const;

/** How late the timers of this thread came recently. All objects of the isolate share the thread. */
let latenessMs = 0;
let measuredAt = 0;
let probedAt = 0;
/** When the oldest timer was set that has not fired yet. If that timer was lost with its object, the next turn sets a new one and waits for that. */
let awaitedSince: number | undefined;
/** When the timer was set that measures on. If it has not fired after this time, it was lost with its object. */
let followedAt = -Infinity;
const followLostMs = 1_000;
/** How often it is measured on: a timer costs about 100 µs of processor time. */
const followMs = 8;

/** How many turns were asked for since then, and in the time before. */
let countedFrom = 0;
let counted = 0;
let countedBefore = 0;

/** The same as `queueMicrotask`. In workerd that is a call of the runtime: it costs some ten microseconds, and its garbage outlives the quick collections. */
export function atEndOfEvent(work: () => void): void {
  void Promise.resolve().then(work);
}

/**
 * Runs `drain` once, soon, however often it is asked.
 *
 * To share a commit, a call or a frame, an object has to wait for further events. That takes a timer, which is 1 to 2 ms in workerd at least. In an idle
 * object this wait would be pure loss, at each object that a message passes. One object cannot tell a burst from calm by itself: with a hundred objects
 * busy on one thread, the frames of one burst reach it many milliseconds apart. So the thread's congestion decides. While timers fire in time, a drain runs
 * at the end of the present event. While they fire late, a drain waits for a timer of its own behind the events that are queued, which costs little beside that queue.
 * Where the thread has hardly a turn but is late, something else is queued, with which nothing can be shared: then only a burst of the object itself waits.
 *
 * A drain that sends hundreds of frames (`isHeavy`) keeps the thread busy for long after it, and its frames cost nearly the same whether they carry one message or twenty.
 * So what comes while they go out waits until they are out, and a little longer.
 *
 * A timer costs as much as two or three frames. So a drain that shares nothing but frames (`"frames"`) waits only within a burst of its own object. A drain
 * that costs much more than a timer (`isCostly`) waits within such a burst even where timers fire in time.
 */
export class Turn {
  readonly #drain: () => void;
  readonly #isOfFrames: boolean;
  readonly #sending: () => Promise<void> | undefined;
  #isDue = false;
  #ranAt = 0;
  /** Whether a heavy drain was asked for, and whether one ran of which the thread is not free yet. */
  #isHeavy = false;
  #isGathering = false;

  /** `sending`: ends when the frames of the last drain are out; undefined where they are. */
  constructor(
    drain: () => void,
    shares: "commits" | "frames" = "commits",
    sending: () => Promise<void> | undefined = () => undefined,
  ) {
    this.#drain = drain;
    this.#sending = sending;
    this.#isOfFrames = shares === "frames";
  }

  /** `isCostly`: the drain sends dozens of frames, so it is worth a timer to have fewer drains. `isHeavy`: it sends hundreds. */
  request(isCostly = false, isHeavy = false): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#isHeavy = isHeavy;
    if (this.#isGathering) return;
    const at = Date.now();
    const isBurst = at - this.#ranAt <= burstMs;
    const mayShare = countTurn(at);
    if (isLate(at) ? isBurst || (mayShare && !this.#isOfFrames) : isBurst && isCostly) {
      measure(at, this.#run);
      return;
    }
    // The platform's clock stands still until the event ends.
    this.#ranAt = at;
    atEndOfEvent(this.#end);
    if (at - probedAt < probeIntervalMs) return;
    probedAt = at;
    measure(at);
  }

  readonly #run = (): void => {
    this.#ranAt = Date.now();
    this.#end();
  };

  readonly #end = (): void => {
    this.#isDue = false;
    if (this.#isHeavy) this.#gather();
    this.#drain();
  };

  #gather(): void {
    this.#isGathering = true;
    const from = Date.now();
    // The first timer comes when the thread is free.
    const look = () => {
      setTimeout(() => {
        const rest = this.#sending();
        if (rest !== undefined) void rest.then(look);
        else setTimeout(this.#gathered, Math.min((Date.now() - from) * gathering.share, gathering.msMax));
      }, 0);
    };
    look();
  }

  readonly #gathered = (): void => {
    this.#isGathering = false;
    if (this.#isDue) this.#run();
  };
}

/** Notes that a turn was asked for. Whether the thread has so many of them that those of one object may follow each other. */
function countTurn(at: number): boolean {
  if (at - countedFrom > sharing.ms) {
    countedBefore = at - countedFrom > 2 * sharing.ms ? 0 : counted;
    countedFrom = at;
    counted = 0;
  }
  return ++counted + countedBefore >= sharing.turnsMin;
}

/**
 * Whether the thread is congested. A timer that should have fired and has not is as good a sign as one that fired late. A busy thread fires no timers and
 * reads only sockets that have a frame waiting already. So a few sockets that always have one could keep it from reading any other. A drain that waits for
 * a timer gives the thread the pause in which it reads the others.
 */
function isLate(at: number): boolean {
  if (awaitedSince !== undefined && at - awaitedSince > lateMsMin) return true;
  return at - measuredAt < believedMs && latenessMs >= lateMsMin;
}

function measure(at: number, waiting?: () => void): void {
  awaitedSince ??= at;
  setTimeout(() => {
    awaitedSince = undefined;
    const firedAt = Date.now();
    noteLateness(firedAt - at - 1);
    waiting?.();
    if (latenessMs >= lateMsMin && firedAt - followedAt > followLostMs) follow();
  }, 0);
}

/**
 * Measures on until a timer comes in time again, and not only when the next turn is asked for: what comes to a thread that is idle by then waits for nothing.
 * One such timer is under way at a time, for all objects of the thread.
 */
function follow(): void {
  const at = Date.now();
  followedAt = at;
  setTimeout(() => {
    const ms = Date.now() - at - followMs;
    if (ms >= lateMsMin) {
      noteLateness(ms);
      follow();
      return;
    }
    latenessMs = 0;
    followedAt = -Infinity;
  }, followMs);
}

/** Rises at once, falls by half a measurement. */
function noteLateness(ms: number): void {
  const at = Date.now();
  latenessMs = at - measuredAt > believedMs ? ms : Math.max(ms, (latenessMs + ms) / 2);
  measuredAt = at;
}
