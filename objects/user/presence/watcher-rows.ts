/** Owns the rows of those who watch this user: until when each does, how many there may be, and the deletion of what has lapsed. */
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { AccountSide } from "../sides.ts";

/** The alarm that deletes watches that have lapsed. */
export const lapseAlarm = "watchers";

export type WatcherRowsParts = { db: Database; alarms: Alarms; account: Pick<AccountSide, "hasContact"> };

export class WatcherRows {
  readonly #parts: WatcherRowsParts;

  constructor(parts: WatcherRowsParts) {
    this.#parts = parts;
  }

  /** Those who watch now. */
  present(): UserId[] {
    const rows = this.#parts.db.all<{ user_id: UserId }>("SELECT user_id FROM watchers WHERE until > ?", now());
    return rows.map((row) => row.user_id);
  }

  get isAny(): boolean {
    return this.#parts.db.first("SELECT 1 FROM watchers WHERE until > ?", now()) !== undefined;
  }

  /**
   * Stores a watch. `until`: how long it holds; 0 where there is no room. `displaced`: the stranger whose watch ends now, so that there is room for a contact.
   * Writes no row if the present one holds long enough.
   */
  watch(viewer: UserId, until: TimeMs): { until: TimeMs; displaced?: UserId } {
    const { db, alarms } = this.#parts;
    const present = db.first<{ until: number }>("SELECT until FROM watchers WHERE user_id = ?", viewer)?.until;
    if (present !== undefined && present >= until - timeouts.presenceRenewMs) return { until: present };
    const isRoom = present !== undefined || this.#count() < batches.watchersMax;
    const displaced = isRoom ? undefined : this.#strangerFor(viewer);
    if (!isRoom && displaced === undefined) return { until: 0 };
    db.transact((tx) => {
      if (displaced !== undefined) this.drop(tx, [displaced]);
      tx.run(
        "INSERT INTO watchers (user_id, until) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET until = excluded.until",
        viewer,
        until,
      );
      if (alarms.get(lapseAlarm) === undefined) alarms.set(tx, lapseAlarm, until);
    });
    return displaced === undefined ? { until } : { until, displaced };
  }

  drop(tx: Transactor, userIds: readonly UserId[]): void {
    tx.run("DELETE FROM watchers WHERE user_id IN (SELECT value FROM json_each(?))", JSON.stringify(userIds));
  }

  /** Deletes watches that have lapsed; runs again when the last of the others may have lapsed. */
  sweep(): void {
    const { db, alarms } = this.#parts;
    db.transact((tx) => {
      tx.run("DELETE FROM watchers WHERE until <= ?", now());
      const last = tx.first<{ until: number | null }>("SELECT MAX(until) AS until FROM watchers")?.until ?? null;
      if (last === null) alarms.clear(tx, lapseAlarm);
      else alarms.set(tx, lapseAlarm, last);
    });
  }

  #count(): number {
    return this.#parts.db.first<{ n: number }>("SELECT COUNT(*) AS n FROM watchers WHERE until > ?", now())?.n ?? 0;
  }

  /** Who makes room for a contact: of the strangers, the one whose watch would end first. For a stranger nobody does. */
  #strangerFor(viewer: UserId): UserId | undefined {
    const { db, account } = this.#parts;
    if (!account.hasContact(viewer)) return undefined;
    const rows = db.all<{ user_id: UserId }>("SELECT user_id FROM watchers WHERE until > ? ORDER BY until", now());
    return rows.find((row) => !account.hasContact(row.user_id))?.user_id;
  }
}
