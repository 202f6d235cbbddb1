import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { excerptOf, mentionRanges } from "../../../web/search/text/excerpt.ts";
import { shownText } from "../../../web/search/text/shown-text.ts";

const shown = (text: string, ...highlights: [number, number][]) => {
  const { pieces, isCutBefore, isCutAfter } = excerptOf(text, highlights);
  const inner = pieces.map((piece) => (piece.isHit ? `[${piece.text}]` : piece.text)).join("");
  return `${isCutBefore ? "…" : ""}${inner}${isCutAfter ? "…" : ""}`;
};

describe("[W35] the text of a hit", () => {
  test("is whole where it is short, with its highlights in code points", () => {
    expect(shown("the harbour at night", [4, 11])).toBe("the [harbour] at night");
    expect(shown("👩‍👩‍👧 café, naïve 東京", [6, 10], [18, 19])).toBe("👩‍👩‍👧 [café], naïve [東]京");
    expect(shown("no place")).toBe("no place");
    expect(shown("")).toBe("");
  });

  test("is cut between words around the first highlight", () => {
    const text = `${"word ".repeat(100)}harbour${" more".repeat(100)}`;
    expect(shown(text, [500, 507])).toMatch(/^…word word .*word \[harbour\] more .*…$/);
  });

  test("keeps letters with their marks, and emoji whole", () => {
    const letter = "e\u0301\u0323";
    expect(shown(letter.repeat(300), [150, 153])).toMatch(/^…(?:e\u0301\u0323)+\[e\u0301\u0323\](?:e\u0301\u0323)+…$/);
    const family = "👩‍👩‍👧";
    expect(shown(family.repeat(300), [250, 255]).replaceAll(family, "x")).toMatch(/^…x+\[x\]x+…$/);
  });

  test("shows the beginning where the highlight lies behind what is here of the text", () => {
    expect(shown("only the beginning", [5_000, 5_004])).toBe("only the beginning");
  });

  test("is always a part of the text, and its marked parts are what the ranges say", () => {
    const parts = ["word ", "東京", "مرحبا ", "e\u0301", "👩‍👩‍👧", "👍🏽", "\n\n", "x".repeat(40), "שלום ", "\u202e", "ﬁ "];
    const text = fc.array(fc.constantFrom(...parts), { maxLength: 80 }).map((some) => some.join(""));
    const steps = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 8 })), { maxLength: 12 });
    fc.assert(
      fc.property(text, steps, (whole, gaps) => {
        const points = Array.from(whole);
        const ranges: [number, number][] = [];
        let at = 0;
        for (const [gap, length] of gaps) {
          const from = at + gap;
          at = Math.min(points.length, from + length);
          if (from < at) ranges.push([from, at]);
          at++;
        }
        const { pieces, isCutBefore, isCutAfter } = excerptOf(whole, ranges);
        const inner = pieces.map((piece) => piece.text).join("");
        expect(whole.includes(inner)).toBe(true);
        expect(isCutBefore || whole.startsWith(inner)).toBe(true);
        expect(isCutAfter || whole.endsWith(inner)).toBe(true);
        const marked = pieces.filter(({ isHit }) => isHit).map((piece) => piece.text);
        const [first] = ranges;
        expect(marked[0]).toBe(first === undefined ? undefined : points.slice(...first).join(""));
        expect(marked.length).toBeLessThanOrEqual(ranges.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("[W37] the place of a mention is found in code points, whatever the case of the handle", () => {
  expect(mentionRanges("👍 hello @Ana.B, and @ana.b", "ana.b")).toEqual([[8, 14]]);
  expect(mentionRanges("@anaxb", "ana.b")).toEqual([]);
  expect(mentionRanges("hello", null)).toEqual([]);
});

test.each([
  ["the printer is _fine_, *really*", ["fine", "really"], "the printer is fine, really"],
  ["~no~ 👍 _yes_", ["yes"], "no 👍 yes"],
  ["- one\n- *two*", ["two"], "• one\n• two"],
  ["see https://example.org/a_b_c", ["a_b_c"], "see https://example.org/a_b_c"],
] as const)("a hit shows %j without its marks, and what was found where it stands then", (text, words, shown) => {
  const points = (part: string): number => Array.from(part).length;
  const found = words.map((word): [number, number] => {
    const at = points(text.slice(0, text.indexOf(word)));
    return [at, at + points(word)];
  });
  const { text: whole, highlights } = shownText(text, found);
  expect(whole).toBe(shown);
  expect(highlights.map(([from, to]) => Array.from(whole).slice(from, to).join(""))).toEqual(words);
});
