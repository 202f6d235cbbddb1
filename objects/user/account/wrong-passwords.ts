/**
 * Owns the counts of wrong passwords: one of all strangers together, one of each address, and one of each device that the account knows.
 * So a stranger's guesses lock out strangers only. Each wrong password is a row; full counts admit no more, so they bound the rows.
 */
import { decideAttempt, type WrongCount } from "../../../core/account/passwords.ts";
import { refuse } from "../../../schema/errors.ts";
import { batches, timeouts, wrongPasswords } from "../../../schema/limits.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Reader, Transactor } from "../../shared/platform/database.ts";
import type { AttemptBy } from "../../contract/account/passwords.ts";

/**
 * Who tries. `stranger`: not known to the account; `address` is a keyed hash, empty where there is none. `known`: a device that shows
 * a device secret of this account. `signed in`: a device with a session. `decoy`: a stranger who tries a handle that nobody has.
 */
export type Guesser =
  | { is: "stranger"; address: string }
  | { is: "known"; secretId: string }
  | { is: "signed in"; secretId: string }
  | { is: "decoy"; handleKey: string; address: string };

export function decoyBy(handleKey: string, by: AttemptBy): Guesser {
  return { is: "decoy", handleKey, address: by.address ?? "" };
}

type Row = { at: number; address: string };

/** Subjects of all known devices begin so. */
const known = "device ";

export class WrongPasswords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Refuses where a count is full. An attempt that was counted before is not refused for it: its answer was lost, and it is repeated. */
  refusal(by: Guesser, attemptId?: string): ReturnType<typeof refuse> | undefined {
    if (attemptId !== undefined && this.#isCounted(by, attemptId)) return undefined;
    const decision = decideAttempt(this.#counts(by), now());
    return decision.do === "compare"
      ? undefined
      : refuse("rate_limited", "Too many wrong passwords; wait a while", decision.retryAfterMs);
  }

  /** Counts a wrong password, once, however often the call is repeated. */
  count(by: Guesser, attemptId: string): void {
    const at = now();
    this.#db.transact((tx) => {
      tx.run(
        "INSERT OR IGNORE INTO wrong_passwords (subject, attempt_id, address, at) VALUES (?, ?, ?, ?)",
        subjectOf(by),
        attemptId,
        addressOf(by),
        at,
      );
      forget(tx, at);
    });
  }

  /** What was counted before it was judged turned out to be right. */
  takeBack(by: Guesser, attemptId: string): void {
    this.#db.transact((tx) => {
      tx.run("DELETE FROM wrong_passwords WHERE subject = ? AND attempt_id = ?", subjectOf(by), attemptId);
    });
  }

  #isCounted(by: Guesser, attemptId: string): boolean {
    const row = this.#db.first(
      "SELECT 1 FROM wrong_passwords WHERE subject = ? AND attempt_id = ?",
      subjectOf(by),
      attemptId,
    );
    return row !== undefined;
  }

  #counts(by: Guesser): WrongCount[] {
    const rows = this.#db.all<Row>("SELECT at, address FROM wrong_passwords WHERE subject = ?", subjectOf(by));
    const own = { wrongAt: timesOf(rows), max: wrongPasswords.max, windowMs: timeouts.wrongPasswordWindowMs };
    if (by.is === "signed in") return [own];
    if (by.is === "known") return [own, knownCount(this.#db)];
    const address = addressOf(by);
    if (address === "") return [own];
    const fromThere = timesOf(rows.filter((row) => row.address === address));
    return [own, { wrongAt: fromThere, max: wrongPasswords.perAddressMax, windowMs: timeouts.wrongAddressWindowMs }];
  }
}

/** The count of all devices with a device secret together: somebody who collects many such secrets gets no more guesses than this. */
function knownCount(db: Reader): WrongCount {
  const rows = db.all<Row>("SELECT at, address FROM wrong_passwords WHERE subject >= ? AND subject < ?", known, "e");
  return { wrongAt: timesOf(rows), max: wrongPasswords.knownDevicesMax, windowMs: timeouts.wrongPasswordWindowMs };
}

function subjectOf(by: Guesser): string {
  switch (by.is) {
    case "stranger":
      return "";
    case "known":
    case "signed in":
      return `${known}${by.secretId}`;
    case "decoy":
      return `handle ${by.handleKey}`;
  }
}

function addressOf(by: Guesser): string {
  return "address" in by ? by.address : "";
}

function timesOf(rows: readonly Row[]): number[] {
  return rows.map(({ at }) => at).sort((a, b) => a - b);
}

/** Deletes the rows that no count looks at any more, and the oldest where there are too many. Only guesses at handles that nobody has can be so many. */
function forget(tx: Transactor, at: number): void {
  tx.run(
    "DELETE FROM wrong_passwords WHERE at <= ? OR (address = '' AND at <= ?)",
    at - timeouts.wrongAddressWindowMs,
    at - timeouts.wrongPasswordWindowMs,
  );
  const rows = tx.first<{ n: number }>("SELECT COUNT(*) AS n FROM wrong_passwords")?.n ?? 0;
  if (rows <= batches.wrongPasswordRowsMax) return;
  tx.run(
    "DELETE FROM wrong_passwords WHERE at <= (SELECT at FROM wrong_passwords ORDER BY at LIMIT 1 OFFSET ?)",
    rows - batches.wrongPasswordRowsMax - 1,
  );
}
