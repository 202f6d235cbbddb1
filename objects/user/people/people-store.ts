/** Owns the SQL of contacts and blocks. */
import type { UserId } from "../../../schema/ids.ts";
import type { User } from "../../../schema/wire/user.ts";
import { listPage, type ListPage, numberedPlaceOf, type Place } from "../../shared/list-pages.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";

/** `putAt`: this user put them; `putsAt`: they put this user. A row with neither is kept for its stamps. */
export type ContactRow = {
  user: User;
  madeAt: number;
  putAt: number | null;
  putStamp: number;
  putsAt: number | null;
  putsStamp: number;
};

/** Of a blocked user only the id is stored: no object reports to this one that they have erased their account. */
export type BlockRow = { userId: UserId; madeAt: number };

/** The stamp of the last report about a user, which says that they have erased their account. */
export const erasedStamp = Number.MAX_SAFE_INTEGER;

type Columns = {
  user_id: string;
  face: string;
  made_at: number;
  put_at: number | null;
  put_stamp: number;
  puts_at: number | null;
  puts_stamp: number;
};

export function contactOf(db: Reader, user: string): ContactRow | undefined {
  const row = db.first<Columns>("SELECT * FROM contacts WHERE user_id = ?", user);
  return row === undefined ? undefined : contactRow(row);
}

/** Whether this user has put that one into their contacts. */
export function hasContact(db: Reader, user: UserId): boolean {
  return db.first("SELECT 1 FROM contacts WHERE user_id = ? AND put_at IS NOT NULL", user) !== undefined;
}

/** Those of these users who have put this user into their contacts, as far as it is known here. */
export function contactedBy(db: Reader, users: readonly UserId[]): UserId[] {
  const rows = db.all<{ user_id: UserId }>(
    "SELECT user_id FROM contacts WHERE puts_at IS NOT NULL AND user_id IN (SELECT value FROM json_each(?))",
    JSON.stringify(users),
  );
  return rows.map((row) => row.user_id);
}

export function writeContact(tx: Transactor, row: ContactRow): void {
  tx.run(
    "INSERT OR REPLACE INTO contacts (user_id, face, made_at, put_at, put_stamp, puts_at, puts_stamp) VALUES (?, ?, ?, ?, ?, ?, ?)",
    row.user.id,
    JSON.stringify(row.user),
    row.madeAt,
    row.putAt,
    row.putStamp,
    row.putsAt,
    row.putsStamp,
  );
}

export function refreshUser(tx: Transactor, user: User): void {
  tx.run("UPDATE contacts SET face = ? WHERE user_id = ?", JSON.stringify(user), user.id);
}

export function countRows(db: Reader, what: "blocks" | "contacts WHERE put_at IS NOT NULL"): number {
  return db.first<{ n: number }>(`SELECT COUNT(*) AS n FROM ${what}`)?.n ?? 0;
}

/** Leaves out the rows that core/account/contacts.ts would not show, so that pages are full. Null = the cursor is none of ours. */
export function contactsPage(db: Reader, cursor: string | undefined, limit: number): ListPage<ContactRow> | null {
  const after = numberedPlaceOf(cursor, newest);
  if (after === null) return null;
  const rows = db.all<Columns>(
    `SELECT * FROM contacts
     WHERE (put_at IS NOT NULL OR (puts_at IS NOT NULL AND user_id NOT IN (SELECT user_id FROM blocks)))
       AND (made_at < ?1 OR (made_at = ?1 AND user_id > ?2))
     ORDER BY made_at DESC, user_id LIMIT ?3`,
    after.by,
    after.id,
    limit + 1,
  );
  return listPage(rows.map(contactRow), limit, placeOf);
}

export function blocksPage(db: Reader, cursor: string | undefined, limit: number): ListPage<BlockRow> | null {
  const after = numberedPlaceOf(cursor, newest);
  if (after === null) return null;
  const rows = db.all<{ user_id: UserId; made_at: number }>(
    "SELECT user_id, made_at FROM blocks WHERE made_at < ?1 OR (made_at = ?1 AND user_id > ?2) ORDER BY made_at DESC, user_id LIMIT ?3",
    after.by,
    after.id,
    limit + 1,
  );
  return listPage(
    rows.map((row) => ({ userId: row.user_id, madeAt: row.made_at })),
    limit,
    ({ userId, madeAt }) => ({ by: madeAt, id: userId }),
  );
}

function contactRow(row: Columns): ContactRow {
  return {
    user: JSON.parse(row.face) as User,
    madeAt: row.made_at,
    putAt: row.put_at,
    putStamp: row.put_stamp,
    putsAt: row.puts_at,
    putsStamp: row.puts_stamp,
  };
}

/** Both lists have the newest row first. */
const newest: Place<number> = { by: Number.MAX_SAFE_INTEGER, id: "" };

function placeOf({ madeAt, user }: { user: User; madeAt: number }): Place<number> {
  return { by: madeAt, id: user.id };
}
