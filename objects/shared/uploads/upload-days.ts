/** Owns how many bytes are declared in uploads of a day (UTC): in a user's object by the user, in a conversation by all members. One row or none. */
import { dayOf, msUntilNextDay } from "../../../core/meters/day-quota.ts";
import { type Refusal, refuse } from "../../../schema/errors.ts";
import { uploadLimits } from "../../../schema/bounds/uploads.ts";
import { now } from "../platform/clock.ts";
import type { Transactor } from "../platform/database.ts";
import type { Env } from "../platform/env.ts";

/** What a user may declare in a day: UPLOAD_QUOTA_BYTES, or the built-in number where that is none. */
export function uploadQuotaOf(env: Pick<Env, "UPLOAD_QUOTA_BYTES">): number {
  const set = env.UPLOAD_QUOTA_BYTES ?? "";
  return /^[0-9]{1,15}$/.test(set) ? Number(set) : uploadLimits.uploadBytesPerDay;
}

/** Counts bytes on today's quota, in the transaction that needs them; or why there are too many. */
export function chargeDay(tx: Transactor, bytes: number, max: number): { day: number } | { refusal: Refusal } {
  const day = dayOf(now());
  const used = usedOf(tx, day);
  // No day has room for it, so no wait helps.
  if (bytes > max) return { refusal: refuse("too_large", `bytes: at most ${max} may be uploaded in a day`).refusal };
  if (used + bytes > max) {
    const detail = "so much was uploaded today that this has to wait until tomorrow (UTC)";
    return { refusal: refuse("rate_limited", detail, msUntilNextDay(now())).refusal };
  }
  write(tx, day, used + bytes);
  return { day };
}

/** Gives bytes back that were counted on the quota of `day`, if that is today. */
export function refundDay(tx: Transactor, bytes: number, day: number): void {
  if (day !== dayOf(now()) || bytes <= 0) return;
  write(tx, day, Math.max(0, usedOf(tx, day) - bytes));
}

function usedOf(tx: Transactor, day: number): number {
  const row = tx.first<{ day: number; bytes: number }>("SELECT day, bytes FROM upload_days");
  return row?.day === day ? row.bytes : 0;
}

function write(tx: Transactor, day: number, bytes: number): void {
  tx.run(
    "INSERT INTO upload_days (one, day, bytes) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET day = excluded.day, bytes = excluded.bytes",
    day,
    bytes,
  );
}
