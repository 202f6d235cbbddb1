/** Owns the commands that wait for a segment of the archive. Later commands of the same device wait behind them, so that their order is kept. */
import type { Refusal } from "../../../schema/errors.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import type { Actor } from "../../contract/actor.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type { Command, CommandAnswer } from "../../contract/command.ts";
import { type Fetched, unreadable } from "../archive/fetched.ts";

/** Commands of one device, in order. `answers`: those of the commands that are done. `refusal`: that of the next command, if its segment could not be fetched. */
export type Job = {
  actor: Actor;
  commands: readonly Command[];
  answers: CommandAnswer[];
  refusal: Refusal | undefined;
  answer: (answers: CommandAnswer[]) => void;
};

/** A command needs a segment of the archive. Nothing of it is done yet. `isDispensable`: where the segment cannot be read, it is done without. */
export type Away = { away: SegmentName; isDispensable?: true };

export class WaitingJobs {
  readonly #awake: Awake;
  readonly #fetched: Fetched;
  readonly #resume: (jobs: readonly Job[]) => void;
  /** By device; the first job of each waits for a segment. */
  readonly #waiting = new Map<string, Job[]>();

  constructor(parts: { awake: Awake; fetched: Fetched }, resume: (jobs: readonly Job[]) => void) {
    this.#awake = parts.awake;
    this.#fetched = parts.fetched;
    this.#resume = resume;
  }

  /** Whether the job has to wait: it joins the waiting jobs if an earlier one of its device waits. */
  joins(job: Job): boolean {
    const waiting = this.#waiting.get(deviceKey(job.actor));
    if (waiting === undefined) return false;
    if (!waiting.includes(job)) waiting.push(job);
    return true;
  }

  /** After a rollback: a job that began to wait in that transaction does not wait any more. It is done anew. */
  takeBack(job: Job): void {
    if (this.#waiting.get(deviceKey(job.actor))?.includes(job) === true) this.#waiting.delete(deviceKey(job.actor));
  }

  /** The job goes on when the segment was fetched, and with it the later jobs of the same device. */
  wait(job: Job, { away, isDispensable }: Away): void {
    const key = deviceKey(job.actor);
    const waiting = [job];
    this.#waiting.set(key, waiting);
    void this.#awake.during(this.#fetched.fetch(away)).then((isThere) => {
      // After a rollback other jobs may wait in its place, or none.
      if (this.#waiting.get(key) !== waiting) return;
      if (!isThere && isDispensable !== true) job.refusal = unreadable;
      this.#waiting.delete(key);
      this.#resume(waiting);
    });
  }
}

function deviceKey({ userId, deviceId }: Actor): string {
  return `${userId} ${deviceId}`;
}
