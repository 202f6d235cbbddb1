import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClaimDecision, type ClaimFacts, decideClaim } from "../../../core/account/handle-claims.ts";
import { indexPrefix, isFoundBy, nameWords, queryWords } from "../../../core/text/name-words.ts";

describe("the words of a name", () => {
  test("a profile is found by its handle, by words and by parts of words", () => {
    expect(nameWords({ handle: "anna_m", name: "Anne-Marie  O'Brien" })).toEqual([
      "anna_m",
      "anne-marie",
      "o'brien",
      "marie",
      "brien",
    ]);
  });

  test.each([
    ["an", true],
    ["ANNA_M", true],
    ["@anna", true],
    ["anna_mx", false],
    ["mar", true],
    ["brien anne", true],
    ["brien bob", false],
    ["o'b", true],
    ["ｍａｒｉｅ", true],
    ["arie", false],
  ])("the query %j finds her: %j", (query, isFound) => {
    expect(isFoundBy({ handle: "anna_m", name: "Anne-Marie O'Brien" }, queryWords(query))).toBe(isFound);
  });

  test("the index never hides what the name itself would be found by", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), fc.nat(60), (name, length) => {
        const indexed = nameWords({ handle: null, name });
        for (const word of queryWords(name.slice(0, length)).filter((word) => word.isWellFormed())) {
          if (!isFoundBy({ handle: null, name }, [word])) continue;
          if (indexed.length === 24) continue;
          expect(indexed.some((candidate) => candidate.startsWith(indexPrefix(word)))).toBe(true);
        }
      }),
    );
  });

  test("characters that show nothing are in no word, neither of a name nor of a query", () => {
    expect(nameWords({ handle: null, name: "A\u200Bn\u00ADa \u3164 \u202EBo\u202C" })).toEqual(["ana", "bo"]);
    expect(queryWords("a\u200Dna\uFE0F \u2060")).toEqual(["ana"]);
    expect(queryWords("\u200B\u3164")).toEqual([]);
  });

  test("long words are cut whole, and a name has a bounded number of them", () => {
    const [word] = nameWords({ handle: null, name: `a${"😀".repeat(40)}` });
    expect(word?.isWellFormed()).toBe(true);
    expect(word?.length).toBeLessThanOrEqual(32);
    expect(nameWords({ handle: "x", name: Array.from({ length: 50 }, (_, i) => `w${i}`).join(" ") }).length).toBe(24);
  });
});

describe("a claimed handle", () => {
  const old: ClaimFacts = { purpose: "signUp", isNew: false, isOwn: false, isOld: true, holder: "held" };
  const cases: [string, Partial<ClaimFacts>, ClaimDecision][] = [
    [
      "claimed just now, goes to the claimer",
      { isNew: true, isOwn: true, isOld: false, holder: undefined },
      { do: "take" },
    ],
    [
      "claimed by oneself before, is claimed anew first",
      { isOwn: true, holder: undefined },
      { do: "swap", by: "owner" },
    ],
    ["claimed lately by another, is that sign-up's to go on with", { isOld: false, holder: undefined }, { do: "take" }],
    [
      "claimed lately by another, is refused to a rename",
      { purpose: "rename", isOld: false, holder: undefined },
      { do: "refuse" },
    ],
    ["held, is for its holder's object to say so", {}, { do: "take" }],
    ["held, is refused to a rename", { purpose: "rename" }, { do: "refuse" }],
    [
      "claimed long ago by a sign-up that was cut off, is gone on with",
      { holder: "no account" },
      { do: "swap", by: "owner" },
    ],
    [
      "claimed long ago for no account, can be had by a rename",
      { purpose: "rename", holder: "no account" },
      { do: "swap", by: "asker" },
    ],
    ["given up by its claimer, can be had", { holder: "free" }, { do: "swap", by: "asker" }],
    [
      "given up by its claimer, can be had by a rename",
      { purpose: "rename", holder: "free" },
      { do: "swap", by: "asker" },
    ],
  ];

  test.each(cases)("%s", (_, change, decision) => {
    expect(decideClaim({ ...old, ...change })).toEqual(decision);
  });
});
