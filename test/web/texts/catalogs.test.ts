import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("[W30] the catalogs hold the texts that are in the source", { timeout: 60_000 }, () => {
  const script = join(import.meta.dirname, "../../../scripts/messages.ts");
  const done = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(done.stderr).toBe("");
  expect(done.status).toBe(0);
});

/** The entries of a catalog: what is said in English, by context, and its translation. */
function entriesOf(locale: string): { key: string; source: string; translation: string }[] {
  const text = readFileSync(join(import.meta.dirname, `../../../web/texts/catalogs/${locale}.po`), "utf8");
  return text.split("\n\n").flatMap((block) => {
    const of = (name: string): string => {
      const match = new RegExp(`^${name} ((?:".*"\\n?)+)`, "m").exec(block)?.[1] ?? '""';
      return match
        .trim()
        .split("\n")
        .map((line) => String(JSON.parse(line)))
        .join("");
    };
    const source = of("msgid");
    return source === "" ? [] : [{ key: `${of("msgctxt")}/${source}`, source, translation: of("msgstr") }];
  });
}

/** What stands in a text for something else: values, and marks of elements. */
const holesOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)(?=[,}])|<\/?\d+\/?>/g)].map(([hole]) => hole.replace("{", "")))].toSorted();

test.each(["es", "zh", "ar"])("[W30] %s has every text, with what is put into it", (locale) => {
  const english = new Map(entriesOf("en").map(({ key, source }) => [key, source]));
  const entries = entriesOf(locale);
  expect(entries.map(({ key }) => key).toSorted()).toEqual([...english.keys()].toSorted());
  expect(entries.filter(({ translation }) => translation.trim() === "").map(({ key }) => key)).toEqual([]);
  // A word alone in a branch of a plural, as in `one {Picture}`, looks like a value.
  const isBranch = (source: string, hole: string): boolean => new RegExp(`\\w \\{${hole}\\}`).test(source);
  const lost = entries.flatMap(({ source, translation }) => {
    const there = holesOf(translation);
    return holesOf(source)
      .filter((hole) => !there.includes(hole) && !isBranch(source, hole))
      .map((hole) => `${hole}: ${source} => ${translation}`);
  });
  expect(lost).toEqual([]);
});

test.each([
  // One form of address, and punctuation as wide as the letters.
  ["zh", /您|[\u4e00-\u9fff][,:;?!]/],
  // No space before the three dots.
  ["en", / …/],
  ["es", / …/],
  // Nor here, and the punctuation of the script.
  ["ar", / …|[\u0600-\u06ff][,;?]/],
])("the texts in %s are written by one rule", (locale, wrong) => {
  expect(entriesOf(locale).filter(({ translation }) => wrong.test(translation))).toEqual([]);
});

test("in Arabic a chat has one word, and a conversation another", () => {
  const chats = entriesOf("ar").filter(({ source }) => /\bchats?\b/i.test(source) && !/conversation/i.test(source));
  expect(chats.filter(({ translation }) => /محادث/.test(translation))).toEqual([]);
});
