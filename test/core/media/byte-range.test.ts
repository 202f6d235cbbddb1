/** What of a `Range` header is served, and which bytes it means. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { boundsOf, byteRangeOf } from "../../../core/media/byte-range.ts";

test.each<[string | null, ReturnType<typeof byteRangeOf>]>([
  ["bytes=0-0", { offset: 0, length: 1 }],
  ["bytes=5-9", { offset: 5, length: 5 }],
  ["bytes=5-", { offset: 5 }],
  ["bytes=-7", { suffix: 7 }],
  ["bytes=-0", { suffix: 0 }],
  ["Bytes= 5-9 ", { offset: 5, length: 5 }],
  [null, undefined],
  ["", undefined],
  ["bytes=", undefined],
  ["bytes=-", undefined],
  ["bytes=9-5", undefined],
  ["bytes=1-2,4-5", undefined],
  ["bytes=1-2,", undefined],
  ["lines=1-2", undefined],
  ["bytes=a-b", undefined],
  ["bytes=1-2-3", undefined],
  ["bytes=0x1-2", undefined],
  [`bytes=0-${"9".repeat(30)}`, undefined],
])("%s", (header, range) => {
  expect(byteRangeOf(header)).toEqual(range);
});

test("the bytes of a range are those that RFC 9110 names, whatever the numbers are", () => {
  const number = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(number, number, number, (from, to, size) => {
      const bytes = Array.from({ length: size }, (_, at) => at);
      const of = (header: string): number[] | undefined => {
        const range = byteRangeOf(header);
        const bounds = range === undefined ? undefined : boundsOf(range, size);
        return bounds === undefined ? undefined : bytes.slice(bounds.first, bounds.last + 1);
      };
      const orNone = (some: number[]): number[] | undefined => (some.length === 0 ? undefined : some);
      if (from <= to) expect(of(`bytes=${from}-${to}`)).toEqual(orNone(bytes.slice(from, to + 1)));
      expect(of(`bytes=${from}-`)).toEqual(orNone(bytes.slice(from)));
      expect(of(`bytes=-${to}`)).toEqual(to === 0 ? undefined : orNone(bytes.slice(-to)));
    }),
  );
});
