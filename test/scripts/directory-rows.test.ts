/** The SQL that moves rows of the directory from one database to another, run on SQLite. */
import { DatabaseSync } from "node:sqlite";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { virtualShardOf } from "../../schema/tables/directory-shards.ts";
import {
  copying,
  deleting,
  ofShards,
  pageOf,
  type Row,
  type Table,
  tableNames,
} from "../../scripts/directory/directory-rows.ts";

function database(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  const folder = join(import.meta.dirname, "../../schema/tables/migrations");
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted())
    db.exec(readFileSync(join(folder, file), "utf8"));
  return db;
}

function everything(db: DatabaseSync): [Table, Row[]][] {
  return tableNames.map((table) => [table, db.prepare(pageOf(table, undefined, 10_000)).all() as Row[]]);
}

/** As the script does it, in pages of three. */
function move(
  from: DatabaseSync,
  shards: ReadonlySet<number>,
  put: (statements: string[]) => void,
  sql: typeof copying,
): void {
  for (const table of tableNames) {
    let last: Row | undefined;
    for (;;) {
      const rows = from.prepare(pageOf(table, last, 3)).all() as Row[];
      put(sql(table, ofShards(table, rows, shards)));
      last = rows.at(-1);
      if (rows.length < 3) break;
    }
  }
}

test("[T6] a move copies, and then deletes, exactly the rows of the virtual shards that move, whatever they hold", () => {
  const [old, fresh] = [database(), database()];
  for (let n = 0; n < 60; n++) {
    const name = ["O'Hara", 'quo"ted', "two\nlines", "'; DROP TABLE handles; --", "日本 🙂"][n % 5] ?? "";
    old.prepare("INSERT INTO handles VALUES (?, ?, ?)").run(`h${n}`, `u${n}`, n);
    old
      .prepare("INSERT INTO profiles (id, handle, name, bio, avatar_url, changed_at) VALUES (?, ?, ?, '', NULL, ?)")
      .run(`u${n}`, `h${n}`, name, n);
    for (const word of [name.toLowerCase(), `h${n}`])
      old.prepare("INSERT INTO profile_words (word, user_id) VALUES (?, ?)").run(word, `u${n}`);
  }
  const shards = new Set(Array.from({ length: 340 }, (_, shard) => shard));
  const before = everything(old);
  const keys: Record<Table, string> = { handles: "handle", profiles: "id", profile_words: "user_id" };
  const isMoving = (table: Table) => (row: Row) => shards.has(virtualShardOf(String(row[keys[table]])));
  const expected = before.map(([table, rows]): [Table, Row[]] => [table, rows.filter(isMoving(table))]);
  // Twice: a copy that was cut off is repeated.
  for (let n = 0; n < 2; n++) move(old, shards, (statements) => fresh.exec(statements.join("\n")), copying);
  expect(everything(fresh)).toEqual(expected);
  expect(everything(fresh)[0]?.[1].length).toBeGreaterThan(5);
  move(old, shards, (statements) => old.exec(statements.join("\n")), deleting);
  const kept = before.map(([table, rows]): [Table, Row[]] => [table, rows.filter((row) => !isMoving(table)(row))]);
  expect(everything(old)).toEqual(kept);
});
