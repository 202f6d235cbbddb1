/**
 * Owns the links that wait for an approval. They wait in objects that are nobody's, a fixed number of them, found by the code: who begins a link has no account
 * yet, and a made-up code must make no object. Codes and secrets are kept as keyed hashes, and rows are deleted when their time is over.
 */
import { linkAnswer, type LinkState, maySettle } from "../../../core/account/links.ts";
import { securityBounds } from "../../../schema/bounds/security.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { DeviceLabel } from "../../../schema/http/account/accounts.ts";
import type { RoughPlace } from "../../../schema/http/account/session-links.ts";
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import type { SecurityAnswers, SecurityAsk } from "../../contract/account/security.ts";
import type { AlarmHandlers, Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader } from "../../shared/platform/database.ts";
import type { UserDatabase } from "../effects.ts";

type Row = {
  secret: string;
  link: string;
  device: string;
  place: string;
  made_at: number;
  until: number;
  is_declined: number;
  approved_by: string | null;
};

type Ask<Do extends SecurityAsk["do"]> = SecurityAsk & { do: Do };

const alarmName = "links";

export class LinkDesk {
  readonly #db: UserDatabase;
  readonly #alarms: Alarms;
  readonly alarmHandlers: AlarmHandlers = { [alarmName]: () => this.#forget() };

  constructor(db: UserDatabase, alarms: Alarms) {
    this.#db = db;
    this.#alarms = alarms;
  }

  begin({ code, secret, link, device, place }: Ask<"begin link">): Outcome<SecurityAnswers["begin link"]> {
    return this.#db.transact((tx): Outcome<{ until: TimeMs }> => {
      const at = now();
      tx.run("DELETE FROM links WHERE until <= ?", at);
      const before = rowOf(tx, code);
      // The same call again, or two links that drew the same code.
      if (before !== undefined)
        return before.link === link ? done({ until: before.until }) : refuse("unavailable", "draw another code");
      const rows = tx.first<{ n: number }>("SELECT COUNT(*) AS n FROM links")?.n ?? 0;
      if (rows >= securityBounds.linksPerDesk) return busy;
      const until = at + securityBounds.linkMs;
      tx.run(
        "INSERT INTO links (code, secret, link, device, place, made_at, until, is_declined) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        code,
        secret,
        link,
        JSON.stringify(device),
        JSON.stringify(place),
        at,
        until,
      );
      if (this.#alarms.get(alarmName) === undefined) this.#alarms.set(tx, alarmName, until);
      return done({ until });
    });
  }

  /** For a user who may still settle it: nobody else learns anything of a link that was settled. */
  look({ code, by }: Ask<"look at link">): Outcome<SecurityAnswers["look at link"]> {
    const row = rowOf(this.#db, code);
    if (row === undefined || !maySettle(stateOf(row), by, now())) return notFound;
    return done({
      link: row.link,
      device: JSON.parse(row.device) as DeviceLabel,
      place: JSON.parse(row.place) as RoughPlace,
      createdAt: row.made_at,
      expiresAt: row.until,
    });
  }

  settle({ code, by, isApproved }: Ask<"settle link">): Outcome<null> {
    return this.#db.transact((tx): Outcome<null> => {
      const row = rowOf(tx, code);
      if (row === undefined || !maySettle(stateOf(row), by, now())) return notFound;
      tx.run(
        "UPDATE links SET is_declined = ?, approved_by = ? WHERE code = ?",
        isApproved ? 0 : 1,
        isApproved ? by : null,
        code,
      );
      return done(null);
    });
  }

  claim({ code, secret }: Ask<"claim link">): Outcome<SecurityAnswers["claim link"]> {
    const found = rowOf(this.#db, code);
    const row = found?.secret === secret ? found : undefined;
    const state = row === undefined ? undefined : stateOf(row);
    switch (linkAnswer(state, now())) {
      case "unknown":
        return notFound;
      case "declined":
        return refuse("forbidden", "the other device has refused");
      case "waiting":
        return done({ do: "wait", until: row?.until ?? 0 });
      case "approved":
        return row?.approved_by == null
          ? notFound
          : done({
              do: "open",
              userId: row.approved_by as UserId,
              link: row.link,
              device: JSON.parse(row.device) as DeviceLabel,
            });
    }
  }

  #forget(): void {
    this.#db.transact((tx) => {
      tx.run("DELETE FROM links WHERE until <= ?", now());
      this.#alarms.clear(tx, alarmName);
      const next = tx.first<{ until: number | null }>("SELECT MIN(until) AS until FROM links")?.until ?? null;
      if (next !== null) this.#alarms.set(tx, alarmName, next);
    });
  }
}

const busy = refuse("rate_limited", "too many devices are being linked at this moment", 10_000);

function rowOf(db: Reader, code: string): Row | undefined {
  return db.first<Row>("SELECT * FROM links WHERE code = ?", code);
}

function stateOf(row: Row): LinkState {
  return { until: row.until, isDeclined: row.is_declined === 1, approvedBy: row.approved_by };
}
