/** Owns time: every "now" in objects and workers comes from here, so that a test can wind it. */

let woundMs = 0;
/** When the clock was moved, by the platform's clock, and by how much in all. */
const windings: { at: number; totalMs: number }[] = [];
let since: number | undefined;

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now() + woundMs;
}

/** A moment that the platform noted, in this clock's time. A moment before a winding lies further back by that winding. */
export function timeOf(noted: Date): number {
  const at = noted.getTime();
  return at + (windings.findLast((winding) => winding.at <= at)?.totalMs ?? 0);
}

/** When this thread, which many objects share, first asked. Only a local server's threads are as old as the server. (Outside of requests the platform's clock stands still.) */
export function threadSince(): number {
  return (since ??= now());
}

/** Moves the clock forward, for tests. Platform alarms do not follow; a test runs them itself. */
export function windClock(byMs: number): void {
  woundMs += byMs;
  windings.push({ at: Date.now(), totalMs: woundMs });
}
