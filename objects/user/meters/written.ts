/** Owns the count of MiB that this user writes in a day, in all conversations together; each conversation reports every MiB. */
import { dayOf } from "../../../core/meters/day-quota.ts";
import { dayQuotas } from "../../../schema/rates.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database } from "../../shared/platform/database.ts";

/** One row or none. */
export const writtenTables = `
  CREATE TABLE written (one INTEGER PRIMARY KEY CHECK (one = 1), day INTEGER NOT NULL, units INTEGER NOT NULL) STRICT;
`;

export class Written {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Adds MiB. `isOver`: the user may write no more today. A repeated call counts twice, which is a MiB too many out of many. */
  add(units: number): { isOver: boolean } {
    const day = dayOf(now());
    return this.#db.transact((tx) => {
      const row = tx.first<{ day: number; units: number }>("SELECT day, units FROM written");
      const total = (row?.day === day ? row.units : 0) + units;
      tx.run(
        "INSERT INTO written (one, day, units) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET day = excluded.day, units = excluded.units",
        day,
        total,
      );
      return { isOver: total >= dayQuotas.mebibytesInAll };
    });
  }
}
