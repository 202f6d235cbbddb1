/**
 * Owns access to an object's SQLite: reading anywhere, writing only inside `transact`, and the migrations.
 * `sql.exec` keeps its writes when a later line throws, so every command is one `transactionSync`.
 */
import { logFault } from "./log.ts";
import { cost } from "../meters/meter.ts";

export type Value = string | number | null | ArrayBuffer;
export type Row = Record<string, Value>;

/** An async callback must not compile: an await inside a transaction would let other events in. */
type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/** Reads. The row type is what the statement's author says the columns are. */
export class Reader {
  protected readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  all<R extends Row>(statement: string, ...values: Value[]): R[] {
    const cursor = this.sql.exec<R>(statement, ...values);
    const rows = cursor.toArray();
    cost.rowsRead += cursor.rowsRead;
    cost.rowsWritten += cursor.rowsWritten;
    return rows;
  }

  /** Row by row, as long as `take` wants more: what is not wanted is not read. */
  each<R extends Row>(statement: string, values: readonly Value[], take: (row: R) => boolean): void {
    const cursor = this.sql.exec<R>(statement, ...values);
    for (const row of cursor) if (!take(row)) break;
    cost.rowsRead += cursor.rowsRead;
  }

  first<R extends Row>(statement: string, ...values: Value[]): R | undefined {
    return this.all<R>(statement, ...values)[0];
  }
}

/** Writes too; handed out only inside a transaction. */
export class Transactor extends Reader {
  readonly #effects: Effect[];

  constructor(sql: SqlStorage, effects: Effect[]) {
    super(sql);
    this.#effects = effects;
  }

  /** Notes what is to be done once the outermost transaction stands; dropped when it, or the nested one that noted it, is rolled back. */
  afterCommit(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Runs a statement that writes; answers how many rows were written, index entries included (as they are billed). */
  run(statement: string, ...values: Value[]): number {
    const cursor = this.sql.exec(statement, ...values);
    const written = cursor.rowsWritten;
    cost.rowsRead += cursor.rowsRead;
    cost.rowsWritten += written;
    return written;
  }
}

/** What is done after a commit: closing a socket, asking for a turn, telling somebody. */
type Effect = () => void;

/** One object's database. */
export class Database extends Reader {
  readonly #storage: DurableObjectStorage;
  readonly #transactor: Transactor;
  readonly #effects: Effect[] = [];
  readonly #onRollback: Effect[] = [];
  #depth = 0;

  constructor(storage: DurableObjectStorage) {
    super(storage.sql);
    this.#storage = storage;
    this.#transactor = new Transactor(storage.sql, this.#effects);
  }

  /** All or nothing: a throw inside rolls everything back, and the caches are read anew. Nests. Effects are performed after the outermost commit. */
  transact<T>(work: (tx: Transactor) => Sync<T>): T {
    const effectsBefore = this.#effects.length;
    let result: T;
    this.#depth++;
    try {
      result = this.#storage.transactionSync(() => work(this.#transactor) as T);
    } catch (error) {
      this.#effects.length = effectsBefore;
      for (const reload of this.#onRollback) reload();
      throw error;
    } finally {
      this.#depth--;
    }
    if (this.#depth === 0) this.#performEffects();
    return result;
  }

  /** For a cache: `reload` reads it anew after each rollback. Caches are reloaded in the order in which they registered. */
  onRollback(reload: Effect): void {
    this.#onRollback.push(reload);
  }

  /** An effect that throws ends neither the others nor the call: the transaction stands. */
  #performEffects(): void {
    for (const effect of this.#effects.splice(0)) {
      try {
        effect();
      } catch (error) {
        logFault("after commit", error);
      }
    }
  }

  /**
   * Brings the tables up to the newest step. Steps are append-only: one that ran anywhere is never changed.
   * Small and idempotent, for it runs in the constructor, where a throw would brick the object.
   */
  migrate(steps: readonly string[]): void {
    this.transact((tx) => {
      tx.run("CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY)");
      const done = tx.first<{ step: number | null }>("SELECT MAX(step) AS step FROM migrations")?.step ?? 0;
      for (const [index, step] of steps.entries()) {
        if (index < done) continue;
        tx.run(step);
        tx.run("INSERT INTO migrations (step) VALUES (?)", index + 1);
      }
    });
  }
}
