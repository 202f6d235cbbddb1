/**
 * Owns the password: its hash, what a caller needs to compute one for comparison, and the judging of attempts. The hashing itself
 * is done by the gateway; the comparing and the counting here, one at a time, so that no burst of guesses gets past the limit.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Database, Reader, Transactor } from "../../shared/platform/database.ts";
import type { PasswordChallenge, PasswordHash } from "../contract.ts";
import { type Guesser, WrongPasswords } from "./wrong-passwords.ts";

export class Credentials {
  readonly #db: Database;
  readonly #wrong: WrongPasswords;

  constructor(db: Database) {
    this.#db = db;
    this.#wrong = new WrongPasswords(db);
  }

  /** `handle`: by which the account was found; undefined where the caller is signed in. */
  challenge(handle: string | undefined, by: Guesser): Outcome<PasswordChallenge> {
    const kept = readPassword(this.#db);
    if (kept === undefined || (handle !== undefined && kept.handle !== handle)) return notFound;
    const refusal = this.#wrong.refusal(by);
    if (refusal !== undefined) return refusal;
    const { algorithm, n, r, p, salt } = kept.password;
    return done({ algorithm, n, r, p, salt, attemptId: newAttemptId() });
  }

  /** Compares, and counts the attempt if it was wrong: once, however often the call is repeated. */
  check(attempt: { attemptId: string; hash: string }, by: Guesser): Outcome<null> {
    const kept = readPassword(this.#db);
    if (kept === undefined) return wrong;
    const refusal = this.#wrong.refusal(by, attempt.attemptId);
    if (refusal !== undefined) return refusal;
    if (this.isRight(attempt.hash)) return done(null);
    this.#wrong.count(by, attempt.attemptId);
    return wrong;
  }

  /** Whether it is the password's hash; counts nothing. */
  isRight(hash: string): boolean {
    const kept = readPassword(this.#db);
    return kept !== undefined && isEqual(hash, kept.password.hash);
  }

  /** For a handle that nobody has: the same answers as where somebody has it and the password is wrong. */
  challengeDecoy(by: Guesser): Outcome<{ attemptId: string }> {
    return this.#wrong.refusal(by) ?? done({ attemptId: newAttemptId() });
  }

  failDecoy(attemptId: string, by: Guesser): Outcome<null> {
    const refusal = this.#wrong.refusal(by, attemptId);
    if (refusal !== undefined) return refusal;
    this.#wrong.count(by, attemptId);
    return wrong;
  }

  /** Whether this very attempt has changed the password already: then its answer was lost. */
  wasChangedBy(attemptId: string): boolean {
    return readPassword(this.#db)?.attemptId === attemptId;
  }

  change(tx: Transactor, attemptId: string, next: PasswordHash): void {
    tx.run("UPDATE account SET password = ?, password_attempt = ?", JSON.stringify(next), attemptId);
  }
}

const wrong = refuse("unauthenticated", "The handle or the password is wrong");

function newAttemptId(): string {
  return randomBytes(16).toString("base64url");
}

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
