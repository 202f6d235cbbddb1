/**
 * Owns access to an object's SQLite: reading anywhere, writing only inside `transact`, and the migrations.
 * `sql.exec` keeps its writes when a later line throws, so every command is one `transactionSync`.
 */
import { logFault } from "./log.ts";
import { cost } from "./meter.ts";

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

  /** Gives rows one by one, as long as `take` wants more: rows beyond that are not read. */
  each<R extends Row>(statement: string, values: readonly Value[], take: (row: R) => boolean): void {
    const cursor = this.sql.exec<R>(statement, ...values);
    for (const row of cursor) if (!take(row)) break;
    cost.rowsRead += cursor.rowsRead;
  }

  first<R extends Row>(statement: string, ...values: Value[]): R | undefined {
    return this.all<R>(statement, ...values)[0];
  }
}

/** Writes too; handed out only inside a transaction. `E`: the effects that it can note. */
export class Transactor<in E = never> extends Reader {
  readonly #note: (effect: E) => void;

  constructor(sql: SqlStorage, note: (effect: E) => void) {
    super(sql);
    this.#note = note;
  }

  /** Notes what is to be done after the outermost commit. A rollback of that transaction, or of the nested one that noted it, drops the note. */
  afterCommit(effect: E): void {
    this.#note(effect);
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

/**
 * One object's database. `E`: what may have to be done after a commit (close a socket, call another object), as values that the object lists in its
 * `effects.ts`. `perform` does one of them.
 */
export class Database<in E = never> extends Reader {
  readonly #storage: DurableObjectStorage;
  readonly #transactor: Transactor<E>;
  readonly #effects: Effects<E>;
  readonly #onRollback: (() => void)[] = [];
  #depth = 0;

  constructor(storage: DurableObjectStorage, perform: (effect: E) => void = () => undefined) {
    super(storage.sql);
    this.#storage = storage;
    this.#effects = effectsOf(perform);
    this.#transactor = new Transactor(storage.sql, this.#effects.note);
  }

  /** All or nothing: a throw inside rolls everything back, and the caches are read anew. Nests. Effects are performed after the outermost commit. */
  transact<T>(work: (tx: Transactor<E>) => Sync<T>): T {
    const effectsBefore = this.#effects.count();
    let result: T;
    this.#depth++;
    try {
      result = this.#storage.transactionSync(() => work(this.#transactor) as T);
    } catch (error) {
      this.#effects.dropAfter(effectsBefore);
      for (const reload of this.#onRollback) reload();
      throw error;
    } finally {
      this.#depth--;
    }
    if (this.#depth === 0) this.#effects.perform();
    return result;
  }

  /** For a cache: `reload` reads it anew after each rollback. Caches are reloaded in the order in which they registered. */
  onRollback(reload: () => void): void {
    this.#onRollback.push(reload);
  }

  /**
   * Brings the tables up to the newest step. Steps are append-only: one that ran anywhere is never changed.
   * Small and idempotent, for it runs in the constructor, where a throw would brick the object. `noted`: where it is noted which steps are done. Tables that
   * few objects need are made where they are needed, and noted apart.
   */
  migrate(steps: readonly string[], noted: "migrations" | "large_migrations" = "migrations"): void {
    this.transact((tx) => {
      tx.run(`CREATE TABLE IF NOT EXISTS ${noted} (step INTEGER PRIMARY KEY)`);
      const done = tx.first<{ step: number | null }>(`SELECT MAX(step) AS step FROM ${noted}`)?.step ?? 0;
      for (const [index, step] of steps.entries()) {
        if (index < done) continue;
        tx.run(step);
        tx.run(`INSERT INTO ${noted} (step) VALUES (?)`, index + 1);
      }
    });
  }
}

/** The effects that the running transaction has noted, in their order. */
type Effects<in E> = {
  note: (effect: E) => void;
  count: () => number;
  dropAfter: (count: number) => void;
  perform: () => void;
};

function effectsOf<E>(perform: (effect: E) => void): Effects<E> {
  const effects: E[] = [];
  return {
    note: (effect) => void effects.push(effect),
    count: () => effects.length,
    dropAfter: (count) => void (effects.length = count),
    // If an effect throws, the others are performed all the same and the call succeeds, because the transaction is committed.
    perform: () => {
      for (const effect of effects.splice(0)) {
        try {
          perform(effect);
        } catch (error) {
          logFault("after commit", error);
        }
      }
    },
  };
}
