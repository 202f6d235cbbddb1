/**
 * Owns the answers to calls that spent a second factor, for a short while: the answer may be lost on its way, and the call cannot be repeated with what is spent. Each is
 * encrypted under a key that is derived from the recovery code or the signature of its call, so that a dump of the store yields none (decision 14).
 */
import { createHmac } from "node:crypto";
import { securityBounds } from "../../../schema/bounds/security.ts";
import type { UserId } from "../../../schema/ids.ts";
import { openAnswer, sealAnswer } from "../account/kept-answer.ts";
import type { AlarmHandlers, Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Reader, Transactor } from "../../shared/platform/database.ts";

const alarmName = "kept answers";

/** What a call asked for: its answer is given only to one that asks for the same. */
export type Purpose = { does: "sign in" | "make codes" | "begin passkey"; by: string };

export class KeptAnswers {
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #secret: string;
  readonly #userId: UserId;
  readonly alarmHandlers: AlarmHandlers = { [alarmName]: () => this.#forget() };

  constructor({ db, alarms, secret, userId }: { db: Database; alarms: Alarms; secret: string; userId: UserId }) {
    this.#db = db;
    this.#alarms = alarms;
    this.#secret = secret;
    this.#userId = userId;
  }

  /** As JSON; undefined where this proof brought no such answer, or too long ago. */
  find(db: Reader, purpose: Purpose, proof: string): string | undefined {
    const row = db.first<{ answer: string }>(
      "SELECT answer FROM kept_answers WHERE id = ? AND until > ?",
      this.#idOf(purpose, proof),
      now(),
    );
    return row === undefined ? undefined : (openAnswer(proof, row.answer) ?? undefined);
  }

  keep(tx: Transactor, purpose: Purpose, proof: string, answer: string): void {
    const at = now();
    const until = at + securityBounds.keptAnswersMs;
    tx.run(
      "INSERT OR REPLACE INTO kept_answers (id, does, answer, until) VALUES (?, ?, ?, ?)",
      this.#idOf(purpose, proof),
      purpose.does,
      sealAnswer(proof, answer),
      until,
    );
    tx.run(
      "DELETE FROM kept_answers WHERE until <= ? OR id NOT IN (SELECT id FROM kept_answers ORDER BY until DESC LIMIT ?)",
      at,
      securityBounds.keptAnswersMax,
    );
    if (this.#alarms.get(alarmName) === undefined) this.#alarms.set(tx, alarmName, until);
  }

  /** The codes of such an answer are used, so it has arrived, or they are in force no more. */
  dropCodes(tx: Transactor): void {
    tx.run("DELETE FROM kept_answers WHERE does = 'make codes'");
  }

  #idOf({ does, by }: Purpose, proof: string): string {
    const mac = createHmac("sha256", Buffer.from(this.#secret, "base64url"));
    return mac.update(`kept|${this.#userId}|${does}|${by}|${proof}`).digest("base64url");
  }

  #forget(): void {
    this.#db.transact((tx) => {
      tx.run("DELETE FROM kept_answers WHERE until <= ?", now());
      this.#alarms.clear(tx, alarmName);
      const next = tx.first<{ until: number | null }>("SELECT MIN(until) AS until FROM kept_answers")?.until ?? null;
      if (next !== null) this.#alarms.set(tx, alarmName, next);
    });
  }
}
