/**
 * Owns the password: its hash, the parameters that a caller needs to compute one, and the judging of attempts. The gateway hashes;
 * this object compares and counts, one attempt at a time, so that no burst of guesses gets past the limit.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { DeviceId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Reader, Transactor } from "../../shared/platform/database.ts";
import type { PasswordChallenge, PasswordChange, PasswordHash } from "../../contract/account/passwords.ts";
import { type Guesser, WrongPasswords } from "./wrong-passwords.ts";

export class Credentials {
  readonly #db: Database;
  readonly #wrong: WrongPasswords;

  constructor(db: Database) {
    this.#db = db;
    this.#wrong = new WrongPasswords(db);
  }

  /** `handle`: by which the account was found; undefined where the caller is signed in, on `device`. */
  challenge(handle: string | undefined, by: Guesser, device?: DeviceId): Outcome<PasswordChallenge> {
    const kept = readPassword(this.#db);
    if (kept === undefined || (handle !== undefined && kept.handle !== handle)) return notFound;
    const refusal = this.#wrong.refusal(by);
    if (refusal !== undefined) return refusal;
    const { algorithm, n, r, p, salt } = kept.password;
    const challenge: PasswordChallenge = { algorithm, n, r, p, salt, attemptId: newAttemptId() };
    return done(this.isChangedOfLateBy(device) ? { ...challenge, isChangedOfLate: true } : challenge);
  }

  /**
   * Compares, and counts the attempt if it was wrong: once, however often the call is repeated. `again`: another hash that may be the
   * password's, where the attempt may be one that has succeeded before.
   */
  check(
    { attemptId, hash, again }: { attemptId: string; hash: string; again?: string | undefined },
    by: Guesser,
  ): Outcome<"hash" | "again"> {
    if (readPassword(this.#db) === undefined) return wrong;
    const refusal = this.#wrong.refusal(by, attemptId);
    if (refusal !== undefined) return refusal;
    if (this.isRight(hash)) return done("hash");
    if (again !== undefined && this.isRight(again)) return done("again");
    this.#wrong.count(by, attemptId);
    return wrong;
  }

  /** Refuses where a count of wrong passwords is full. An attempt that was counted before is not refused for it. */
  refusal(by: Guesser, attemptId?: string): ReturnType<typeof refuse> | undefined {
    return this.#wrong.refusal(by, attemptId);
  }

  /** Counts something else that was guessed wrong with the right password, or while signed in. */
  countWrong(by: Guesser, attemptId: string): void {
    this.#wrong.count(by, attemptId);
  }

  /**
   * Counts a guess that another object judges, before it is judged: so of many guesses at the same moment no more are judged than one after the other. A right one is
   * taken back.
   */
  countAhead(by: Guesser, attemptId: string): ReturnType<typeof refuse> | undefined {
    const refusal = this.#wrong.refusal(by, attemptId);
    if (refusal === undefined) this.#wrong.count(by, attemptId);
    return refusal;
  }

  takeBack(by: Guesser, attemptId: string): void {
    this.#wrong.takeBack(by, attemptId);
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

  /** Whether this device has changed the password so lately that it may not have received the answer. */
  isChangedOfLateBy(device: DeviceId | undefined): boolean {
    const kept = readPassword(this.#db);
    return device !== undefined && kept?.changedBy === device && now() - kept.changedAt <= timeouts.passwordRepeatMs;
  }

  /** Whether there is a password: an imported account has none at first. */
  isSet(): boolean {
    return (readPassword(this.#db)?.password.hash ?? "") !== "";
  }

  set(tx: Transactor, password: PasswordHash): void {
    tx.run("UPDATE account SET password = ?", JSON.stringify(password));
  }

  change(tx: Transactor, { attemptId, next }: PasswordChange, by: DeviceId): void {
    tx.run(
      "UPDATE account SET password = ?, password_attempt = ?, password_changed_by = ?, password_changed_at = ?",
      JSON.stringify(next),
      attemptId,
      by,
      now(),
    );
  }
}

/** What no password has as its hash, with what a hash is computed by, so that an attempt takes as long as any other. */
export function unsetPassword(): PasswordHash {
  return { algorithm: "scrypt", n: 16_384, r: 8, p: 5, salt: randomBytes(16).toString("hex"), hash: "" };
}

const wrong = refuse("unauthenticated", "the handle or the password is wrong");

function newAttemptId(): string {
  return randomBytes(16).toString("base64url");
}

type Kept = {
  handle: string;
  password: PasswordHash;
  /** The attempt that set the password, its device and its time; null and 0 where that was the sign-up. */
  attemptId: string | null;
  changedBy: string | null;
  changedAt: number;
};

type Columns = {
  handle: string;
  password: string;
  password_attempt: string | null;
  password_changed_by: string | null;
  password_changed_at: number;
};

function readPassword(db: Reader): Kept | undefined {
  const row = db.first<Columns>(
    "SELECT handle, password, password_attempt, password_changed_by, password_changed_at FROM account",
  );
  if (row === undefined) return undefined;
  return {
    handle: row.handle,
    password: JSON.parse(row.password) as PasswordHash,
    attemptId: row.password_attempt,
    changedBy: row.password_changed_by,
    changedAt: row.password_changed_at,
  };
}

function isEqual(given: string, kept: string): boolean {
  const a = Buffer.from(given, "hex");
  const b = Buffer.from(kept, "hex");
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}
