/**
 * `npm run build`: the web app into dist/web, the Worker's production bundle into dist/worker, the SDK as a package into dist/sdk and its
 * reference into dist/web/docs/sdk. What has not changed since the last build is not built again, so `npm start` and every server of a test may simply call this.
 *
 * The Worker is bundled by `wrangler deploy --dry-run` rather than by esbuild alone, because that is the bundle which a deploy
 * uploads, with the same Node shims; it costs about two seconds and only when its sources changed.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { copyFolder, keepHashed, replaceFolder } from "./build/generations.ts";
import { withLock } from "./build/lock.ts";
import { allowMedia } from "./build/media-origin.ts";
import { addPacked, packFiles } from "./build/pack.ts";

export const root = join(import.meta.dirname, "..");
export const workerBundle = join(root, "dist/worker/gateway.js");
export const localConfigFile = join(root, "dist/worker/config.json");
export const webFolder = join(root, "dist/web");
/** The SDK as `npm pack` takes it. */
export const sdkFolder = join(root, "dist/sdk");
const referenceFolder = join(root, "dist/sdk-reference");
/** The copies do not lie beside the files, because that folder is deployed. */
const packedFolder = join(root, "dist/web-packed");

const shared = [
  "schema",
  "core",
  "package-lock.json",
  "scripts/build.ts",
  "scripts/build/generations.ts",
  "scripts/build/media-origin.ts",
  "scripts/build/pack.ts",
  "scripts/settings/local-config.ts",
  "tsconfig.base.json",
];

/** The sources of the SDK and its reference, beside the shared ones. */
const sdkSources = ["client", "scripts/build/sdk", "docs/sdk.md"];

/** `webCopy`: a folder that receives a copy of the present web app. A server goes on serving it while later builds replace what is in dist/. */
export async function build(webCopy?: string): Promise<void> {
  await withLock(join(root, "dist/.build"), async () => {
    const isSdkMade = stamped(
      "sdk",
      [...shared, ...sdkSources],
      join(referenceFolder, "index.html"),
      async () => await runScript(join(root, "scripts/build/sdk/make.ts"), [sdkFolder, referenceFolder]),
    );
    // The build waits for both, because a failure of one must not leave the other running.
    const made = await Promise.allSettled([isSdkMade, buildWeb(isSdkMade)]);
    for (const each of made) if (each.status === "rejected") throw each.reason;
    // This comes after the web app, because wrangler needs the app's folder.
    await buildWorker();
    if (webCopy === undefined) return;
    copyFolder(webFolder, webCopy);
    allowMedia(webCopy, process.env["MEDIA_ORIGIN"]);
    addPacked(packedFolder, webCopy);
  });
}

async function buildWeb(isSdkMade: Promise<void>): Promise<void> {
  await stamped("web", [...shared, ...sdkSources, "web"], join(webFolder, "index.html"), async () => {
    await replaceFolder(webFolder, async (fresh) => {
      await run("vite", ["build", "web", "--outDir", fresh]);
      keepHashed(webFolder, fresh);
    });
    await packFiles(webFolder, packedFolder);
    await isSdkMade;
    // The reference is copied last, so it is not compressed: a hundred small pages that few people read are not worth the time.
    cpSync(referenceFolder, join(webFolder, "docs/sdk"), { recursive: true });
  });
}

async function buildWorker(): Promise<void> {
  await stamped("worker", [...shared, "objects", "workers", "wrangler.toml"], localConfigFile, async () => {
    rmSync(join(root, "dist/worker"), { recursive: true, force: true });
    await run("wrangler", ["deploy", "--dry-run", "--env=", "--outdir", "dist/worker"]);
    const { readLocalConfig } = await import("./settings/local-config.ts");
    writeFileSync(localConfigFile, JSON.stringify(readLocalConfig(), null, 2));
  });
}

async function stamped(
  name: string,
  inputs: readonly string[],
  output: string,
  make: () => Promise<void>,
): Promise<void> {
  const stampFile = join(root, `dist/.${name}.stamp`);
  const stamp = hashOf(inputs);
  if (existsSync(output) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  rmSync(stampFile, { force: true });
  await make();
  writeFileSync(stampFile, stamp);
}

function hashOf(inputs: readonly string[]): string {
  const hash = createHash("sha256");
  for (const input of inputs) {
    const path = join(root, input);
    if (!existsSync(path)) continue;
    const files = input.includes(".") ? [path] : filesUnder(path);
    for (const file of files) hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function run(tool: string, args: readonly string[]): Promise<void> {
  await runScript(binOf(tool), args);
}

/** Runs a tool and shows its output only if it fails. */
async function runScript(script: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", NODE_ENV: "production" },
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${basename(script)} ${args.join(" ")} failed:\n${said}`);
}

/** The JavaScript file behind a tool's command, so that it runs on this Node whatever the PATH says. */
export function binOf(tool: string, command = tool): string {
  const manifest: { bin: string | Record<string, string> } = JSON.parse(
    readFileSync(join(root, "node_modules", tool, "package.json"), "utf8"),
  );
  const bin = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[command];
  if (bin === undefined) throw new Error(`${tool} has no command ${command}`);
  return join(root, "node_modules", tool, bin);
}

if (import.meta.filename === process.argv[1]) {
  try {
    await build();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
