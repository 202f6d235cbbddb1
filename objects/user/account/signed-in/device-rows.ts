/** Owns the rows of the devices that are signed in. */
import type { DeviceId, TimeMs } from "../../../../schema/ids.ts";
import type { Reader } from "../../../shared/platform/database.ts";

export type DeviceRow = {
  device_id: DeviceId;
  name: string;
  platform: string;
  created_at: number;
  last_active_at: number;
  /** 256 random bits; with TOKEN_SECRET and a generation they make a refresh token, alone they make none. */
  seed: string;
  generation: number;
  /** When the newest tokens were handed out, and the user as the answer then showed them. */
  answered_at: number;
  answered_user: string;
  /** The newest answer to a refresh, readable only with the token that asked for it; null before the first refresh. */
  answer: string | null;
  /** The newest generation of which something was used. */
  used_generation: number;
  /** The id in the device secret, if the device came with one; else the device's own. */
  secret_id: string | null;
  /** 1: nobody has said yet that they know the device. */
  is_new: number;
};

export function deviceRow(db: Reader, device: DeviceId): DeviceRow | undefined {
  return db.first<DeviceRow>("SELECT * FROM devices WHERE device_id = ?", device);
}

export function isSignedIn(db: Reader, device: DeviceId): boolean {
  return db.first("SELECT 1 FROM devices WHERE device_id = ?", device) !== undefined;
}

/** When the newest device was made; 0 where there is none. */
export function newestDeviceAt(db: Reader): TimeMs {
  return db.first<{ at: number | null }>("SELECT MAX(created_at) AS at FROM devices")?.at ?? 0;
}

/** The id by which the account knows the device over sign-outs: that of the device secret that it came with, or its own. */
export function secretIdOf(row: DeviceRow): string {
  return row.secret_id ?? row.device_id;
}
