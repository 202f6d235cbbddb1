/** Owns the SQL of contacts and blocks. */
import type { UserId } from "../../../schema/ids.ts";
import type { User } from "../../../schema/wire/user.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";

/** `putAt`: this user put them; `putsAt`: they put this user. A row with neither is kept for its stamps. */
export type ContactRow = {
  face: User;
  madeAt: number;
  putAt: number | null;
  putStamp: number;
  putsAt: number | null;
  putsStamp: number;
};

export type BlockRow = { face: User; madeAt: number };

export type Page<R> = { rows: R[]; cursor: string | null };

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

export function writeContact(tx: Transactor, row: ContactRow): void {
  tx.run(
    "INSERT OR REPLACE INTO contacts (user_id, face, made_at, put_at, put_stamp, puts_at, puts_stamp) VALUES (?, ?, ?, ?, ?, ?, ?)",
    row.face.id,
    JSON.stringify(row.face),
    row.madeAt,
    row.putAt,
    row.putStamp,
    row.putsAt,
    row.putsStamp,
  );
}

export function refreshFace(tx: Transactor, table: "contacts" | "blocks", face: User): void {
  tx.run(`UPDATE ${table} SET face = ? WHERE user_id = ?`, JSON.stringify(face), face.id);
}

export function countRows(db: Reader, what: "blocks" | "contacts WHERE put_at IS NOT NULL"): number {
  return db.first<{ n: number }>(`SELECT COUNT(*) AS n FROM ${what}`)?.n ?? 0;
}

/** Leaves out the rows that core/contacts.ts would not show, so that pages are full. Null = the cursor is none of ours. */
export function contactsPage(db: Reader, cursor: string | undefined, limit: number): Page<ContactRow> | null {
  const after = readCursor(cursor);
  if (after === null) return null;
  const rows = db.all<Columns>(
    `SELECT * FROM contacts
     WHERE (put_at IS NOT NULL OR (puts_at IS NOT NULL AND user_id NOT IN (SELECT user_id FROM blocks)))
       AND (made_at < ?1 OR (made_at = ?1 AND user_id > ?2))
     ORDER BY made_at DESC, user_id LIMIT ?3`,
    after.madeAt,
    after.userId,
    limit + 1,
  );
  return pageOf(rows.map(contactRow), limit);
}

export function blocksPage(db: Reader, cursor: string | undefined, limit: number): Page<BlockRow> | null {
  const after = readCursor(cursor);
  if (after === null) return null;
  const rows = db.all<{ face: string; made_at: number }>(
    "SELECT face, made_at FROM blocks WHERE made_at < ?1 OR (made_at = ?1 AND user_id > ?2) ORDER BY made_at DESC, user_id LIMIT ?3",
    after.madeAt,
    after.userId,
    limit + 1,
  );
  return pageOf(
    rows.map((row) => ({ face: JSON.parse(row.face) as User, madeAt: row.made_at })),
    limit,
  );
}

function contactRow(row: Columns): ContactRow {
  return {
    face: JSON.parse(row.face) as User,
    madeAt: row.made_at,
    putAt: row.put_at,
    putStamp: row.put_stamp,
    putsAt: row.puts_at,
    putsStamp: row.puts_stamp,
  };
}

function pageOf<R extends { face: User; madeAt: number }>(rows: R[], limit: number): Page<R> {
  const page = rows.slice(0, limit);
  const end = page.at(-1);
  return { rows: page, cursor: rows.length > limit && end !== undefined ? `${end.madeAt}.${end.face.id}` : null };
}

function readCursor(cursor: string | undefined): { madeAt: number; userId: UserId | "" } | null {
  if (cursor === undefined) return { madeAt: Number.MAX_SAFE_INTEGER, userId: "" };
  const match = /^([0-9]{1,15})\.([A-Za-z0-9_.-]{1,64})$/.exec(cursor);
  return match === null ? null : { madeAt: Number(match[1]), userId: match[2] as UserId };
}
