/** Owns the SQL that reads the rows of some virtual shards from a directory database, copies them into another one, or deletes them. */
import { virtualShardOf } from "../../schema/tables/directory-shards.ts";

type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

/** By table: its columns, the order in which it is read, and the column whose value decides the virtual shard of a row. */
const tables = {
  handles: { columns: ["handle", "user_id", "claimed_at"], order: ["handle"], shardOf: "handle" },
  profiles: {
    columns: ["id", "handle", "name", "bio", "avatar_url", "changed_at", "reach", "blocks"],
    order: ["id"],
    shardOf: "id",
  },
  profile_words: { columns: ["user_id", "word"], order: ["user_id", "word"], shardOf: "user_id" },
} as const;

export type Table = keyof typeof tables;
export const tableNames = Object.keys(tables) as Table[];

/** Reads the next rows of a table, after the last one that was read. */
export function pageOf(table: Table, last: Row | undefined, rowsMax: number): string {
  const { columns, order } = tables[table];
  const behind =
    last === undefined ? "" : ` WHERE (${order.join(", ")}) > (${order.map((name) => literal(last[name])).join(", ")})`;
  return `SELECT ${columns.join(", ")} FROM ${table}${behind} ORDER BY ${order.join(", ")} LIMIT ${rowsMax}`;
}

export function ofShards(table: Table, rows: readonly Row[], shards: ReadonlySet<number>): Row[] {
  return rows.filter((row) => shards.has(virtualShardOf(String(row[tables[table].shardOf]))));
}

/** One statement for each row. If the copy is repeated, it replaces the rows by their present state. */
export function copying(table: Table, rows: readonly Row[]): string[] {
  const { columns } = tables[table];
  return rows.map(
    (row) =>
      `INSERT OR REPLACE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((name) => literal(row[name])).join(", ")});`,
  );
}

export function deleting(table: Table, rows: readonly Row[]): string[] {
  const { order } = tables[table];
  return rows.map(
    (row) => `DELETE FROM ${table} WHERE ${order.map((name) => `${name} = ${literal(row[name])}`).join(" AND ")};`,
  );
}

function literal(value: Value | undefined): string {
  if (value === undefined || value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
