/** Owns how a day's quota is counted: in units, by chance, so that nothing has to be remembered from one write to the next. */
import type { TimeMs } from "../../schema/ids.ts";

const dayMs = 86_400_000;

/** Days since 1970, as UTC has them. */
export function dayOf(at: TimeMs): number {
  return Math.floor(at / dayMs);
}

export function msUntilNextDay(at: TimeMs): number {
  return (dayOf(at) + 1) * dayMs - at;
}

/**
 * How many units so many bytes count as: the whole ones, and the rest with a chance that is its part of a unit. `draw` is random in [0, 1).
 * Over many writes the count comes out as that of the bytes, whatever their sizes, although nothing is remembered between two writes.
 */
export function unitsOf(bytes: number, unitBytes: number, draw: number): number {
  const whole = Math.floor(bytes / unitBytes);
  return whole + (draw < bytes / unitBytes - whole ? 1 : 0);
}
