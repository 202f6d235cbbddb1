/**
 * Owns the rows of tasks: what other objects have still to learn from this one. The row of a task is written with the change that makes it necessary.
 * A task names a subject, not a content, so each try sends the present state. A task that is asked for again stays one task and is tried once more.
 */
import { timeouts } from "../../../schema/limits.ts";
import type { Alarms } from "../platform/alarms.ts";
import { now } from "../platform/clock.ts";
import type { Transactor } from "../platform/database.ts";

/** By its `revision` a try sees that the task was asked for again meanwhile. */
export const taskTables = `
  CREATE TABLE tasks (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
  ) STRICT, WITHOUT ROWID;
`;

export const tasksAlarm = "tasks";

/** Tasks of the lowest number go first. `now` is for tasks that must be done within two seconds: they have places of their own and wait for no others. */
export const urgencies = { now: 0, soon: 1, later: 2 } as const;

/** There are new tasks: `Tasks.requested` is to be called. */
export type TaskEffect = { do: "try tasks" };

export class TaskList<Kind extends string> {
  readonly #alarms: Alarms;

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  /** Asks for tasks, in the transaction that makes them necessary. They are tried at the end of this turn. */
  request(tx: Transactor<TaskEffect>, kind: Kind, subjects: readonly string[], urgency: number = urgencies.soon): void {
    if (subjects.length === 0) return;
    const at = now();
    tx.run(
      `INSERT INTO tasks (kind, subject, urgency, revision, tries, due_at) SELECT ?, value, ?, 1, 0, ? FROM json_each(?) WHERE true
       ON CONFLICT (kind, subject) DO UPDATE SET revision = revision + 1, tries = 0, due_at = excluded.due_at, urgency = MIN(urgency, excluded.urgency)`,
      kind,
      urgency,
      at,
      JSON.stringify(subjects),
    );
    const alarm = this.#alarms.get(tasksAlarm);
    if (alarm === undefined || alarm.dueAt > at + timeouts.taskAlarmMs)
      this.#alarms.set(tx, tasksAlarm, at + timeouts.taskAlarmMs);
    tx.afterCommit({ do: "try tasks" });
  }
}
