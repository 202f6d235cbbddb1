/** `npm run dev`: `wrangler dev` with reload of the Worker and a rebuild of the web app at each change, with the bindings of wrangler.toml. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { binOf, root, webFolder } from "./build.ts";
import { readLocalConfig } from "./settings/local-config.ts";
import { keepPrivate, privateFolder, secretsOf } from "./settings/secrets.ts";
import { passedOn } from "./settings/variables.ts";

const port = process.env["PORT"] || "8787";
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" };
const config = readLocalConfig();

const devVars = join(root, ".dev.vars");
if (!existsSync(devVars)) {
  const secrets = secretsOf(resolve(process.env["PARLEY_STATE"] || ".parley"));
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"`);
  writeFileSync(devVars, `${lines.join("\n")}\n`, { mode: 0o600 });
}
keepPrivate(devVars);
// Where wrangler keeps the objects and databases of `npm run dev`.
privateFolder(join(root, ".wrangler"));

mkdirSync(webFolder, { recursive: true });
if (existsSync(join(root, config.migrationsFolder))) {
  for (let shard = 0; shard < Number(config.vars["DIRECTORY_SHARDS"]); shard++) {
    const applied = spawnSync(
      process.execPath,
      [binOf("wrangler"), "d1", "migrations", "apply", `DIRECTORY_${shard}`, "--local", "--env="],
      { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] },
    );
    if (applied.status !== 0) process.exit(1);
  }
}

const vars = Object.entries(passedOn()).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
const children = [
  // The web app is built first, so that wrangler finds something to serve.
  run("vite", ["build", "web", "--watch"]),
  run("wrangler", ["dev", "--env=", "--ip", "127.0.0.1", "--port", port, ...vars]),
];
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, leave);

function run(tool: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [binOf(tool), ...args], { cwd: root, env, stdio: "inherit" });
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
    leave();
  });
  return child;
}

function leave(): void {
  for (const child of children) child.kill("SIGTERM");
}
