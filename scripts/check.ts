/**
 * `npm run check`: format, lint, types, tests, in this order, to the end of each even if one fails.
 * `npm run format [paths]` writes; `npm run lint [paths]` and `npm run types` are its middle steps.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { binOf, root } from "./build.ts";

const [command, ...rest] = process.argv.slice(2);

const steps: Record<string, () => boolean> = {
  format: () => tool("oxfmt", rest),
  lint: () => tool("oxlint", ["--deny-warnings", ...rest]),
  types,
  check: () => {
    const results = [
      step("format", () => tool("oxfmt", ["--check"])),
      step("lint", () => tool("oxlint", ["--deny-warnings"])),
      step("types", types),
    ];
    // Last, so that the closing line of the tests stays the last line.
    const tested = run(join(import.meta.dirname, "test.ts"), rest);
    return tested && results.every(Boolean);
  },
};

const chosen = steps[command ?? "check"];
if (chosen === undefined) throw new Error(`No such step: ${command}`);
process.exit(chosen() ? 0 : 1);

function step(name: string, work: () => boolean): boolean {
  const startedAt = Date.now();
  const isFine = work();
  process.stdout.write(`${name}: ${isFine ? "fine" : "FAILED"} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
  return isFine;
}

/** Checks the types of each room with the platform that it may use. */
function types(): boolean {
  const projects = readdirSync(root)
    .filter((name) => /^tsconfig\.(?!base\.).+\.json$/.test(name))
    .sort();
  return projects.map((project) => tool("typescript", typesOf(project), "tsc")).every(Boolean);
}

/** What did not change since the last run is not checked again. */
function typesOf(project: string): readonly string[] {
  const seen = join("node_modules", ".cache", "types", `${project}.tsbuildinfo`);
  return ["--project", project, "--pretty", "--incremental", "--tsBuildInfoFile", seen];
}

function tool(name: string, args: readonly string[], command = name): boolean {
  return run(binOf(name, command), args);
}

function run(script: string, args: readonly string[]): boolean {
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" }).status === 0;
}
