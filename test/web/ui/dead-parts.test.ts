import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { webSources } from "../../rig/syntax.ts";

/** Without what they import: a file may be named like a class. */
const scripts = webSources(/\.tsx?$/).map(({ text }) => text.replaceAll(/^(?:import|\} from) .*$/gm, ""));
const written = scripts.join("\n");
/** What stands before the changing part of a name: `hue-${…}`. */
const beginnings = [...written.matchAll(/([a-z][a-z-]*-)\$\{/g)].map(([, beginning]) => beginning ?? "");

test("each class in the style sheets is given to something", () => {
  const unused = webSources(/\.css$/).flatMap(({ file, text: source }) => {
    const bare = source.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/url\([^)]*\)|"[^"]*"/g, "");
    const names = [...new Set([...bare.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name ?? ""))];
    return names
      .filter((name) => !written.includes(name) && !beginnings.some((beginning) => name.startsWith(beginning)))
      .map((name) => `${file} .${name}`);
  });
  expect(unused).toEqual([]);
});

test("each icon is shown somewhere", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../web/ui/icons.tsx"), "utf8");
  const table = /const icons = \{([^}]*)\}/.exec(source)?.[1] ?? "";
  const names = [...table.matchAll(/^ {2}(\w+)(?:: \w+)?,$/gm)].map(([, name]) => name ?? "");
  expect(names.length).toBeGreaterThan(40);
  const others = webSources(/\.tsx?$/)
    .filter(({ file }) => !file.endsWith("icons.tsx"))
    .map(({ text }) => text)
    .join("\n");
  expect(names.filter((name) => !others.includes(`"${name}"`))).toEqual([]);
});
