/**
 * `npm test [vitest's arguments]`: runs vitest and closes with `N passed, N failed`. An unhandled error, a file that does not load, and
 * a run without a test make the exit code non-zero, too.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, installChromium } from "./tests/chromium.ts";
import { folderInMemory } from "./tests/memory-folder.ts";
import { binOf, build, root } from "./build.ts";
import type { Tally } from "./tests/tally-reporter.ts";

const args = process.argv.slice(2);
const folder = folderInMemory() ?? mkdtempSync(join(tmpdir(), "parley-tests-"));
const tallyFile = join(folder, "tally.json");

if (["real-time", "system", "browser"].some(concerns)) {
  // The build runs once, before the time of any test counts.
  await build().catch((error: unknown) => leave(String(error), { passed: 0, failed: 1, skipped: 0 }, 1));
}
if (concerns("browser") && findChromium() === undefined) installChromium();

const isWatch = args.includes("--watch") || args[0] === "watch";
const child = spawn(
  process.execPath,
  [
    binOf("vitest"),
    ...(isWatch ? [] : ["run"]),
    ...args,
    "--reporter=default",
    `--reporter=${join(root, "scripts/tests/tally-reporter.ts")}`,
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      TMPDIR: folder,
      PARLEY_TALLY: tallyFile,
      PARLEY_GATHERED_TESTS: isWatch || namesFiles() ? "off" : "on",
      WRANGLER_SEND_METRICS: "false",
    },
  },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
  const tally: Tally = existsSync(tallyFile)
    ? JSON.parse(readFileSync(tallyFile, "utf8"))
    : { passed: 0, failed: 1, skipped: 0 };
  const isHonest = code === 0 && tally.failed === 0 && tally.passed > 0;
  leave(tally.passed + tally.failed + tally.skipped === 0 ? "No test ran." : "", tally, isHonest ? 0 : code || 1);
});

/** Whether the arguments may leave a project in the run. In doubt it answers true, because this decides only the preparation. */
function concerns(project: string): boolean {
  const projects = args.flatMap((arg, index) =>
    arg.startsWith("--project=") ? [arg.slice(10)] : arg === "--project" ? [args[index + 1] ?? ""] : [],
  );
  if (projects.length > 0) return projects.includes(project);
  const paths = args.filter((arg) => arg.includes("test/") || arg.endsWith(".ts"));
  return paths.length === 0 || paths.some((path) => path.includes(`test/${project}`) || !/test\/\w/.test(path));
}

/** Whether the arguments may name files. In doubt it answers true: then each file is run by itself. */
function namesFiles(): boolean {
  const before = ["-t", "--testNamePattern", "--project"];
  return args.some((arg, index) => !arg.startsWith("-") && !before.includes(args[index - 1] ?? ""));
}

function leave(text: string, tally: Tally, code: number): never {
  rmSync(folder, { recursive: true, force: true });
  if (text !== "") process.stderr.write(`${text}\n`);
  process.stdout.write(
    `${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ""}\n`,
  );
  process.exit(code);
}
