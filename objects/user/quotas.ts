/** Owns how often this user may change what others have to be told of: token buckets that outlive the object's sleep, a row each. */
import { takeTokens } from "../../core/token-bucket.ts";
import { type Outcome, refuse } from "../../schema/errors.ts";
import { rates } from "../../schema/limits.ts";
import { now } from "../shared/clock.ts";
import type { Reader, Transactor } from "../shared/database.ts";
import type { Env } from "../shared/env.ts";

export const quotaTables = `
  CREATE TABLE quotas (name TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

type Name = "profileChangesPerUser" | "handleChangesPerUser" | "peopleChangesPerUser";
type Refused = Extract<Outcome<never>, { ok: false }>;

export class Quotas {
  readonly #isOff: boolean;

  constructor(env: Pick<Env, "PARLEY_RATE_LIMITS">) {
    this.#isOff = env.PARLEY_RATE_LIMITS === "off";
  }

  /** Takes one, in the transaction of the change; a refusal, and nothing taken, where there is none. */
  take(tx: Transactor, name: Name): Refused | undefined {
    if (this.#isOff) return undefined;
    const { bucket, waitMs } = taking(tx, name);
    if (waitMs > 0) return refused(waitMs);
    tx.run(
      "INSERT INTO quotas (name, tokens, at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET tokens = excluded.tokens, at = excluded.at",
      name,
      bucket.tokens,
      bucket.at,
    );
    return undefined;
  }

  /** Whether there is one, before work is begun that could not be kept. */
  look(db: Reader, name: Name): Refused | undefined {
    const waitMs = this.#isOff ? 0 : taking(db, name).waitMs;
    return waitMs > 0 ? refused(waitMs) : undefined;
  }
}

function taking(db: Reader, name: Name): ReturnType<typeof takeTokens> {
  const bucket = db.first<{ tokens: number; at: number }>("SELECT tokens, at FROM quotas WHERE name = ?", name);
  return takeTokens(bucket, rates[name], now());
}

function refused(waitMs: number): Refused {
  return refuse("rate_limited", "this was changed too often of late", waitMs);
}
