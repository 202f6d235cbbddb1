import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cursorOf, listPage, numberedPlaceOf, wordedPlaceOf } from "../../objects/shared/list-pages.ts";

const start = { by: 0, id: "" };
const id = fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/);

test("a cursor names its place", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), id, (by, of) => {
      expect(numberedPlaceOf(cursorOf({ by, id: of }), start)).toEqual({ by, id: of });
    }),
  );
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), id, (by, of) => {
      expect(wordedPlaceOf(cursorOf({ by, id: of }), { by: "", id: "" })).toEqual({ by, id: of });
    }),
  );
});

test("without a cursor a list begins at its start; a text that is no cursor of the list names no place", () => {
  expect(numberedPlaceOf(undefined, start)).toBe(start);
  const written = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const junk = [
    "",
    "~",
    "x",
    "1~g",
    "%%%",
    ...[1, [], [1], ["1", "g"], [1.5, "g"], [-1, "g"], [1, "a b"], [1, "g", 2]].map(written),
  ];
  for (const text of junk) expect(numberedPlaceOf(text, start), text).toBeNull();
  for (const text of ["", written([1, "g"]), written(["", "g"])])
    expect(wordedPlaceOf(text, { by: "", id: "" }), text).toBeNull();
});

test("walking a list by its cursors meets each row once, whatever the page", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(50)), fc.integer({ min: 1, max: 7 }), (numbers, limit) => {
      const rows = numbers.toSorted((a, b) => a - b).map((by) => ({ by, id: "i" }));
      const met: number[] = [];
      let cursor: string | null | undefined;
      do {
        const after = numberedPlaceOf(cursor ?? undefined, { by: -1, id: "" });
        const page = listPage(
          rows.filter(({ by }) => by > (after?.by ?? Infinity)).slice(0, limit + 1),
          limit,
          (row) => row,
        );
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        met.push(...page.rows.map(({ by }) => by));
        cursor = page.cursor;
      } while (cursor !== null);
      expect(met).toEqual(rows.map(({ by }) => by));
    }),
  );
});
