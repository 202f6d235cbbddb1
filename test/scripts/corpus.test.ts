/** What the corpus is: more than 100,000 different messages in many scripts, always the same, as lines that an import takes. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { messageText } from "../../schema/text.ts";
import { corpusLines, corpusTexts } from "../../scripts/import/corpus.ts";

test(
  "it has at least 100,000 different texts, all of them messages, in at least 20 scripts",
  { timeout: 60_000 },
  () => {
    const texts = [...corpusTexts()];
    expect(texts.length).toBeGreaterThanOrEqual(100_000);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.filter((text) => !messageText.safeParse(text).success)).toEqual([]);
    const scripts = [
      "Latin",
      "Cyrillic",
      "Greek",
      "Arabic",
      "Hebrew",
      "Devanagari",
      "Bengali",
      "Tamil",
      "Telugu",
      "Thai",
      "Lao",
      "Khmer",
      "Myanmar",
      "Georgian",
      "Armenian",
      "Ethiopic",
      "Hangul",
      "Han",
      "Hiragana",
      "Cherokee",
      "Tibetan",
      "Sinhala",
    ];
    const all = texts.join("\n");
    expect(scripts.filter((script) => !new RegExp(`\\p{Script=${script}}`, "u").test(all))).toEqual([]);
  },
);

test("its lines are the same each time, people and the conversation first", () => {
  const digest = (): string =>
    createHash("sha256")
      .update([...corpusLines(2_000)].join(""))
      .digest("hex");
  expect(digest()).toBe(digest());
  const lines = [...corpusLines(50)].map((line) => JSON.parse(line) as { type: string });
  expect(lines.map(({ type }) => type).join(" ")).toMatch(/^(person ){10}conversation (message ?){50}$/);
});
