/**
 * Owns the reference of the SDK: pages made by TypeDoc from the package's declarations and their comments. Its scripts are taken out, for the
 * content security policy of the server allows no scripts but the app's; everything is reached by links. Its first page is the manual.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importedAs } from "./declarations.ts";

const pages = [
  /<script\b[^>]*>[\s\S]*?<\/script>/g,
  // Elements that do nothing without scripts.
  /<button id="tsd-search-trigger"[\s\S]*?<\/dialog>/g,
  /<a href="#" class="tsd-widget menu"[\s\S]*?<\/a>/g,
  /<div class="tsd-navigation settings">[\s\S]*?<\/details><\/div>/g,
  /<button type="button">Copy<\/button>/g,
  /<nav class="tsd-navigation"[^>]*>[\s\S]*?<\/nav>(?=<\/div>)/g,
];
const scripts = /\.js$/;

export function buildReference(root: string, entries: readonly string[], packageFolder: string, folder: string): void {
  const config = join(packageFolder, "tsconfig.json");
  const manual = join(packageFolder, "manual.md");
  const names = entries.map((name) => join(packageFolder, `${name}.d.ts`));
  const compilerOptions = {
    target: "ES2024",
    module: "ESNext",
    moduleResolution: "bundler",
    lib: ["ES2024", "DOM"],
    types: [],
    strict: true,
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files: names }));
  writeFileSync(manual, manualOf(readFileSync(join(root, "docs/sdk.md"), "utf8"), entries));
  rmSync(folder, { recursive: true, force: true });
  const args = ["--tsconfig", config, "--out", folder, "--name", "Parley SDK", "--readme", manual];
  const flags = ["--disableSources", "--hideGenerator", "--excludePrivate", "--logLevel", "Error"];
  const done = spawnSync(
    process.execPath,
    [
      ...["--import", join(import.meta.dirname, "typescript-6.mjs"), join(root, "node_modules/typedoc/bin/typedoc")],
      ...[...args, ...flags, ...names.flatMap((name) => ["--entryPoints", name])],
    ],
    { cwd: root, encoding: "utf8" },
  );
  rmSync(config);
  rmSync(manual);
  if (done.status !== 0) throw new Error(`typedoc failed:\n${done.stdout}${done.stderr}`);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (scripts.test(entry.name)) rmSync(file);
    else if (entry.name.endsWith(".html")) writeFileSync(file, still(readFileSync(file, "utf8")));
  }
}

/** The manual with links to the modules, and without those to files of the repository. */
function manualOf(text: string, entries: readonly string[]): string {
  const plain = text.replaceAll(/\[([^\]]+)\]\((?!https?:)[^)]+\)/g, "$1");
  return entries.reduce((linked, name) => {
    const module = importedAs(name);
    return linked.replace(`| \`${module}\` |`, `| [\`${module}\`](modules/${module.replace("/", "_")}.html) |`);
  }, plain);
}

/** The page without scripts, and without the elements that need them. */
function still(page: string): string {
  return pages.reduce((text, part) => text.replaceAll(part, ""), page);
}
