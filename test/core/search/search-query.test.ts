import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldWhole } from "../../../core/text/fold.ts";
import { foldedText, placedForm, searchForm } from "../../../core/search/search-form.ts";
import { highlightsOf, isAnswer, searchQuery } from "../../../core/search/search-query.ts";
import { cpuMsOf } from "../../rig/cpu-time.ts";

const seed = Number(process.env["SEED"] ?? 20_261_128);

function finds(typed: string, text: string): boolean {
  const query = searchQuery(typed);
  return query !== undefined && isAnswer(query, text);
}

/** The parts of the text that are highlighted. */
function shown(typed: string, text: string): string[] {
  const query = searchQuery(typed);
  const points = Array.from(text);
  return query === undefined ? [] : highlightsOf(query, text, 100).map(([from, to]) => points.slice(from, to).join(""));
}

describe("[E1] a query finds", () => {
  test.each([
    // Words, by their beginnings, in any order; case and accents folded.
    ["hello", "Hello, world"],
    ["hel", "Hello, world"],
    ["world hello", "Hello, world"],
    ["HELLO", "hello"],
    ["cafe", "Un café, s'il vous plaît"],
    ["café", "UN CAFE"],
    ["cafe", "Un cafe\u0301!"],
    ["strasse", "Die Straße"],
    ["STRAßE", "die strasse"],
    ["nguyen", "Nguyễn Văn Đức"],
    ["istanbul", "İSTANBUL"],
    ["οδυσσευσ", "Ο Οδυσσεύς"],
    ["артем", "Привет, Артём"],
    ["ёлка", "елка"],
    ["ﬁne", "a fine day"],
    ["fine", "a ﬁne day"],
    ["１２３", "room 123"],
    ["123", "１２３"],
    ["tel", "℡ 5"],
    // Words hold together what stands between their marks.
    ["हिन्दी", "मैं हिन्दी बोलता हूँ"],
    ["हिन", "मैं हिन्दी बोलता हूँ"],
    ["தமி", "தமிழ் மொழி"],
    ["محمد", "مرحبا مُحَمَّد"],
    ["مرحبا", "مرحـــبا"],
    ["שלום", "שָׁלוֹם עולם"],
    ["می‌خواهم", "میخواهم"],
    // Scripts without spaces: any part.
    ["京", "東京タワー"],
    ["東京", "東京タワー"],
    ["京タ", "東京タワー"],
    ["タワー", "ﾀﾜｰ"],
    ["が", "ながい"],
    ["か\u3099", "ながい"],
    ["안녕", "안녕하세요"],
    ["하세", "안녕하세요"],
    ["한", "\u1112\u1161\u11ab국"],
    ["中", "我爱中国"],
    ["国我", "中国我"],
    ["𠮷", "𠮷野家"],
    ["野", "𠮷野家"],
    ["รัก", "ฉันรักเธอ"],
    ["មាន", "ខ្ញុំមានឆ្កែ"],
    ["手机", "我的iPhone手机"],
    ["iphone", "我的iPhone手机"],
    ["iphone手机", "我的iPhone手机"],
    ["3月", "2026年3月15日"],
    ["🎉", "done🎉🎉"],
    ["👍", "👍🏽"],
    ["❤", "I ❤️ you"],
    // What is written together, and phrases.
    ["don't", "I don’t know"],
    ["3.14", "pi is 3.1415"],
    ["1,000", "1,000,000 messages"],
    ["foo_bar", "call foo_bar()"],
    ["example.com", "see https://www.example.com/x"],
    ["user@example.com", "mail user@example.com"],
    ['"quick brown"', "the quick, brown fox"],
    ['"quick bro"', "the quick brown fox"],
    ["“quick brown” fox", "the quick brown fox"],
    ['"quick brown', "the quick brown fox"],
    ['the "brown fox" quick', "the quick brown fox"],
    ['"京タワ"', "東京タワー"],
    ["marie", "Anne-Marie"],
    ["a.*b", "a b"],
    ["(a+)+$", "a"],
    ["C++", "C"],
    ["x\\y", "x y"],
  ])("%s in %s", (typed, text) => {
    expect(finds(typed, text)).toBe(true);
  });
});

