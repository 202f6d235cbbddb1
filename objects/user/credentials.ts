/**
 * Owns the password: its hash, what a caller needs to compute one for comparison, and the count of wrong ones. The hashing itself
 * is done by the gateway; the comparing and the counting here, one at a time, so that no burst of guesses gets past the limit.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { decideAttempt } from "../../core/passwords.ts";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import { timeouts } from "../../schema/limits.ts";
import { now } from "../shared/clock.ts";
import type { Database, Reader, Transactor } from "../shared/database.ts";
import type { PasswordChallenge, PasswordHash } from "./contract.ts";

export class Credentials {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** `handle`: by which the account was found; undefined where the caller is signed in. */
  challenge(handle: string | undefined): Outcome<PasswordChallenge> {
    const kept = readPassword(this.#db);
    if (kept === undefined || (handle !== undefined && kept.handle !== handle)) return notFound;
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    const { algorithm, n, r, p, salt } = kept.password;
    return done({ algorithm, n, r, p, salt, attemptId: randomBytes(16).toString("base64url") });
  }

  /** Compares, and counts the attempt if it was wrong: once, however often the call is repeated. */
  check(attempt: { attemptId: string; hash: string }): Outcome<null> {
    const kept = readPassword(this.#db);
    if (kept === undefined) return wrong;
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    if (isEqual(attempt.hash, kept.password.hash)) return done(null);
    const at = now();
    this.#db.transact((tx) => {
      tx.run("INSERT OR IGNORE INTO wrong_passwords (attempt_id, at) VALUES (?, ?)", attempt.attemptId, at);
      tx.run("DELETE FROM wrong_passwords WHERE at <= ?", at - timeouts.wrongPasswordWindowMs);
    });
    return wrong;
  }

  /** Whether this very attempt has changed the password already: then its answer was lost. */
  wasChangedBy(attemptId: string): boolean {
    return readPassword(this.#db)?.attemptId === attemptId;
  }

  change(tx: Transactor, attemptId: string, next: PasswordHash): void {
    tx.run("UPDATE account SET password = ?, password_attempt = ?", JSON.stringify(next), attemptId);
  }

  #refusal(): ReturnType<typeof refuse> | undefined {
    const rows = this.#db.all<{ at: number }>("SELECT at FROM wrong_passwords ORDER BY at");
    const decision = decideAttempt({ wrongAt: rows.map((row) => row.at), now: now() });
    return decision.do === "compare"
      ? undefined
      : refuse("rate_limited", "Too many wrong passwords; wait a while", decision.retryAfterMs);
  }
}

const wrong = refuse("unauthenticated", "The handle or the password is wrong");

function readPassword(db: Reader): { handle: string; password: PasswordHash; attemptId: string | null } | undefined {
  const row = db.first<{ handle: string; password: string; password_attempt: string | null }>(
    "SELECT handle, password, password_attempt FROM account",
  );
  if (row === undefined) return undefined;
  return { handle: row.handle, password: JSON.parse(row.password) as PasswordHash, attemptId: row.password_attempt };
}

function isEqual(given: string, kept: string): boolean {
  const a = Buffer.from(given, "hex");
  const b = Buffer.from(kept, "hex");
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}
