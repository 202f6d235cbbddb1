import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./rig/sources.ts";

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