describe("[E1] a query does not find", () => {
  test.each([
    ["ello", "Hello"],
    ["hello moon", "Hello, world"],
    ["か", "ながい"],
    ["하", "한국"],
    ["京東", "東京"],
    ["東 京タ", "京東"],
    ["नद", "हिन्दी"],
    ['"brown quick"', "the quick brown fox"],
    ['"quick fox"', "the quick brown fox"],
    ['"uick brown"', "the quick brown fox"],
    ["don't", "don and tim"],
    ["3.14", "3 apples and 14 pears"],
    ["3月", "13月"],
    ["hone手机", "iPhone手机"],
    ["a", "🎉"],
  ])("%s in %s", (typed, text) => {
    expect(finds(typed, text)).toBe(false);
  });
});

test.each(["", " ", "!!!", "...", '""', "“”", "\u200b", "\u0301", "+-*/", "。、"])(
  "a query without a word: %j",
  (typed) => {
    expect(searchQuery(typed)).toBeUndefined();
  },
);

test.each<[string, string, string[]]>([
  ["hel", "Hello, hello", ["Hel", "hel"]],
  ["cafe", "x cafe\u0301 y", ["cafe\u0301"]],
  ["caf", "café", ["caf"]],
  ["cafe", "café", ["café"]],
  ["stras", "Straße", ["Straß"]],
  ["strasse", "Straße", ["Straße"]],
  ["f", "ﬁn", ["ﬁ"]],
  ["京", "東京と京都", ["京", "京"]],
  ["東京 京都", "東京都", ["東京都"]],
  ["한", "\u1112\u1161\u11ab국", ["\u1112\u1161\u11ab"]],
  ["野", "😀𠮷野家", ["野"]],
  ["b", "😀 b 😀 b", ["b", "b"]],
  ["हि", "हिन्दी", ["हि"]],
  ["ह", "हिन्दी", ["हि"]],
  ["don't", "I don’t", ["don’t"]],
  ['"quick brown"', "a quick,  brown fox", ["quick,  brown"]],
  ["👩", "👩‍👧 👩🏽", ["👩‍", "👩"]],
  ["مرحبا", "مرحـــبا", ["مرحـــبا"]],
  ["a aa aaa", "aaa", ["aaa"]],
])("[E2] %s is highlighted in %s", (typed, text, parts) => {
  expect(shown(typed, text)).toEqual(parts);
});

const anyOf = (characters: string) => fc.constantFrom(...Array.from(characters));

/** Characters that fold, join and decompose in every way, more often than by chance. */
const character = fc.oneof(
  { weight: 3, arbitrary: anyOf("abAB  .,'_\"é") },
  {
    weight: 3,
    arbitrary: anyOf(
      "ßİıŁﬁΣς중ㅎㅏㄴ\u1112\u1161\u11abｶﾞが\u3099か京東タ𠮷😀👍🏽\u200d\ufe0fक़\u094d\u093cิ\u0e38กм\u0306مّـ\u0301\u0323㍿℡½\ufdfa",
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point)) },
);
const anyText = fc.array(character, { maxLength: 40 }).map((parts) => parts.join("").toWellFormed());

test("[E2] letters folded one by one give the same as the text folded as a whole", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { form, letters, begins } = placedForm(text);
      expect(foldedText(text)).toBe(foldWhole(text));
      expect(form).toBe(searchForm(text));
      expect(form).toBe(searchForm(foldWhole(text)));
      expect(letters.length).toBe(form.length);
      expect(begins.at(-1)).toBe(Array.from(text).length);
    }),
    { seed, numRuns: 2_000 },
  );
});

/** The words of a text, found in the slowest way that is certain to be right, and whether a term begins at one of them. */
function naivelyFinds(word: string, text: string): boolean {
  const units = foldWhole(text);
  const isLetter = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}\p{M}]/u.test(character);
  for (let at = 0; at < units.length; at++) if (units.startsWith(word, at) && !isLetter(units[at - 1])) return true;
  return false;
}

