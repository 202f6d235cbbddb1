import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold, holdsFolded } from "../../../core/text/fold.ts";
import { isFoundBy, nameWords, queryWords } from "../../../core/text/name-words.ts";

function finds(query: string, name: string): boolean {
  return isFoundBy({ handle: "someone", name }, queryWords(query));
}

describe("folding", () => {
  test.each([
    ["nguyen", "Nguyễn Văn Đức"],
    ["NGUYỄN", "Nguyễn".normalize("NFD")],
    ["van duc", "Nguyễn Văn Đức"],
    ["ilker", "İlker"],
    ["ılker", "İLKER"],
    ["İlker", "ilker"],
    ["strasse", "Straße"],
    ["straße", "STRASSE"],
    ["STRAẞE", "strasse"],
    ["lukasz", "Łukasz"],
    ["soren", "Søren"],
    ["οδυ", "Οδυσσεύς"],
    ["οδυσσευσ", "ΟΔΥΣΣΕΎΣ"],
    ["артем", "Артём"],
    ["प्रि", "प्रिया"],
    ["ก้อ", "ก้อง"],
    ["தமி", "தமிழ்"],
    ["احمد", "أَحْمَد"],
    ["محمد", "مُحَمَّد"],
    ["ﻣﺤﻤﺪ", "محمد"],
    ["小明", "王小明"],
    ["明", "王小明"],
    ["bob", "王小明Bob"],
    ["anna", "Анна-Anna"],
    ["민수", "김민수"],
    ["김미", "김민수"],
    ["がく", "かかがく"],
    ["ｶﾞｸ", "ガク"],
    ["bo", "(Bo)"],
    ["marie", "Anne-Marie"],
    ["brien", "O'Brien"],
  ])("%s finds %s", (query, name) => {
    expect(finds(query, name)).toBe(true);
  });

  test.each([
    ["प", "कप"],
    ["पर", "प्रिया"],
    ["かく", "がく"],
    ["rie", "Marie"],
    ["ood", "Bo-o"],
  ])("%s does not find %s", (query, name) => {
    expect(finds(query, name)).toBe(false);
  });

  const character = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));

  test("[A20] every character, folded, is folded, in either case and every normal form", { timeout: 60_000 }, () => {
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      const own = String.fromCodePoint(point);
      if (/\p{Cn}|\p{Co}|\p{Cs}/u.test(own)) continue;
      const folded = fold(own);
      const forms = [folded, own.toUpperCase(), own.toLowerCase(), own.normalize("NFC"), own.normalize("NFD")];
      if (forms.some((form) => fold(form) !== folded)) wrong.push(point.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  test("[A20] a name is found by itself in each form, and by each of its beginnings", { timeout: 60_000 }, () => {
    const word = fc.oneof(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
      fc.string({ unit: character, minLength: 1, maxLength: 6 }),
    );
    fc.assert(
      fc.property(word, fc.nat(12), (name, length) => {
        for (const form of [
          name,
          name.normalize("NFD"),
          name.normalize("NFKC"),
          name.toUpperCase(),
          name.toLowerCase(),
        ]) {
          expect(finds(form, name)).toBe(true);
          expect(fold(fold(form))).toBe(fold(form));
        }
        const typed = Array.from(name).slice(0, length).join("");
        expect(finds(typed, name)).toBe(true);
        if (queryWords(name).length > 0) expect(holdsFolded(`x${name}y`, name)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("nothing that shows is in no title", () => {
    expect(holdsFolded("Harbour", " \u200B")).toBe(false);
    expect(holdsFolded("Straße 7", "STRASSE ")).toBe(true);
  });

  test("the words of a Chinese name are bounded, the name itself first", () => {
    const words = nameWords({ handle: "wang", name: "王".repeat(20) + "小明".repeat(12) + " Bob" });
    expect(words.length).toBe(24);
    expect(words.slice(0, 3).map((word) => word.slice(0, 3))).toEqual(["wan", "王王王", "bob"]);
  });
});
