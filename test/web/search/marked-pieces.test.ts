import fc from "fast-check";
import { expect, test } from "vitest";
import { markedPieces, unitRanges } from "../../../web/search/text/marked-pieces.ts";

const seed = Number(process.env["SEED"] ?? 20_261_128);

const shown = (text: string, cut: number, ...ranges: [number, number][]) => {
  const units = unitRanges(text, ranges);
  return [text.slice(0, cut), text.slice(cut)]
    .map((part, index) =>
      markedPieces(part, index === 0 ? 0 : cut, units)
        .map((piece) => (piece.isMarked ? `[${piece.text}]` : piece.text))
        .join(""),
    )
    .join("|");
};

test("[W36] what was found is marked in each part of the text, by code points", () => {
  expect(shown("the harbour at night", 4, [4, 11])).toBe("the |[harbour] at night");
  expect(shown("the harbour at night", 6, [4, 11], [15, 20])).toBe("the [ha]|[rbour] at [night]");
  expect(shown("👩‍👩‍👧 café, naïve 東京", 8, [6, 10], [18, 19])).toBe("👩‍👩‍👧| [café], naïve [東]京");
  expect(shown("cut", 3, [1, 9], [12, 14])).toBe("c[ut]|");
  expect(shown("nothing", 2)).toBe("no|thing");
});

test("[W36] the pieces are the text, however it is divided", () => {
  const ranges = fc
    .uniqueArray(fc.nat(30), { maxLength: 8 })
    .map((all) => all.sort((a, b) => a - b))
    .map((all) =>
      Array.from({ length: all.length >> 1 }, (_, n): [number, number] => [all[2 * n] ?? 0, all[2 * n + 1] ?? 0]),
    );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 25 }), fc.nat(25), ranges, (text, cut, all) => {
      const units = unitRanges(text, all);
      const at = Math.min(cut, text.length);
      const pieces = [...markedPieces(text.slice(0, at), 0, units), ...markedPieces(text.slice(at), at, units)];
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      const points = Array.from(text);
      const marked = all.map(([from, to]) => points.slice(from, to).join("")).join("");
      expect(
        pieces
          .filter((piece) => piece.isMarked)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(marked);
    }),
    { seed, numRuns: 1_000 },
  );
});