const spaced = fc.array(anyOf("aábBcßд ,.-é"), { maxLength: 30 }).map((parts) => parts.join(""));

test("[E1] words of spaced scripts: the same answers as of a naive search", () => {
  fc.assert(
    fc.property(spaced, spaced, (typed, text) => {
      const words = foldWhole(typed)
        .split(/[^\p{L}\p{N}]+/u)
        .filter((word) => word !== "");
      fc.pre(words.length > 0 && !typed.includes("."));
      expect(finds(typed, text)).toBe(words.every((word) => naivelyFinds(word, text)));
    }),
    { seed, numRuns: 2_000 },
  );
});

const unspaced = fc.array(anyOf("京東都한국がか𠮷"), { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));

test("[E1] scripts without spaces: the same answers as of a search for a part", () => {
  fc.assert(
    fc.property(unspaced, unspaced, (typed, text) => {
      expect(finds(typed, text)).toBe(text.includes(typed));
    }),
    { seed, numRuns: 2_000 },
  );
});

test("[E2] what is highlighted answers the query, and ranges lie apart, ascending, within the text", () => {
  fc.assert(
    fc.property(anyText, fc.nat(), fc.nat(), (text, a, b) => {
      const points = Array.from(text);
      const [from, to] = [a % (points.length + 1), b % (points.length + 1)].sort((x, y) => x - y);
      const query = searchQuery(points.slice(from, to).join(""));
      if (query === undefined) return;
      const ranges = highlightsOf(query, text, 100);
      if (isAnswer(query, text)) expect(ranges.length).toBeGreaterThan(0);
      let end = -1;
      for (const range of ranges) {
        expect(range[0]).toBeGreaterThan(end);
        expect(range[1]).toBeGreaterThan(range[0]);
        end = range[1];
      }
      expect(end).toBeLessThanOrEqual(points.length);
    }),
    { seed, numRuns: 2_000 },
  );
});

test("[E1] a text is passed over only where the slow way finds nothing either", () => {
  fc.assert(
    fc.property(anyText, anyText, fc.nat(), fc.nat(), (text, other, a, b) => {
      const points = Array.from(text);
      const [from, to] = [a % (points.length + 1), b % (points.length + 1)].sort((x, y) => x - y);
      for (const typed of [points.slice(from, to).join(""), other]) {
        const query = searchQuery(typed);
        if (query === undefined) continue;
        const isThere = query.terms.every((term) => highlightsOf({ terms: [term] }, text, 1).length > 0);
        expect(isAnswer(query, text)).toBe(isThere);
      }
    }),
    { seed, numRuns: 3_000 },
  );
});

test("[E3] no text and no query take more than linear time", { timeout: 20_000 }, () => {
  const n = 20_000;
  const texts = [
    "a".repeat(2 * n),
    "a ".repeat(n),
    "ab ".repeat(n),
    "あ".repeat(2 * n),
    `a${"\u0301\u0323".repeat(n)}`,
    `a${"\u0e38".repeat(n)}${"\u093c".repeat(n)}`,
    `a${"ﾞ".repeat(n)}${"\u093c".repeat(n)}`,
    "\u1112\u1161".repeat(n),
    "\ufdfa".repeat(n),
    "\u200d".repeat(2 * n - 1) + "a",
    "👩‍".repeat(n),
    '"'.repeat(n),
    "'.".repeat(n),
  ];
  const queries = ["a".repeat(256), `${"a ".repeat(127)}b`, `"${"a ".repeat(126)}b"`, "あ".repeat(255) + "い", "ab"];
  for (const text of texts) {
    const ms = cpuMsOf(() => {
      for (const typed of [...queries, text]) {
        const query = searchQuery(typed);
        if (query === undefined) continue;
        isAnswer(query, text);
        highlightsOf(query, text, 100);
      }
    });
    // By square, the least of these takes longer by far.
    expect(ms).toBeLessThan(5_000);
  }
});
