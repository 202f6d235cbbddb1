/**
 * Owns when a large group calls inboxes again for receipts that they have not confirmed: at the next alarm, and those that fail again and again after waits that
 * grow. The number of waits is in the alarm's row, so that the group sleeps in between.
 */
import { growingWaitMs } from "../../../core/retry.ts";
import type { UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { Alarm, Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database } from "../../shared/platform/database.ts";
import type { Store } from "../store.ts";
import type { Direct } from "./direct.ts";

/** Set while receipts are owed to inboxes that fail. */
export const owedAlarm = "large receipts";

export type OwedReceiptsParts = {
  db: Pick<Database, "transact">;
  alarms: Alarms;
  store: Pick<Store, "watermarks">;
  direct: Pick<Direct, "hasGivenUp">;
  /** Calls the inbox with the receipt. */
  serve: (userId: UserId) => void;
};

export class OwedReceipts {
  readonly #parts: OwedReceiptsParts;

  constructor(parts: OwedReceiptsParts) {
    this.#parts = parts;
  }

  /** The alarm went off that has no row. */
  rung(): void {
    const { alarms, direct, serve, store } = this.#parts;
    let isFailing = false;
    for (const userId of store.watermarks.owedReceipts)
      if (direct.hasGivenUp(userId)) isFailing = true;
      else serve(userId);
    if (isFailing && alarms.get(owedAlarm) === undefined) this.#set(0);
  }

  /** The alarm of those that fail. */
  again({ data }: Alarm): void {
    const { alarms, db, serve, store } = this.#parts;
    if (store.watermarks.owedReceipts.size === 0) {
      db.transact((tx) => alarms.clear(tx, owedAlarm));
      return;
    }
    this.#set((data ?? 0) + 1);
    for (const userId of store.watermarks.owedReceipts) serve(userId);
  }

  #set(times: number): void {
    const { alarms, db } = this.#parts;
    const waitMs = growingWaitMs(times + 1, { firstMs: timeouts.fanOutAlarmMs, maxMs: timeouts.dueHintMaxMs });
    db.transact((tx) => alarms.set(tx, owedAlarm, now() + waitMs, times));
  }
}
