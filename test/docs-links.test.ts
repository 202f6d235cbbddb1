import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { filesOf, isSource, read, root } from "./rig/sources.ts";

const pages = globSync(["*.md", "docs/**/*.md", "{bench,client,examples,scripts,test,web}/**/*.md"], {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path),
});

test("a link of a page leads to a file", () => {
  expect(pages).toContain("README.md");
  const astray = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/\]\((?<path>[^)#\s]+)[^)]*\)/g)]
      .map((match) => match.groups?.path ?? "")
      .filter((path) => !/^([a-z]+:|\/)/.test(path))
      .filter((path) => !existsSync(join(root, dirname(page), path)))
      .map((path) => `${page}: ${path}`),
  );
  expect(astray).toEqual([]);
});

test("a comment that names a file of the project names one that is there", () => {
  // Not a part of a longer path, as in an import.
  const named =
    /(?<![./\w@-])((?:docs|schema|core|objects|workers|client|web|scripts|bench|test)\/[\w./-]+\.(?:tsx?|mjs|css|sh|md|json|sql))\b/g;
  const astray = filesOf()
    .filter((file) => isSource(file) || file.endsWith(".css"))
    .flatMap((file) =>
      [...read(file).matchAll(named)]
        .map((match) => match[0])
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${file}: ${path}`),
    );
  expect(astray).toEqual([]);
});

test("each command that is named is there, and those of npm are those of the launcher", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const launched = /const scripts = \{(.*?)\n\};/s.exec(readFileSync(join(root, "scripts/run.mjs"), "utf8"))?.[1] ?? "";
  const launcher = [...launched.matchAll(/^ {2}"?([a-z-]+)"?: /gm)].map((match) => match[1]);
  expect(launcher).toContain("start");
  expect(Object.entries(scripts)).toEqual(launcher.map((name) => [name, `node scripts/run.mjs ${name}`]));
  const named = [...pages, ...filesOf().filter(isSource)].flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/npm run ([a-z-]+)/g)].map((match) => match[1] ?? ""),
  );
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});

test("the list of decisions names every one, in order, by its title", () => {
  const folder = join(root, "docs/decisions");
  const titles = globSync("0*.md", { cwd: folder })
    .toSorted()
    .map((file) => `- [${readFileSync(join(folder, file), "utf8").split("\n")[0]?.replace(/^# /, "")}](${file})`);
  const listed = readFileSync(join(folder, "README.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("- "));
  expect(titles.length).toBeGreaterThan(50);
  expect(listed).toEqual(titles);
});
