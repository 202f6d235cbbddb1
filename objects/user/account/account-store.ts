/** Owns the SQL of the account itself, which is one row, and the reading of blocks. */
import type { UserId } from "../../../schema/ids.ts";
import { type Settings, settings, settingsDefault } from "../../../schema/http/account/me.ts";
import type { User } from "../../../schema/wire/user.ts";
import type { Avatar } from "../../contract/uploads.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";
import type { PasswordHash } from "../../contract/account/passwords.ts";

export type AccountRow = {
  createdAt: number;
  handle: string;
  name: string;
  bio: string;
  settings: Settings;
  /** When the copy that conversations keep of this user last changed; rises with every change. */
  changedAt: number;
  /** The picture that others see. */
  avatar: Avatar | null;
};

type Columns = {
  created_at: number;
  handle: string;
  name: string;
  bio: string;
  settings: string;
  changed_at: number;
  avatar: string | null;
};

/** The account, or undefined where nobody signed up. */
export function readAccount(db: Reader): AccountRow | undefined {
  const row = db.first<Columns>("SELECT created_at, handle, name, bio, settings, changed_at, avatar FROM account");
  if (row === undefined) return undefined;
  return {
    createdAt: row.created_at,
    handle: row.handle,
    name: row.name,
    bio: row.bio,
    settings: settingsOf(row.settings),
    changedAt: row.changed_at,
    avatar: row.avatar === null ? null : (JSON.parse(row.avatar) as Avatar),
  };
}

/** A setting that is newer than the stored text has its default. */
export function settingsOf(text: string): Settings {
  return settings.parse({ ...settingsDefault, ...JSON.parse(text) });
}

/** The public profile of an account. */
export function userOf(
  id: UserId,
  { handle, name, bio, avatar }: Pick<AccountRow, "handle" | "name" | "bio"> & { avatar?: Avatar | null },
): User {
  return { id, handle, name, bio, avatarUrl: avatar?.url ?? null };
}

export function insertAccount(tx: Transactor, account: Omit<AccountRow, "avatar">, password: PasswordHash): void {
  tx.run(
    "INSERT INTO account (one, created_at, handle, name, bio, settings, changed_at, password) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
    account.createdAt,
    account.handle,
    account.name,
    account.bio,
    JSON.stringify(account.settings),
    account.changedAt,
    JSON.stringify(password),
  );
}

export function deleteAccount(tx: Transactor): void {
  tx.run("DELETE FROM account");
}

export function updateAccount(tx: Transactor, account: AccountRow): void {
  tx.run(
    "UPDATE account SET handle = ?, name = ?, bio = ?, settings = ?, changed_at = ?, avatar = ?",
    account.handle,
    account.name,
    account.bio,
    JSON.stringify(account.settings),
    account.changedAt,
    account.avatar === null ? null : JSON.stringify(account.avatar),
  );
}

/** Notes that blocks changed, which conversations keep, too. */
export function touchAccount(tx: Transactor, changedAt: number): void {
  tx.run("UPDATE account SET changed_at = ?", changedAt);
}

export function isBlocked(db: Reader, user: UserId): boolean {
  return db.first("SELECT 1 FROM blocks WHERE user_id = ?", user) !== undefined;
}

/** Whether one of these is blocked. */
export function isAnyBlocked(db: Reader, users: readonly UserId[]): boolean {
  const statement = "SELECT 1 FROM blocks WHERE user_id IN (SELECT value FROM json_each(?))";
  return users.length > 0 && db.first(statement, JSON.stringify(users)) !== undefined;
}

export function blockedIds(db: Reader): UserId[] {
  return db.all<{ user_id: UserId }>("SELECT user_id FROM blocks ORDER BY user_id").map((row) => row.user_id);
}
