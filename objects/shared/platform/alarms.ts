/**
 * Owns named alarms on the object's one platform alarm. A row means that work is pending. The row is written in the
 * transaction that makes the work, so that a crash cannot lose it, and deleted when the work is done.
 * Work that the object can find by itself needs no row: for such work `ring` sets the platform alarm alone, and the handler looks for it.
 */
import { growingWaitMs, retryWaitMs } from "../../../core/retry.ts";
import { timeouts } from "../../../schema/limits.ts";
import { now } from "./clock.ts";
import type { Database, Transactor } from "./database.ts";
import { logFault } from "./log.ts";
import { cost } from "./meter.ts";

export const alarmTables = `
  CREATE TABLE alarms (name TEXT PRIMARY KEY, due_at INTEGER NOT NULL, data INTEGER) WITHOUT ROWID;
`;

/** A later step of the same tables: how often in a row the handler of an alarm has failed. */
export const alarmFaults = `
  ALTER TABLE alarms ADD COLUMN faults INTEGER NOT NULL DEFAULT 0;
`;

export type Alarm = { name: string; dueAt: number; data: number | null };
type AlarmHandler = (alarm: Alarm) => Promise<void> | void;
/** By the name of the alarm, which is unique over all parts of the object. */
export type AlarmHandlers = Readonly<Record<string, AlarmHandler>>;
/** `isOurs`: the object called `ring` since it woke, or found the platform alarm set when it woke. */
type RungHandler = (isOurs: boolean) => Promise<void> | void;
type Pending = Alarm & { faults: number };

/** The platform gives up on an alarm after its sixth retry; before that a new one takes its place. */
const retriesMax = 5;
/** An alarm that is this late may have been lost: the platform is asked whether it has it, at most once in the same time. */
const lateMs = 5_000;

/** How long a handler that failed waits until it is run again. */
const retryWaits = { firstMs: timeouts.alarmRetryMs, maxMs: timeouts.alarmRetryMaxMs };

export class Alarms {
  readonly #storage: DurableObjectStorage;
  readonly #db: Database;
  /** When the platform alarm fires; null where there is none; undefined where this is not known. */
  #armedFor: number | null | undefined;
  #handlers: AlarmHandlers | undefined;
  #rung: RungHandler | undefined;
  /** When the object is to look for work without a row; undefined where nobody called `ring` since it woke. */
  #ringAt: number | undefined;
  #ringFaults = 0;
  readonly #running = new Map<string, Promise<void>>();
  #isRunning = false;
  #askedAt = 0;
  /** When alarms that this version does not know are looked at again. */
  #unknownAt = now() + timeouts.unknownAlarmMs;
  readonly #pending = new Map<string, Pending>();

