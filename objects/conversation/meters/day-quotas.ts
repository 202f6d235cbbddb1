/**
 * Owns how much each member writes here in a day, so that nobody fills the object. Whole MiB are counted, by chance (core/meters/day-quota.ts): that
 * writes one row a MiB, and an eviction forgets nothing. Each MiB is reported to the writer's object, which bounds all conversations together.
 */
import { dayOf, msUntilNextDay, unitsOf } from "../../../core/meters/day-quota.ts";
import { type Refusal, refuse } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import { dayQuotas } from "../../../schema/rates.ts";
import { call, userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { ConversationTransactor } from "../effects.ts";

/** One row for each member who wrote a MiB today. `is_over`: their own object said that they have written enough everywhere. */
export const dayQuotaTables = `
  CREATE TABLE written_today (
    user_id TEXT PRIMARY KEY,
    day INTEGER NOT NULL,
    units INTEGER NOT NULL,
    is_over INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

type Written = { units: number; isOver: boolean };

export class DayQuotas {
  readonly #env: Env;
  readonly #db: Database;
  /** The day whose rows are cached. */
  #day = 0;
  #written = new Map<UserId, Written>();

  constructor(parts: { env: Env; db: Database }) {
    this.#env = parts.env;
    this.#db = parts.db;
    this.#reload();
    parts.db.onRollback(() => this.#reload());
  }

  /** Why this user writes no more today, or undefined. A member who wrote less than a MiB goes on also where all together wrote enough. */
  refusal(userId: UserId): Refusal | undefined {
    this.#turnDay();
    const own = this.#written.get(userId);
    if (own === undefined || areRatesOff(this.#env)) return undefined;
    const isOver =
      own.isOver || own.units >= dayQuotas.mebibytesPerConversation || this.#total() >= dayQuotas.mebibytesOfAllMembers;
    return isOver
      ? refuse("rate_limited", "you have written enough for today", msUntilNextDay(now())).refusal
      : undefined;
  }

  /** Counts a write, in its transaction. */
  note(tx: ConversationTransactor, userId: UserId, bytes: number): void {
    if (areRatesOff(this.#env)) return;
    const units = unitsOf(bytes, dayQuotas.unitBytes, Math.random());
    if (units === 0) return;
    this.#turnDay();
    const own = this.#written.get(userId);
    this.#keep(tx, userId, { units: (own?.units ?? 0) + units, isOver: own?.isOver ?? false });
    tx.afterCommit({ do: "report written", userId, units });
  }

  /** Reports to the writer's object what was counted; never throws. A call that fails is not repeated: the next MiB brings another call. */
  report(userId: UserId, units: number): void {
    this.#report(userId, units).catch((error: unknown) => logFault("day quota", error, { userId }));
  }

  async #report(userId: UserId, units: number): Promise<void> {
    const day = this.#day;
    const answer = await call("user.wrote", () => userStub(this.#env, userId).wrote(units));
    const own = this.#written.get(userId);
    if (!answer.ok || !answer.value.isOver || own === undefined || this.#day !== day) return;
    this.#db.transact((tx) => this.#keep(tx, userId, { ...own, isOver: true }));
  }

  /** After waking or a rollback. */
  #reload(): void {
    this.#day = dayOf(now());
    const rows = this.#db.all<{ user_id: string; units: number; is_over: number }>(
      "SELECT user_id, units, is_over FROM written_today WHERE day = ?",
      this.#day,
    );
    this.#written = new Map(
      rows.map((row) => [row.user_id as UserId, { units: row.units, isOver: row.is_over === 1 }]),
    );
  }

  #total(): number {
    let total = 0;
    for (const { units } of this.#written.values()) total += units;
    return total;
  }

  #turnDay(): void {
    const day = dayOf(now());
    if (day === this.#day) return;
    this.#day = day;
    this.#written.clear();
  }

  #keep(tx: Transactor, userId: UserId, written: Written): void {
    this.#written.set(userId, written);
    tx.run("DELETE FROM written_today WHERE day <> ?", this.#day);
    tx.run(
      `INSERT INTO written_today (user_id, day, units, is_over) VALUES (?, ?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET units = excluded.units, is_over = excluded.is_over`,
      userId,
      this.#day,
      written.units,
      Number(written.isOver),
    );
  }
}
