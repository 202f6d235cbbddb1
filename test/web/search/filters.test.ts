import { describe, expect, test } from "vitest";
import { askOf, countOf, noFilters } from "../../../web/search/filters/filters.ts";
import { isFindKey } from "../../../web/conversation/search/find-key.ts";
import { queryOf } from "../../../web/search/query.ts";

describe("[W36] the filters of a search in a chat", () => {
  test("days are whole days of this place, the last one included", () => {
    expect(askOf(noFilters)).toEqual({});
    const { since, until } = askOf({ senderId: "", from: "2026-03-28", until: "2026-03-29" });
    expect(new Date(since ?? 0).toLocaleString("sv")).toBe("2026-03-28 00:00:00");
    expect(new Date(until ?? 0).toLocaleString("sv")).toBe("2026-03-29 23:59:59");
    expect(new Date((until ?? 0) + 1).toLocaleString("sv")).toBe("2026-03-30 00:00:00");
  });

  test("what is no day narrows nothing, and days before all messages ask for a time that the server knows", () => {
    expect(askOf({ senderId: "u", from: "", until: "2026-3" })).toEqual({ senderId: "u" });
    expect(askOf({ ...noFilters, from: "0001-01-01" }).since).toBeGreaterThan(0);
    expect(askOf({ ...noFilters, until: "0001-01-01" }).until).toBeGreaterThanOrEqual(0);
    expect(countOf({ senderId: "u", from: "", until: "2026-03-29" })).toBe(2);
  });
});

test("[W36] the keys that search are Ctrl and F, on a Mac Command and F, and nothing else with them", () => {
  const keys = { key: "f", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };
  expect(isFindKey({ ...keys, ctrlKey: true }, false)).toBe(true);
  expect(isFindKey({ ...keys, ctrlKey: true, key: "F" }, false)).toBe(true);
  expect(isFindKey({ ...keys, ctrlKey: true }, true)).toBe(false);
  expect(isFindKey({ ...keys, metaKey: true }, true)).toBe(true);
  expect(isFindKey({ ...keys, metaKey: true }, false)).toBe(false);
  expect(isFindKey({ ...keys, ctrlKey: true, shiftKey: true }, false)).toBe(false);
  expect(isFindKey(keys, false)).toBe(false);
});

test("a query is no longer than the server takes, in code points", () => {
  expect(queryOf("  two \n words ")).toBe("two words");
  expect(Array.from(queryOf("👍".repeat(300))).length).toBe(256);
});
