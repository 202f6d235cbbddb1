/**
 * `npm run deploy -- --env production`: brings a Cloudflare account from any state to the running system. Each step first looks
 * what is there, so a deploy that failed half-way is simply run again. `--dry-run` prints what it would do, and bundles.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readShardMap } from "../schema/tables/directory-shards.ts";
import { binOf, build, root, webFolder } from "./build.ts";
import { allowMedia } from "./build/media-origin.ts";
import { readLocalConfig } from "./settings/local-config.ts";
import { keepPrivate, makeSecrets, privateFolder, writeWhole } from "./settings/secrets.ts";

const { values } = parseArgs({
  options: { env: { type: "string", default: "" }, "dry-run": { type: "boolean", default: false } },
});
const environment = values.env;
const isDry = values["dry-run"];
const config = readLocalConfig(environment);

try {
  const { DIRECTORY_SHARDS = "", DIRECTORY_MAP = "", DIRECTORY_FROZEN = "", MEDIA_ORIGIN } = config.vars;
  const { databases } = readShardMap(DIRECTORY_SHARDS, DIRECTORY_MAP, DIRECTORY_FROZEN);
  if (databases !== config.databases.length)
    throw new Error(`DIRECTORY_SHARDS says ${databases}, but ${config.databases.length} databases are bound`);
  await build();
  allowMedia(webFolder, MEDIA_ORIGIN);
  for (const name of config.databases) create(["d1", "create", name, "--update-config=false"]);
  for (const name of config.bucketNames) create(["r2", "bucket", "create", name, "--update-config=false"]);
  const queues = new Set(config.consumers.flatMap(({ queue, deadLetterQueue }) => [queue, deadLetterQueue ?? queue]));
  for (const queue of [...Object.values(config.producers), ...queues].filter(isFirst))
    create(["queues", "create", queue]);
  // Migrations come before the code. They only add, so the code that still runs works with them.
  if (existsSync(join(root, config.migrationsFolder))) {
    for (const name of config.databases) wrangler(["d1", "migrations", "apply", name, "--remote"]);
  }
  const secretsFile = missingSecrets();
  wrangler(["deploy", ...(secretsFile === undefined ? [] : ["--secrets-file", secretsFile])]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/**
 * A new system gets new secrets, uploaded together with its first version. A running one that lacks some of them is not touched:
 * a new ID_SECRET or TOKEN_SECRET would make everything invalid that the old one signed.
 */
function missingSecrets(): string | undefined {
  if (isDry) {
    process.stdout.write(`would make the secrets ${config.secrets.join(", ")} if none is there\n`);
    return undefined;
  }
  const listed = spawnSync(
    process.execPath,
    [binOf("wrangler"), "secret", "list", `--env=${environment}`, "--format", "json"],
    {
      cwd: root,
      encoding: "utf8",
      env: wranglerEnv(),
    },
  );
  const isNew = /10007|does not exist|not found/i.test(listed.stdout + listed.stderr);
  if (listed.status !== 0 && !isNew) throw new Error(`Cannot list the secrets:\n${listed.stdout}${listed.stderr}`);
  const present: { name: string }[] = listed.status === 0 ? JSON.parse(listed.stdout) : [];
  const missing = config.secrets.filter((name) => !present.some((secret) => secret.name === name));
  if (missing.length === 0) return undefined;
  if (missing.length < config.secrets.length) {
    throw new Error(
      `${config.name} has some secrets but lacks ${missing.join(", ")}. Set them by \`npx wrangler secret put NAME --env=${environment}\`.`,
    );
  }
  const folder = join(root, ".parley/deployed");
  const file = join(folder, `${config.name}.json`);
  privateFolder(folder);
  if (!existsSync(file)) writeWhole(file, `${JSON.stringify(makeSecrets(), null, 2)}\n`);
  keepPrivate(file);
  process.stdout.write(`New secrets are in ${file}. Keep a copy where you keep such things, then delete the file.\n`);
  return file;
}

function create(args: readonly string[]): void {
  const done = wrangler(args, /already (exists|been taken|taken|in use)|is already taken/i);
  if (!isDry) process.stdout.write(`${args.filter((arg) => !arg.startsWith("--")).join(" ")}: ${done}\n`);
}

/** "made", or "there" if wrangler fails with what `accepted` matches. */
function wrangler(args: readonly string[], accepted?: RegExp): "made" | "there" {
  const command = [...args, `--env=${environment}`];
  if (isDry && args[0] !== "deploy") {
    process.stdout.write(`wrangler ${command.join(" ")}\n`);
    return "there";
  }
  const done = spawnSync(process.execPath, [binOf("wrangler"), ...command, ...(isDry ? ["--dry-run"] : [])], {
    cwd: root,
    encoding: "utf8",
    stdio: accepted === undefined ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    env: wranglerEnv(),
  });
  if (done.status === 0) return "made";
  const said = `${done.stdout ?? ""}${done.stderr ?? ""}`;
  if (accepted?.test(said)) return "there";
  throw new Error(`wrangler ${command.join(" ")} failed.\n${said}`);
}

function wranglerEnv(): NodeJS.ProcessEnv {
  // CI=1 makes wrangler ask no questions: a deploy without a terminal must not wait for an answer.
  return { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" };
}

function isFirst(name: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(name) === index;
}
