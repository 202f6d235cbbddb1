/** Holds docs/limits.md and the code together: each bound on the page exists, each bound that clients meet is on the page, and each cited test exists. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as archiveBounds from "../schema/archive-limits.ts";
import * as clientBounds from "../schema/bounds/client.ts";
import * as largeGroupBounds from "../schema/bounds/large-groups.ts";
import * as linkPreviewBounds from "../schema/bounds/link-previews.ts";
import * as mediaBounds from "../schema/bounds/media.ts";
import * as reportBounds from "../schema/bounds/reports.ts";
import * as securityBounds from "../schema/bounds/security.ts";
import * as uploadBounds from "../schema/bounds/uploads.ts";
import * as limitBounds from "../schema/limits.ts";
import * as pushBounds from "../schema/push-limits.ts";
import * as rateBounds from "../schema/rates.ts";
import * as searchBounds from "../schema/search-limits.ts";

const bounds = {
  ...limitBounds,
  ...rateBounds,
  ...searchBounds,
  ...archiveBounds,
  ...pushBounds,
  ...largeGroupBounds,
  ...clientBounds,
  ...uploadBounds,
  ...mediaBounds,
  ...linkPreviewBounds,
  ...reportBounds,
  ...securityBounds,
};
const docs = join(import.meta.dirname, "../docs");
const page = readFileSync(join(docs, "limits.md"), "utf8");

type Row = { names: string[]; tests: { file: string; cited: string[] }[]; text: string };

/** The rows of the tables: the first cell names bounds, the last one links to tests, and cites of each a rule or words of a title. */
const rows: Row[] = page
  .split("\n")
  .filter((line) => /^\| (?!bound |---)/.test(line) && !line.startsWith("|---"))
  .map((text) => {
    const cells = text.split(" | ");
    const tests = [...(cells.at(-1) ?? "").matchAll(/\]\((\.\.\/test\/[^)]+)\)((?: (?:`\[\w+\]`|“[^”]+”))*)/g)];
    return {
      text,
      names: [...(cells[0] ?? "").matchAll(/`([\w.]+)`/g)].map((match) => match[1] ?? ""),
      tests: tests.map(([, file = "", cited = ""]) => ({
        file,
        cited: [...cited.matchAll(/`(\[\w+\])`|“([^”]+)”/g)].map((match) => match[1] ?? match[2] ?? ""),
      })),
    };
  });

/** Bounds by their own names, and with the group that they stand in. */
const groups = Object.entries(bounds);
const known = new Set(
  groups.flatMap(([group, held]) => Object.keys(held).flatMap((name) => [name, `${group}.${name}`])),
);
const bindings = readFileSync(join(import.meta.dirname, "../wrangler.toml"), "utf8");

test("every bound that the page names exists", () => {
  expect(rows.length).toBeGreaterThan(50);
  const names = rows.flatMap((row) => row.names);
  const unknown = names.filter((name) => !known.has(name) && !new RegExp(`name = "${name}"`).test(bindings));
  expect(unknown).toEqual([]);
  expect(rows.filter((row) => row.names.length === 0).map((row) => row.text)).toEqual([]);
});

test("every limit, rate and day's quota has a row", () => {
  const named = new Set(rows.flatMap((row) => row.names).map((name) => name.split(".").at(-1)));
  const { limits, rates, dayQuotas, wrongPasswords, heartbeat, storage, clientHolds, searchLimits, searchRates } =
    bounds;
  const met = {
    ...limits,
    ...rates,
    ...dayQuotas,
    ...heartbeat,
    ...storage,
    ...clientHolds,
    ...searchLimits,
    ...searchRates,
    ...bounds.uploadLimits,
  };
  const missing = Object.keys(met).filter((name) => !named.has(name));
  expect(missing).toEqual([]);
  expect(Object.keys(wrongPasswords).filter((name) => !page.includes(`\`wrongPasswords.${name}\``))).toEqual([]);
});

test("every row cites a test that exists, by its rule or by words of its title", () => {
  const faults: string[] = [];
  for (const { names, tests } of rows) {
    const about = names.join(", ");
    if (tests.length === 0) faults.push(`${about}: no test`);
    for (const { file, cited } of tests) {
      if (cited.length === 0) faults.push(`${about}: nothing of ${file} is cited`);
      const path = join(docs, file);
      if (!existsSync(path)) faults.push(`${about}: ${file} is not there`);
      else
        for (const words of cited)
          if (!titlesOf(path).includes(words)) faults.push(`${about}: no “${words}” in ${file}`);
    }
  }
  expect(faults).toEqual([]);
});

const read = new Map<string, string>();

/** All titles of a file's tests, one a line. Those of `test.each` and of tests with options begin after a bracket or on a line of their own. */
function titlesOf(path: string): string {
  const known = read.get(path);
  if (known !== undefined) return known;
  const texts = readFileSync(path, "utf8").matchAll(
    /\b(?:test|it)(?:\.each\([\s\S]*?\))?\(\s*(["'`])([\s\S]*?)\1\s*,/g,
  );
  const titles = [...texts].map((match) => match[2] ?? "").join("\n");
  read.set(path, titles);
  return titles;
}
