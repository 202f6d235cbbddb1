/** Owns limits on acts whose cost others bear: token buckets, each a row, so that they outlive the object's sleep. */
import { type Bucket, takeTokens, tokensOf } from "../../../core/meters/token-bucket.ts";
import { type Outcome, refuse } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import { rates } from "../../../schema/rates.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";

export const quotaTables = `
  CREATE TABLE quotas (name TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

type Name =
  | "profileChangesPerUser"
  | "handleChangesPerUser"
  | "peopleChangesPerUser"
  | "exportsPerUser"
  | "reportsPerUser"
  | "bringsKnownPerUser"
  | "bringsStrangersPerUser"
  | "broughtByOnePerUser"
  | "strangersPerUser"
  | "strangersMaxPerUser";
/** `of`: the person whose bucket it is, where each person has one. */
type Wanted = { count?: number; of?: UserId };
type Refused = Extract<Outcome<never>, { ok: false }>;

export class Quotas {
  readonly #env: Pick<Env, "PARLEY_RATE_LIMITS">;

  constructor(env: Pick<Env, "PARLEY_RATE_LIMITS">) {
    this.#env = env;
  }

  /** Takes tokens, in the transaction of the change. Answers a refusal, and takes none, where there are too few. */
  take(tx: Transactor, name: Name, wanted: Wanted = {}): Refused | undefined {
    if (areRatesOff(this.#env)) return undefined;
    const { bucket, waitMs } = taking(tx, name, wanted);
    if (waitMs > 0) return refused(name, wanted, waitMs);
    tx.run(
      "INSERT INTO quotas (name, tokens, at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET tokens = excluded.tokens, at = excluded.at",
      keyOf(name, wanted.of),
      bucket.tokens,
      bucket.at,
    );
    return undefined;
  }

  /** The refusal that `take` would answer, before work is begun that would be in vain. Takes nothing. */
  look(db: Reader, name: Name, wanted: Wanted = {}): Refused | undefined {
    const waitMs = areRatesOff(this.#env) ? 0 : taking(db, name, wanted).waitMs;
    return waitMs > 0 ? refused(name, wanted, waitMs) : undefined;
  }

  /** How many tokens there are. */
  tokens(db: Reader, name: Name): number {
    return tokensOf(bucketOf(db, name), rates[name], now());
  }

  /** Deletes the buckets of single people that are full again: a missing row counts as a full bucket. */
  sweep(tx: Transactor, name: Name): void {
    const fullAfterMs = (rates[name].burst / rates[name].perSecond) * 1000;
    tx.run("DELETE FROM quotas WHERE name > ? AND name < ? AND at < ?", `${name} `, `${name}!`, now() - fullAfterMs);
  }
}

function taking(db: Reader, name: Name, { count = 1, of }: Wanted): ReturnType<typeof takeTokens> {
  return takeTokens(bucketOf(db, name, of), rates[name], now(), count);
}

function bucketOf(db: Reader, name: Name, of?: UserId): Bucket | undefined {
  return db.first<Bucket>("SELECT tokens, at FROM quotas WHERE name = ?", keyOf(name, of));
}

function keyOf(name: Name, of: UserId | undefined): string {
  return of === undefined ? name : `${name} ${of}`;
}

/** What no full bucket has, no wait brings. */
function refused(name: Name, { count = 1 }: Wanted, waitMs: number): Refused {
  const { burst } = rates[name];
  if (count > burst) return refuse("too_large", `${count} at once: this may be done at most ${burst} times at once`);
  return refuse("rate_limited", "this was done too often lately", waitMs);
}
