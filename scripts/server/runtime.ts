/** The production bundle on workerd, by Miniflare: what `npm start` supervises. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { readShardMap } from "../../schema/tables/directory-shards.ts";
import { localConfigFile, root, workerBundle } from "../build.ts";
import type { LocalConfig } from "../settings/local-config.ts";
import { packedPaths } from "../build/pack.ts";
import { flagRuntime } from "./runtime-flags.ts";
import type { Secrets } from "../settings/secrets.ts";

export interface RuntimeOptions {
  readonly port: number;
  readonly stateFolder: string;
  /** The web app. Nothing in it may change: the server reads the list of files once, and the files each time. */
  readonly webFolder: string;
  readonly secrets: Secrets;
  /** Text variables that replace those of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>;
  /** Where each workerd notes its pid. */
  readonly pidFile: string;
}

export async function startRuntime(options: RuntimeOptions): Promise<Miniflare> {
  const config: LocalConfig = JSON.parse(readFileSync(localConfigFile, "utf8"));
  const vars = { ...config.vars, ...options.vars, PARLEY_LOCAL: "on" };
  const shards = Array.from({ length: databaseCount(vars) }, (_, shard) => `DIRECTORY_${shard}`);
  const persisted = join(options.stateFolder, "storage");
  mkdirSync(persisted, { recursive: true });
  nameRuntime(options.pidFile);
  flagRuntime();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // Only this script uses Miniflare's own port (for D1 migrations). That port, and the router that Miniflare puts before a Worker with assets, make a small
      // request take five times the processor time, and halve the frames a second of a socket.
      host: "127.0.0.1",
      port: 0,
      log: new Log(LogLevel.WARN),
      logRequests: false,
      handleStructuredLogs: printLog,
      cf: false,
      telemetry: { enabled: false },
      // For profiles: `PARLEY_INSPECTOR=9229 npm start`, then a DevTools client on that port.
      ...(process.env["PARLEY_INSPECTOR"] === undefined
        ? {}
        : { inspectorPort: Number(process.env["PARLEY_INSPECTOR"]) }),
      resourcePersistencePath: persisted,
      workers: [
        {
          name: config.name,
          rootPath: root,
          unsafeDirectSockets: [{ host: "127.0.0.1", port: options.port }],
          modules: true,
          scriptPath: workerBundle,
          compatibilityDate: config.compatibilityDate,
          compatibilityFlags: [...config.compatibilityFlags],
          bindings: { ...vars, ...options.secrets },
          durableObjects: Object.fromEntries(
            Object.entries(config.durableObjects).map(([binding, className]) => [
              binding,
              { className, useSQLite: true },
            ]),
          ),
          d1Databases: shards,
          r2Buckets: [...config.buckets],
          queueProducers: { ...config.producers },
          queueConsumers: Object.fromEntries(config.consumers.map(({ queue, ...settings }) => [queue, settings])),
          ratelimits: { ...config.rateLimits },
          serviceBindings: {
            [config.assets.binding]: "web",
            // Previews of links go this way, so that no link leads to a machine of the operator's own network, whatever its name says (docs/link-previews.md).
            PUBLIC_WEB: { network: { allow: ["public"], tlsOptions: { trustBrowserCas: true } } },
          },
          versionMetadata: config.versionBinding,
        },
        {
          name: "web",
          modules: true,
          scriptPath: join(import.meta.dirname, "local-files.mjs"),
          compatibilityDate: config.compatibilityDate,
          bindings: { PACKED: packedPaths(options.webFolder) },
          assets: {
            directory: options.webFolder,
            binding: "FILES",
            routerConfig: { has_user_worker: true },
            assetConfig: { not_found_handling: config.assets.notFound },
            run_worker_first: true,
          },
        },
      ],
    }),
  );
  try {
    await miniflare.ready;
    for (const shard of shards)
      await migrate(await miniflare.getD1Database(shard), join(root, config.migrationsFolder));
    return miniflare;
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw error;
  }
}

/**
 * workerd keeps compiled code of its own only for a V8 without flags, and says so at each start, where a newcomer would take it for a fault.
 * Everything else is printed.
 */
function printLog({ level, message }: { level: string; message: string }): void {
  if (message.includes("bootstrap compile cache")) return;
  const stream = level === "error" || level === "warn" ? process.stderr : process.stdout;
  stream.write(`${message}\n`);
}

/** Miniflare starts what this variable names; a script notes the pid and becomes the workerd that Miniflare depends on. */
function nameRuntime(pidFile: string): void {
  if (process.platform === "win32") return;
  const ofMiniflare = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  const { default: workerd }: { default: string } = ofMiniflare("workerd");
  process.env["PARLEY_WORKERD"] = workerd;
  process.env["PARLEY_WORKERD_PID_FILE"] = pidFile;
  process.env["MINIFLARE_WORKERD_PATH"] = join(import.meta.dirname, "workerd.sh");
}

function databaseCount(vars: Readonly<Record<string, string>>): number {
  const { DIRECTORY_SHARDS = "", DIRECTORY_MAP = "", DIRECTORY_FROZEN = "" } = vars;
  return readShardMap(DIRECTORY_SHARDS, DIRECTORY_MAP, DIRECTORY_FROZEN).databases;
}

/**
 * Applies the missing migrations, in the order of their names, and notes them in the same table as `wrangler d1 migrations apply`. One
 * batch is one transaction: after a crash a migration is both applied and noted, or neither.
 */
async function migrate(database: Awaited<ReturnType<Miniflare["getD1Database"]>>, folder: string): Promise<void> {
  await database
    .prepare(
      "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  for (const { name, statements } of readMigrations(folder)) {
    if (applied.has(name)) continue;
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}

function readMigrations(folder: string): { name: string; statements: string[] }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({
      name,
      statements: readFileSync(join(folder, name), "utf8")
        .split("--> statement-breakpoint")
        .map((statement) => statement.trim())
        .filter((statement) => statement !== ""),
    }));
}
