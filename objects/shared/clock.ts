/** Owns time: every "now" in objects and workers comes from here, so that a test can wind it. */

let woundMs = 0;

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now() + woundMs;
}

/** Moves the clock forward, for tests. Platform alarms do not follow; a test runs them itself. */
export function windClock(byMs: number): void {
  woundMs += byMs;
}
