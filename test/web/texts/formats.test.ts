import { i18n } from "@lingui/core";
import { afterEach, expect, test } from "vitest";
import { cappedText } from "../../../web/texts/counts.ts";
import { listPieces, listText, numberText } from "../../../web/texts/formats.ts";
import { agoText, shortTime } from "../../../web/texts/time.ts";

afterEach(() => i18n.loadAndActivate({ locale: "en", messages: {} }));

const now = new Date("2026-11-26T18:00:00").getTime();
const written = () => [
  numberText(1_234_567),
  listText(["A", "B", "C"]),
  shortTime(new Date("2026-11-26T17:05:00").getTime(), now),
  shortTime(new Date("2026-03-05T17:05:00").getTime(), now),
  agoText(now - 5 * 60_000, now),
];

test("[W30] numbers, lists and times are written as the page's language writes them", () => {
  // Node writes a narrow space before "PM".
  expect(written().map((text) => text.replace(/\s/g, " "))).toEqual([
    "1,234,567",
    "A, B, and C",
    "5:05 PM",
    "Mar 5",
    "5 min. ago",
  ]);
  i18n.loadAndActivate({ locale: "de", messages: {} });
  expect(written()).toEqual(["1.234.567", "A, B und C", "17:05", "5. März", "vor 5 Min."]);
});

test("[W31] dates and numbers are written for the region that the browser names", () => {
  i18n.loadAndActivate({ locale: "en", locales: "en-GB", messages: {} });
  expect(written()).toEqual(["1,234,567", "A, B and C", "17:05", "5 Mar", "5 min ago"]);
  i18n.loadAndActivate({ locale: "en", locales: "en-IN", messages: {} });
  expect(numberText(1_234_567)).toBe("12,34,567");
});

test("a list of elements has what stands between them", () => {
  expect(listPieces(3)).toEqual([0, ", ", 1, ", and ", 2]);
  expect(listPieces(1)).toEqual([0]);
  expect(listPieces(0)).toEqual([]);
});

test("a number in little room is cut at its most", () => {
  expect([cappedText(99, 99), cappedText(100, 99)]).toEqual(["99", "99+"]);
});