  constructor(storage: DurableObjectStorage, db: Database) {
    this.#storage = storage;
    this.#db = db;
    this.#read();
    db.onRollback(() => this.#reload());
  }

  /**
   * Sets the handlers, once all parts of the object are made. Where work is pending, the platform is asked whether it has an alarm.
   * `rung` runs whenever the platform alarm goes off, because the object may have set it before its last eviction.
   */
  use(handlers: AlarmHandlers, rung?: RungHandler): void {
    this.#handlers = handlers;
    this.#rung = rung;
    if (this.#pending.size > 0) void this.#askPlatform();
  }

  /** To be called with each request of the object: an alarm that is overdue may have been lost. Costs no row where it is there. */
  rouse(): void {
    if ((this.#pending.size === 0 && this.#ringAt === undefined) || this.#isRunning) return;
    const at = now();
    if (at - this.#askedAt > lateMs && (this.#earliest() ?? Infinity) <= at - lateMs) void this.#askPlatform();
  }

  /** After waking: whether the platform has an alarm, which the object may have set before its last eviction. True where the platform does not answer. */
  async look(): Promise<boolean> {
    try {
      this.#armedFor = await this.#storage.getAlarm();
    } catch {
      // The object is going down, or will be asked again.
      return true;
    }
    if (this.#armedFor !== null) this.#ringAt = this.#armedFor;
    return this.#armedFor !== null;
  }

  /**
   * Sees to it that the platform alarm goes off by then, and `rung` runs. Writes no row but the platform's, and that only where none is set.
   * To be called in the transaction that makes the work.
   */
  ring(at: number): void {
    if (this.#ringAt === undefined || at < this.#ringAt) this.#ringAt = at;
    this.#arm();
  }

  /** The alarm of this name, if its work is pending. */
  get(name: string): Alarm | undefined {
    return this.#pending.get(name);
  }

  /** Notes that work is pending. Costs two rows (three bills: row, platform alarm), so set it once, not per event. */
  set(tx: Transactor, name: string, dueAt: number, data: number | null = null): void {
    this.#write(tx, { name, dueAt, data, faults: 0 });
  }

  /** Notes that the work is done. The platform alarm is left to fire; finding nothing, it ends there. */
  clear(tx: Transactor, name: string): void {
    if (!this.#pending.delete(name)) return;
    tx.run("DELETE FROM alarms WHERE name = ?", name);
  }

  /**
   * The object's `alarm()`: runs what is due, and what becomes due meanwhile, side by side and each once. A handler clears its own alarm or sets it
   * anew. Never throws. Alarms that this version does not know stay for a newer one. `info` is missing in tests.
   */
  async run(info?: AlarmInvocationInfo): Promise<void> {
    cost.alarmsRun++;
    this.#armedFor = null;
    if ((info?.retryCount ?? 0) >= retriesMax) {
      this.#setPlatformAlarm(now() + timeouts.alarmRetryMs);
      return;
    }
    this.#isRunning = true;
    if (this.#rung !== undefined) await this.#runRung(this.#rung);
    const hasRun = new Set<string>();
    for (;;) {
      let next = Infinity;
      for (const alarm of [...this.#pending.values()]) {
        if (hasRun.has(alarm.name) || this.#handlers?.[alarm.name] === undefined) continue;
        if (alarm.dueAt > now() + 5) next = Math.min(next, alarm.dueAt);
        else {
          hasRun.add(alarm.name);
          this.#running.set(
            alarm.name,
            this.#runOne(alarm).finally(() => this.#running.delete(alarm.name)),
          );
        }
      }
      if (this.#running.size === 0) break;
      await firstOf([...this.#running.values()], next - now());
    }
    this.#isRunning = false;
    this.#unknownAt = now() + timeouts.unknownAlarmMs;
    this.#arm();
  }

  /** The handler may ring anew. If it fails it is run again after a wait that grows; if the object is evicted before, it runs at the next alarm. */
  async #runRung(rung: RungHandler): Promise<void> {
    const isOurs = this.#ringAt !== undefined;
    this.#ringAt = undefined;
    try {
      await rung(isOurs);
      this.#ringFaults = 0;
    } catch (error) {
      logFault("alarm", error, { alarm: "rung" });
      this.ring(now() + growingWaitMs(++this.#ringFaults, retryWaits));
    }
  }

  /** A handler that fails, or leaves its alarm due, is run again after a wait that grows. */
  async #runOne(alarm: Alarm): Promise<void> {
    try {
      await this.#handlers?.[alarm.name]?.(alarm);
    } catch (error) {
      logFault("alarm", error, { alarm: alarm.name });
    }
    const after = this.#pending.get(alarm.name);
    if (after === undefined || after.dueAt > now()) return;
    const waitMs = retryWaitMs(after.faults + 1, Math.random(), retryWaits);
    try {
      this.#db.transact((tx) => this.#write(tx, { ...after, dueAt: now() + waitMs, faults: after.faults + 1 }));
    } catch (error) {
      logFault("alarm", error, { alarm: alarm.name });
    }
  }

  #write(tx: Transactor, pending: Pending): void {
    const { name, dueAt, data, faults } = pending;
    tx.run(
      `INSERT INTO alarms (name, due_at, data, faults) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at, data = excluded.data, faults = excluded.faults`,
      name,
      dueAt,
      data,
      faults,
    );
    this.#pending.set(name, pending);
    this.#arm();
  }

  #read(): void {
    this.#pending.clear();
    for (const row of this.#db.all<{ name: string; due_at: number; data: number | null; faults: number }>(
      "SELECT name, due_at, data, faults FROM alarms",
    )) {
      this.#pending.set(row.name, { name: row.name, dueAt: row.due_at, data: row.data, faults: row.faults });
    }
  }

  /** After a rollback, which may have undone the setting of the platform alarm as well. */
  #reload(): void {
    this.#read();
    this.#armedFor = undefined;
    if (this.#pending.size > 0 || this.#ringAt !== undefined) void this.#askPlatform();
  }

  /** Reading the platform alarm costs no row, so it is asked rather than set again. */
  async #askPlatform(): Promise<void> {
    this.#askedAt = now();
    const before = this.#armedFor;
    let at: number | null;
    try {
      at = await this.#storage.getAlarm();
    } catch {
      // The object is going down.
      return;
    }
    // While the handlers run the platform says that there is none; a run ends with arming.
    if (this.#isRunning || this.#armedFor !== before) return;
    const earliest = this.#earliest() ?? Infinity;
    // An alarm that was due when it was set fires at the moment of setting, which is later than `earliest`: it serves all the same.
    this.#armedFor = at !== null && at <= Math.max(earliest, now()) ? Math.min(at, earliest) : at;
    this.#arm();
  }

  /** When there is something to do next. Alarms that this version does not know are looked at rarely: only a newer version can run them. */
  #earliest(): number | undefined {
    let earliest = this.#ringAt;
    for (const { name, dueAt } of this.#pending.values()) {
      const isKnown = this.#handlers === undefined || this.#handlers[name] !== undefined;
      earliest = Math.min(isKnown ? dueAt : Math.max(dueAt, this.#unknownAt), earliest ?? Infinity);
    }
    return earliest;
  }

  #arm(): void {
    const earliest = this.#earliest();
    const armedFor = this.#armedFor;
    if (earliest === undefined || (armedFor !== undefined && armedFor !== null && armedFor <= earliest)) return;
    this.#setPlatformAlarm(earliest);
  }

  #setPlatformAlarm(at: number): void {
    this.#armedFor = at;
    cost.alarmsSet++;
    cost.rowsWritten++;
    // The write joins the running transaction's output gate; it fails only with the object itself.
    void this.#storage.setAlarm(Math.max(at, now()));
  }
}

/** Resolves with the first of these, or when the time is over. */
async function firstOf(work: readonly Promise<void>[], ms: number): Promise<void> {
  if (ms === Infinity) {
    await Promise.race(work);
    return;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms))));
  await Promise.race([...work, late]);
  clearTimeout(timer);
}
