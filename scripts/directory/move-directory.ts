/**
 * `npm run directory -- copy --env production --from 0 --to 2` copies the rows of the virtual shards that DIRECTORY_FROZEN names from one database of
 * the directory to another. `delete … --from 0 --shards 0-340` deletes rows of virtual shards that DIRECTORY_MAP puts elsewhere. Both may be repeated.
 * docs/deploy.md says when each is done.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readShardMap, readShards } from "../../schema/tables/directory-shards.ts";
import { binOf, root } from "../build.ts";
import { copying, deleting, ofShards, pageOf, type Row, type Table, tableNames } from "./directory-rows.ts";
import { readLocalConfig } from "../settings/local-config.ts";

const rowsPerPage = 2_000;
const text = { type: "string", default: "" } as const;
const { values, positionals } = parseArgs({
  options: { env: text, from: text, to: text, shards: text, "persist-to": text },
  allowPositionals: true,
});

try {
  main(positionals[0]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

function main(act: string | undefined): void {
  const { vars } = readLocalConfig(values.env);
  const { DIRECTORY_SHARDS = "", DIRECTORY_MAP = "", DIRECTORY_FROZEN = "" } = vars;
  const map = readShardMap(DIRECTORY_SHARDS, DIRECTORY_MAP, DIRECTORY_FROZEN);
  const from = databaseOf("from", map.databases);
  if (act === "copy") {
    if (map.frozen.size === 0)
      throw new Error(
        "DIRECTORY_FROZEN names no virtual shards. Rows can be copied only while nothing writes to them.",
      );
    const moving = new Set([...map.frozen].filter((shard) => map.homes[shard] === from));
    const to = databaseOf("to", map.databases);
    move(from, moving, (table, rows) => write(to, copying(table, rows)));
  } else if (act === "delete") {
    const gone = new Set(readShards(values.shards, "--shards"));
    const kept = [...gone].filter((shard) => map.homes[shard] === from);
    if (gone.size === 0) throw new Error("--shards names no virtual shards");
    if (kept.length > 0)
      throw new Error(`DIRECTORY_MAP says that ${kept.length} of these virtual shards lie in DIRECTORY_${from}`);
    move(from, gone, (table, rows) => write(from, deleting(table, rows)));
  } else throw new Error("Usage: npm run directory -- copy|delete --env ENV --from N [--to M] [--shards 0-340]");
}

function databaseOf(option: "from" | "to", databases: number): number {
  const text = values[option];
  const database = /^\d+$/.test(text) ? Number(text) : NaN;
  if (database < databases) return database;
  throw new Error(`--${option} must name a database from 0 to ${databases - 1}, not "${text}"`);
}

function move(from: number, shards: ReadonlySet<number>, put: (table: Table, rows: readonly Row[]) => void): void {
  for (const table of tableNames) {
    let count = 0;
    let last: Row | undefined;
    for (;;) {
      const rows = read(from, pageOf(table, last, rowsPerPage));
      const meant = ofShards(table, rows, shards);
      if (meant.length > 0) put(table, meant);
      count += meant.length;
      last = rows.at(-1);
      if (rows.length < rowsPerPage) break;
    }
    process.stdout.write(`${table}: ${count} rows of DIRECTORY_${from}\n`);
  }
}

function read(database: number, query: string): Row[] {
  const answer: { results: Row[] }[] = JSON.parse(wrangler(database, ["--json", "--command", query]));
  return answer.flatMap(({ results }) => results);
}

function write(database: number, statements: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "parley-directory-"));
  try {
    const file = join(folder, "rows.sql");
    writeFileSync(file, statements.join("\n"), { mode: 0o600 });
    wrangler(database, ["--yes", "--file", file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function wrangler(database: number, args: readonly string[]): string {
  const persisted = values["persist-to"];
  const where = persisted === "" ? ["--remote"] : ["--local", "--persist-to", persisted];
  const command = ["d1", "execute", `DIRECTORY_${database}`, ...where, `--env=${values.env}`, ...args];
  const done = spawnSync(process.execPath, [binOf("wrangler"), ...command], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
  if (done.status !== 0)
    throw new Error(`wrangler ${command.slice(0, 3).join(" ")} failed.\n${done.stdout}${done.stderr}`);
  return done.stdout;
}
