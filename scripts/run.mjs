// The bootstrap behind every `npm run …`: it needs only git's files, some Node (18 or later) and some npm. It installs what the
// lockfile says if node_modules is missing or was made from another lockfile, then hands over to the real script, which is
// TypeScript, on the Node that the lockfile pins. Plain JavaScript that old Nodes can read, without dependencies.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { layOutNode, nodePackage } from "./fetched-node.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".parley-lockfile");
const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];

const scripts = {
  start: "scripts/start.ts",
  dev: "scripts/dev.ts",
  demo: "examples/demo/demo.ts",
  pictures: "examples/demo/pictures.ts",
  build: "scripts/build.ts",
  test: "scripts/test.ts",
  bench: "bench/run.ts",
  check: "scripts/check.ts",
  format: "scripts/check.ts",
  lint: "scripts/check.ts",
  types: "scripts/check.ts",
  deploy: "scripts/deploy.ts",
  migration: "scripts/migration.ts",
  directory: "scripts/directory/move-directory.ts",
  messages: "scripts/messages.ts",
  import: "scripts/import/import.ts",
  keys: "scripts/push/keys.ts",
  "dead-letters": "scripts/push/dead-letters.ts",
  reports: "scripts/operator/reports.ts",
  corpus: "scripts/import/write-corpus.ts",
  "verify-export": "scripts/export/verify-export.ts",
};

const command = process.argv[2];
const script = scripts[command];
if (script === undefined) fail(`Usage: node scripts/run.mjs ${Object.keys(scripts).join("|")} [arguments]`);
if (!existsSync(join(root, script))) fail(`${script} does not exist.`);

let node;
try {
  install();
  node = pinnedNode();
} catch (error) {
  fail(error.message);
}
const forwarded = (script === "scripts/check.ts" ? [command] : []).concat(process.argv.slice(3));
process.env.PATH = [dirname(node), join(modules, ".bin"), process.env.PATH || ""].join(delimiter);
if (node === process.execPath) {
  process.argv = [node, join(root, script)].concat(forwarded);
  await import(pathToFileURL(join(root, script)).href);
} else {
  const child = spawn(node, [join(root, script)].concat(forwarded), {
    stdio: "inherit",
    env: Object.assign({}, process.env, { PARLEY_LAUNCHER: String(process.pid) }),
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + (constants.signals[signal] || 0)));
}

function install() {
  if (isInstalled()) return;
  const lock = join(root, ".parley-install");
  takeLock(lock);
  try {
    // Another process may have installed it while this one waited.
    if (isInstalled()) return;
    console.error("Installing dependencies …");
    // No package here needs its install script: each ships its binaries as optional packages, one for each platform.
    npm(["ci", ...quiet, "--ignore-scripts", "--include=dev", "--include=optional"]);
    writeFileSync(stampFile, lockfileHash());
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function lockfileHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function isInstalled() {
  if (!existsSync(join(modules, ".package-lock.json"))) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockfileHash()) return true;
  // The modules may have been installed by hand (`npm install x`, `npm ci`). Then npm's own record of them must agree with the lockfile.
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8")).packages;
  for (const path of Object.keys(wanted)) {
    if (path === "") continue;
    const is = present[path];
    if (is === undefined ? !wanted[path].optional && !wanted[path].peer : is.version !== wanted[path].version)
      return false;
  }
  writeFileSync(stampFile, lockfileHash());
  return true;
}

/** The Node of the lockfile; if npm left it out (some do not install optional packages), one that is new enough or a fetched one. */
function pinnedNode() {
  const name = nodePackage(process.platform, process.arch);
  const file = process.platform === "win32" ? "node.exe" : "node";
  const aside = join(modules, ".parley-node");
  const candidates = [join(modules, name, "bin", file), join(aside, "node_modules", name, "bin", file)];
  for (const candidate of candidates) if (runs(candidate)) return isSame(candidate) ? process.execPath : candidate;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 23 || (major === 22 && minor >= 18)) return process.execPath;
  console.error(`Node ${process.versions.node} is too old; fetching Node 24 …`);
  if (layOutNode(aside, name, JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")))) {
    npm(["ci", ...quiet, "--ignore-scripts", "--prefix", aside]);
    if (runs(candidates[1])) return candidates[1];
  }
  throw new Error(
    `Parley needs Node 22.18 or later, and knows none to fetch for ${process.platform}-${process.arch}. Install one and try again.`,
  );
}

function runs(file) {
  return existsSync(file) && spawnSync(file, ["--version"]).status === 0;
}

function isSame(file) {
  return process.platform === "linux" ? process.execPath === file : false;
}

/** The npm that runs this script if there is one, else the one on the PATH; never with a Node from node_modules, which it may be about to replace. */
function npm(args) {
  const path = (process.env.PATH || "")
    .split(delimiter)
    .filter((entry) => !entry.includes("node_modules"))
    .join(delimiter);
  const env = Object.assign({}, process.env, { PATH: path });
  const cli = process.env.npm_execpath || "";
  const runner = process.env.npm_node_execpath || process.execPath;
  const viaCli =
    basename(cli) === "npm-cli.js" && existsSync(cli) && existsSync(runner) && !runner.includes("node_modules");
  const done = viaCli
    ? spawnSync(runner, [cli].concat(args), { cwd: root, env, stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (done.status !== 0) throw new Error(`npm ${args.join(" ")} failed${done.error ? `: ${done.error.message}` : ""}.`);
}

function takeLock(folder) {
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, "pid"), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isHeld(folder)) rmSync(folder, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function isHeld(folder) {
  try {
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0);
    return true;
  } catch (error) {
    // No pid yet: its owner has just made the folder.
    return error.code === "ENOENT" || error.code === "EPERM";
  }
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
