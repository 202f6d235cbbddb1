/** Owns what this user's devices have approved: each approval signs one device in, within the link's two minutes. */
import type { DeviceId, TimeMs } from "../../../schema/ids.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";

/** Call in the transaction that signs a device out: what it approved a moment ago signs nobody in any more. */
export function dropApprovals(tx: Transactor, device: DeviceId): void {
  tx.run("DELETE FROM link_approvals WHERE by_device = ?", device);
}

/** Whether this very device has approved the link before, so that the call is a repeat. */
export function isApproved(db: Reader, link: string, by: DeviceId): boolean {
  return db.first("SELECT 1 FROM link_approvals WHERE link = ? AND by_device = ?", link, by) !== undefined;
}

export function approve(tx: Transactor, link: string, by: DeviceId, until: TimeMs): void {
  tx.run("DELETE FROM link_approvals WHERE until <= ?", now());
  tx.run(
    "INSERT OR IGNORE INTO link_approvals (link, by_device, until, is_opened) VALUES (?, ?, ?, 0)",
    link,
    by,
    until,
  );
}

/** What is to be done for the device that shows the link: sign it in; answer it again; or nothing. */
export function claim(tx: Transactor, link: string): "open" | "again" | "no" {
  const statement = "SELECT is_opened FROM link_approvals WHERE link = ? AND until > ?";
  const row = tx.first<{ is_opened: number }>(statement, link, now());
  if (row === undefined) return "no";
  if (row.is_opened === 1) return "again";
  tx.run("UPDATE link_approvals SET is_opened = 1 WHERE link = ?", link);
  return "open";
}
