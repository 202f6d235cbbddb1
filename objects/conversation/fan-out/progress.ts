/** Owns how far one member's inbox is, as fan-out knows it, and what rides with the next call to it. */
import type { Rev, Seq } from "../../../schema/ids.ts";

/** What rides with a call, beside what the inbox lacks. */
export type Carried = {
  /** Frames of no lasting worth for sync sockets, by key; the newest of a key replaces the older. */
  passing: Map<string, string>;
  /** They said that they have read: their inbox is told even if no watermark rose. */
  hasReceipt: boolean;
};

export type Progress = Carried & {
  acked: Rev;
  /** The read watermark that their inbox knows. */
  toldRead: Seq;
  /** The call under way, with what it carries until it is known to have arrived. */
  inFlight: (Carried & { since: number }) | undefined;
  /** When the last call to them began. */
  servedAt: number;
  failures: number;
  retryAt: number;
};

/** A call begins: it takes along what waits. */
export function takeOff(progress: Progress, at: number): Carried & { since: number } {
  const inFlight = { since: at, passing: progress.passing, hasReceipt: progress.hasReceipt };
  progress.inFlight = inFlight;
  progress.servedAt = at;
  progress.passing = new Map();
  progress.hasReceipt = false;
  return inFlight;
}

/** A call failed: what it carried goes with the next one, beside what came meanwhile. */
export function takeBack(progress: Progress, carried: Carried): void {
  progress.passing = new Map([...carried.passing, ...progress.passing]);
  progress.hasReceipt ||= carried.hasReceipt;
}
