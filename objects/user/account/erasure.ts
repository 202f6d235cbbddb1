/**
 * Owns the erasing of the account. One transaction removes everything about the person from this object, and leaves a row that notes
 * that this id was erased. For each copy elsewhere (the directory, conversations, other people's contacts) it makes a task, which is repeated until it is done. So a
 * crash at any moment leaves either the whole account, or none of it and the tasks.
 */
import { reachNow } from "../../shared/archive/fault-points.ts";
import { now } from "../../shared/platform/clock.ts";
import type { UserTransactor } from "../effects.ts";
import type { Erased } from "./erased.ts";
import type { UserUploads } from "../uploads/user-uploads.ts";
import type { UserTasks } from "../user-tasks.ts";
import { readAccount } from "./account-store.ts";
import type { Devices } from "./devices.ts";
import { nextStamp } from "./profile.ts";

/**
 * Tables that stay: the migrations, the alarms and tasks, the note of the erasure, the objects in R2 that are still to be deleted, and the ids of watchers and watched users, which lapse within minutes.
 * All other tables are emptied, also those of later migrations.
 */
const kept = [
  "migrations",
  "alarms",
  "tasks",
  "erased",
  "inbox_epoch",
  "telling_walk",
  "watchers",
  "watch_sets",
  "watch_leases",
  "media_gone",
];
/** Tasks that stay if they were requested before. All others would send what no longer exists. */
const keptTasks = ["deviceRevoked", "releaseHandle"];

/** Erases the account, in the transaction that has checked the owner's password. */
export function eraseAccount(
  tx: UserTransactor,
  {
    devices,
    erased,
    requests,
    uploads,
  }: { devices: Devices; erased: Erased; requests: UserTasks; uploads: Pick<UserUploads, "erase"> },
): void {
  const account = readAccount(tx);
  if (account === undefined) return;
  const changedAt = nextStamp(tx);
  const ids = (statement: string): string[] => tx.all<{ id: string }>(statement).map((row) => row.id);
  const conversations = ids("SELECT conversation_id AS id FROM inbox");
  const contacts = ids("SELECT user_id AS id FROM contacts");
  devices.revokeAll(tx);
  uploads.erase(tx, account.avatar);
  tx.run("DELETE FROM tasks WHERE kind NOT IN (SELECT value FROM json_each(?))", JSON.stringify(keptTasks));
  const tables = tx.all<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE '!_cf!_%' ESCAPE '!'
     AND name NOT IN (SELECT value FROM json_each(?))`,
    JSON.stringify(kept),
  );
  for (const { name } of tables) tx.run(`DELETE FROM "${name}"`);
  tx.run("INSERT INTO erased (one, at, changed_at) VALUES (1, ?, ?)", now(), changedAt);
  erased.reload();
  requests.request(tx, "releaseHandle", [account.handle]);
  requests.request(tx, "profile", [""]);
  requests.request(tx, "contact", contacts);
  requests.request(tx, "eraseFrom", conversations);
  tx.afterCommit({ do: "forget inbox" });
  reachNow("erasure: the account");
}
