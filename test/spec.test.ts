/** Holds SPEC.md and the tests together: every rule has a test that names it, every test that names a rule names one that there is. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

const rules = [...readFileSync(join(root, "SPEC.md"), "utf8").matchAll(/^- \*\*([A-Z]+[0-9]+)\*\*/gm)].map(
  (match) => match[1] ?? "",
);

const cited = new Set(
  readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") || file.endsWith(".test.tsx"))
    .flatMap((file) => [
      ...readFileSync(join(root, "test", file), "utf8").matchAll(
        /\b(?:test|it)(?:\.\w+)?(?:\([^()]*\))?\(\s*["'`]((?:\[[A-Z]+[0-9]+\] ?)+)/g,
      ),
    ])
    .flatMap((match) => [...(match[1] ?? "").matchAll(/[A-Z]+[0-9]+/g)].map((rule) => rule[0])),
);

test("every rule of SPEC.md is named by a test", () => {
  expect(rules.length).toBeGreaterThan(30);
  expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
});

test("every rule that a test names stands in SPEC.md, once", () => {
  expect([...cited].filter((rule) => !rules.includes(rule))).toEqual([]);
  expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([]);
});

test("the rules of a letter stand in the order of their numbers", () => {
  const orderOf = (letter: string): number[] =>
    rules.filter((rule) => rule.replace(/\d+$/, "") === letter).map((rule) => Number(rule.slice(letter.length)));
  const letters = [...new Set(rules.map((rule) => rule.replace(/\d+$/, "")))];
  expect(letters.filter((letter) => orderOf(letter).some((n, at, all) => n < (all[at - 1] ?? 0)))).toEqual([]);
});
