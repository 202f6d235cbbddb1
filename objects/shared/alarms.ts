/**
 * Owns named alarms on the object's one platform alarm. A row means that work is pending; it is written in the
 * transaction that makes the work, so that a crash cannot lose it, and removed when the work is done.
 */
import { now } from "./clock.ts";
import type { Database, Transactor } from "./database.ts";
import { logFault } from "./log.ts";
import { cost } from "./meter.ts";

export const alarmTables = `
  CREATE TABLE alarms (name TEXT PRIMARY KEY, due_at INTEGER NOT NULL, data INTEGER) WITHOUT ROWID;
`;

export type Alarm = { name: string; dueAt: number; data: number | null };

/** The platform gives up on an alarm that keeps throwing; so nothing is ever thrown, and this is the wait after a fault. */
const afterFaultMs = 5_000;

export class Alarms {
  readonly #storage: DurableObjectStorage;
  readonly #db: Database;
  #armedFor: number | null | undefined;
  readonly #pending = new Map<string, Alarm>();

  constructor(storage: DurableObjectStorage, db: Database) {
    this.#storage = storage;
    this.#db = db;
    for (const row of db.all<{ name: string; due_at: number; data: number | null }>(
      "SELECT name, due_at, data FROM alarms",
    )) {
      this.#pending.set(row.name, { name: row.name, dueAt: row.due_at, data: row.data });
    }
  }

  /** The alarm of this name, if its work is pending. */
  get(name: string): Alarm | undefined {
    return this.#pending.get(name);
  }

  /** Notes that work is pending. Costs two rows (three bills: row, platform alarm), so set it once, not per event. */
  set(tx: Transactor, name: string, dueAt: number, data: number | null = null): void {
    tx.run(
      "INSERT INTO alarms (name, due_at, data) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at, data = excluded.data",
      name,
      dueAt,
      data,
    );
    this.#pending.set(name, { name, dueAt, data });
    this.#arm();
  }

  /** Notes that the work is done. The platform alarm is left to fire; finding nothing, it ends there. */
  clear(tx: Transactor, name: string): void {
    if (!this.#pending.delete(name)) return;
    tx.run("DELETE FROM alarms WHERE name = ?", name);
  }

  /** Call after a transaction that set alarms was rolled back. */
  reload(): void {
    this.#pending.clear();
    for (const row of this.#db.all<{ name: string; due_at: number; data: number | null }>(
      "SELECT name, due_at, data FROM alarms",
    )) {
      this.#pending.set(row.name, { name: row.name, dueAt: row.due_at, data: row.data });
    }
    this.#armedFor = undefined;
    this.#arm();
  }

  /** The object's `alarm()`: runs what is due, each by itself; a handler clears or sets its own alarm anew. Never throws. */
  async run(handlers: Record<string, (alarm: Alarm) => Promise<void> | void>): Promise<void> {
    cost.alarmsRun++;
    this.#armedFor = null;
    const due = [...this.#pending.values()].filter((alarm) => alarm.dueAt <= now() + 5);
    for (const alarm of due) {
      try {
        const handler = handlers[alarm.name];
        if (handler === undefined) this.#db.transact((tx) => this.clear(tx, alarm.name));
        else await handler(alarm);
      } catch (error) {
        logFault("alarm", error, { alarm: alarm.name });
      }
      const after = this.#pending.get(alarm.name);
      if (after !== undefined && after.dueAt <= now()) {
        this.#db.transact((tx) => this.set(tx, alarm.name, now() + afterFaultMs, after.data));
      }
    }
    this.#arm();
  }

  #arm(): void {
    let earliest: number | undefined;
    for (const alarm of this.#pending.values()) earliest = Math.min(alarm.dueAt, earliest ?? Infinity);
    if (
      earliest === undefined ||
      (this.#armedFor !== undefined && this.#armedFor !== null && this.#armedFor <= earliest)
    )
      return;
    this.#armedFor = earliest;
    cost.alarmsSet++;
    cost.rowsWritten++;
    // The write joins the running transaction's output gate; it fails only with the object itself.
    void this.#storage.setAlarm(Math.max(earliest, now()));
  }
}
