/**
 * Owns which devices are new to which. A device is new to those that were signed in before it, until one of these says that the user knows it. So a thief's
 * device neither shows nor ends its own notice. One that was signed out while it was new is new again, whatever device secret it shows.
 */
import { securityBounds } from "../../../../schema/bounds/security.ts";
import type { DeviceId, TimeMs } from "../../../../schema/ids.ts";
import type { NewDevice } from "../../../../schema/security/new-devices.ts";
import type { Reader, Transactor } from "../../../shared/platform/database.ts";

export type { NewDevice };

type Row = { id: DeviceId; name: string; platform: string; created_at: number };

/** The new devices that this one is to show, oldest first. One that came back, by its device secret, was there before all of them. */
export function newDevices(db: Reader, to: DeviceId): NewDevice[] {
  const rows = db.all<Row>(
    `SELECT other.device_id AS id, other.name, other.platform, other.created_at
     FROM devices AS own JOIN devices AS other ON other.device_id <> own.device_id
     WHERE own.device_id = ? AND other.is_new = 1
       AND (other.created_at > own.created_at OR (own.secret_id IS NOT NULL AND own.is_new = 0))
     ORDER BY other.created_at, other.device_id`,
    to,
  );
  return rows.map(({ id, name, platform, created_at }) => ({ id, name, platform, createdAt: created_at }));
}

export function isNewTo(db: Reader, to: DeviceId, device: DeviceId): boolean {
  return newDevices(db, to).some(({ id }) => id === device);
}

export function isUnfamiliar(db: Reader, secretId: string): boolean {
  return db.first("SELECT 1 FROM unfamiliar WHERE secret_id = ?", secretId) !== undefined;
}

/** A device is signed out of which nobody has said that they know it. */
export function noteUnfamiliar(tx: Transactor, secretId: string, at: TimeMs): void {
  tx.run("INSERT OR REPLACE INTO unfamiliar (secret_id, at) VALUES (?, ?)", secretId, at);
  tx.run(
    "DELETE FROM unfamiliar WHERE secret_id NOT IN (SELECT secret_id FROM unfamiliar ORDER BY at DESC, secret_id LIMIT ?)",
    securityBounds.unfamiliarDevicesMax,
  );
}

export function forgetUnfamiliar(tx: Transactor, secretId: string): void {
  tx.run("DELETE FROM unfamiliar WHERE secret_id = ?", secretId);
}
