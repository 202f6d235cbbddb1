import { expect, it } from "vitest";
import { agoText } from "../../../web/texts/time.ts";

it("says how long ago somebody was seen, coarser the longer it is", () => {
  // Local time: what is yesterday depends on where one is.
  const at = (text: string) => new Date(text).getTime();
  const now = at("2026-11-26T10:00:00");
  const date = (text: string, year?: "numeric") =>
    new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year }).format(at(text));
  const texts: [string, string][] = [
    ["2026-11-26T10:00:30", "just now"],
    ["2026-11-26T09:59:01", "just now"],
    ["2026-11-26T09:59:00", "1 min. ago"],
    ["2026-11-26T09:00:01", "59 min. ago"],
    ["2026-11-26T09:00:00", "1 hr. ago"],
    ["2026-11-25T23:00:00", "11 hr. ago"],
    ["2026-11-25T21:00:00", "yesterday"],
    ["2026-11-25T00:00:00", "yesterday"],
    ["2026-11-24T23:59:00", date("2026-11-24T23:59:00")],
    ["2025-12-31T12:00:00", date("2025-12-31T12:00:00", "numeric")],
  ];
  for (const [seen, text] of texts) expect([seen, agoText(at(seen), now)]).toEqual([seen, text]);
  expect(agoText(at("2026-11-26T00:10:00"), at("2026-11-26T23:00:00"))).toBe("22 hr. ago");
});
