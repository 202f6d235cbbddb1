/** Owns how an object's tasks are tried: at once, then by alarm with growing waits, and never given up. */
import { retryWaitMs } from "../../../core/retry.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import { reach, reachNow } from "../archive/fault-points.ts";
import type { Alarms } from "../platform/alarms.ts";
import { withDeadline } from "../platform/calls.ts";
import { now } from "../platform/clock.ts";
import type { Database, Transactor } from "../platform/database.ts";
import { pause } from "../platform/in-parallel.ts";
import { logFault } from "../platform/log.ts";
import { Turn } from "../platform/turn.ts";
import { tasksAlarm, urgencies } from "./task-list.ts";

/** What does each kind of task; the answer says whether the task is done. */
export type TaskHandlers<Kind extends string> = Readonly<Record<Kind, (subject: string) => Promise<boolean>>>;

type Task<Kind> = { kind: Kind; subject: string; urgency: number; revision: number; tries: number };

const urgentTriesMax = 64;
const loadedMax = 500;
/** How long the alarm waits for the tries, which go on by themselves. */
const alarmRunMs = 5_000;

export class Tasks<Kind extends string> {
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #handlers: TaskHandlers<Kind>;
  readonly #turn = new Turn(() => this.#fill());
  #loaded: Task<Kind>[] = [];
  /** Whether tasks were asked for since the last load: they may go before those that are loaded. */
  #isStale = false;
  /** Whether more tasks are due than were loaded. A load sorts all due tasks, so it fetches many. */
  #hasMore = false;
  readonly #running = new Set<string>();
  /** How many tries were begun since the last pause. */
  #begun = 0;
  #isPausing = false;
  #waiting: (() => void)[] = [];

  constructor(db: Database, alarms: Alarms, handlers: TaskHandlers<Kind>) {
    this.#db = db;
    this.#alarms = alarms;
    this.#handlers = handlers;
  }

  /** Tasks were asked for: they are tried at the end of this turn. */
  requested(): void {
    this.#isStale = true;
    this.#turn.request();
  }

  /** Tries the tasks that are due now, and waits until each was tried, but no longer than this. */
  async settle(waitMs: number = timeouts.taskWaitMs): Promise<void> {
    this.#fill();
    if (this.#running.size === 0 && !this.#isPausing) return;
    const settled = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await withDeadline(settled, waitMs).catch(() => undefined);
  }

  /** Whether a task of this kind is still to be done. */
  isPending(kind: Kind): boolean {
    return this.#db.first("SELECT 1 FROM tasks WHERE kind = ? LIMIT 1", kind) !== undefined;
  }

  /** For the object's alarm. */
  readonly alarmHandlers = {
    [tasksAlarm]: async (): Promise<void> => {
      this.#isStale = true;
      await this.settle(alarmRunMs);
      const alarm = this.#alarms.get(tasksAlarm);
      // The tries go on by themselves; if they are cut off, the next alarm finds the tasks that are left.
      if (this.#running.size > 0 && alarm !== undefined && alarm.dueAt <= now())
        this.#db.transact((tx) => this.#alarms.set(tx, tasksAlarm, now() + timeouts.taskAlarmMs));
    },
  };

  #fill(): void {
    if (this.#isStale) this.#load();
    for (;;) {
      if (this.#loaded.length === 0 && this.#hasMore) this.#load();
      if (!this.#startNext()) break;
    }
    if (this.#running.size > 0 || (this.#isPausing && this.#loaded.length > 0)) return;
    this.#rearm();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #load(): void {
    this.#loaded = this.#db.all<Task<Kind>>(
      "SELECT kind, subject, urgency, revision, tries FROM tasks WHERE due_at <= ? ORDER BY urgency, due_at LIMIT ?",
      now(),
      loadedMax,
    );
    this.#isStale = false;
    this.#hasMore = this.#loaded.length === loadedMax;
    this.#loaded = this.#loaded.filter((task) => !this.#running.has(keyOf(task)));
  }

  #startNext(): boolean {
    const task = this.#loaded[0];
    if (task === undefined) return false;
    if (task.urgency !== urgencies.now && this.#pausesNow()) return false;
    if (this.#running.size >= (task.urgency === urgencies.now ? urgentTriesMax : batches.tasksPerRun)) return false;
    this.#loaded.shift();
    this.#begun++;
    this.#running.add(keyOf(task));
    void this.#try(task);
    return true;
  }

  /** After so many tries other events and timers get the thread before it goes on. */
  #pausesNow(): boolean {
    if (this.#begun < batches.tasksPerRun || this.#isPausing) return this.#isPausing;
    this.#isPausing = true;
    void pause().then(() => {
      this.#isPausing = false;
      this.#begun = 0;
      this.#fill();
    });
    return true;
  }

  /** Never throws: a fault of a handler is a failed try. */
  async #try(task: Task<Kind>): Promise<void> {
    let isDone = false;
    try {
      await reach(`task: ${task.kind} begins`);
      const answer = await this.#handlers[task.kind](task.subject);
      await reach(`task: ${task.kind} is answered`);
      isDone = answer;
    } catch (error) {
      logFault("task", error, { task: task.kind, tries: task.tries });
    }
    this.#running.delete(keyOf(task));
    try {
      this.#db.transact((tx) => {
        this.#note(tx, task, isDone);
        reachNow(`task: ${task.kind} is noted`);
      });
      this.#fill();
    } catch (error) {
      // The outcome could not be stored, so the task is still due; the alarm tries it again.
      logFault("task", error, { task: task.kind });
    }
  }

  /** A task that was asked for again while it was tried stays due, because the try may have sent an older state. */
  #note(tx: Transactor, task: Task<Kind>, isDone: boolean): void {
    const failures = task.tries + 1;
    const waitMs = retryWaitMs(failures, Math.random(), {
      firstMs: timeouts.taskRetryFirstMs,
      maxMs: timeouts.taskRetryMaxMs,
    });
    const written = isDone
      ? tx.run(
          "DELETE FROM tasks WHERE kind = ? AND subject = ? AND revision = ?",
          task.kind,
          task.subject,
          task.revision,
        )
      : tx.run(
          "UPDATE tasks SET tries = ?, due_at = ? WHERE kind = ? AND subject = ? AND revision = ?",
          failures,
          now() + waitMs,
          task.kind,
          task.subject,
          task.revision,
        );
    if (written === 0) this.#isStale = true;
  }

  /** With no try under way: sets the alarm for the next task that is left, or clears it. */
  #rearm(): void {
    const alarm = this.#alarms.get(tasksAlarm);
    if (alarm === undefined) return;
    const next = this.#db.first<{ due_at: number | null }>("SELECT MIN(due_at) AS due_at FROM tasks")?.due_at ?? null;
    if (next === alarm.dueAt) return;
    this.#db.transact((tx) => {
      if (next === null) this.#alarms.clear(tx, tasksAlarm);
      else this.#alarms.set(tx, tasksAlarm, next);
    });
  }
}

function keyOf(task: Pick<Task<string>, "kind" | "subject">): string {
  return `${task.kind} ${task.subject}`;
}
