import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesOfFirst } from "../../../web/early-parts.ts";
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

/** The names in the table of icons that this file declares. */
function iconsOf(file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, "../../../web/ui", file), "utf8");
  const table = /const \w+Icons = \{([^}]*)\}/.exec(source)?.[1] ?? "";
  const names = [...table.matchAll(/^ {2}(\w+)(?:: \w+)?,$/gm)].map(([, name]) => name ?? "");
  expect(names.length).toBeGreaterThan(20);
  return names;
}

test("[W96] no first screen shows an icon that comes later", () => {
  const later = iconsOf("icons/later-icons.ts");
  const early = filesOfFirst()
    .map((file) => ({ file, text: readFileSync(file, "utf8") }))
    .filter(({ file, text }) => /icon/i.test(text) && !/icons\.tsx?$/.test(file));
  expect(early.length).toBeGreaterThan(10);
  const named = early.flatMap(({ file, text }) =>
    later.filter((name) => text.includes(`"${name}"`)).map((name) => `${file}: ${name}`),
  );
  expect(named).toEqual([]);
});

test("each icon is shown somewhere", () => {
  const names = [...iconsOf("icons.tsx"), ...iconsOf("icons/later-icons.ts")];
  const others = webSources(/\.tsx?$/)
    .filter(({ file }) => !/icons\.tsx?$/.test(file))
    .map(({ text }) => text)
    .join("\n");
  expect(names.filter((name) => !others.includes(`"${name}"`))).toEqual([]);
});
