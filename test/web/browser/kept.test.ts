import { expect, test } from "vitest";
import { Kept, keepingTrouble } from "../../../web/browser/kept.ts";

function area(fails: { get?: boolean; set?: boolean }) {
  const map = new Map<string, string>();
  return {
    get length() {
      return map.size;
    },
    key: (index: number) => [...map.keys()][index] ?? null,
    getItem: (key: string) => {
      if (fails.get === true) throw new DOMException("no", "SecurityError");
      return map.get(key) ?? null;
    },
    setItem: (key: string, value: string) => {
      if (fails.set === true) throw new DOMException("full", "QuotaExceededError");
      map.set(key, value);
    },
    removeItem: (key: string) => void map.delete(key),
  };
}

test("[W17] a text that the browser does not store is kept in memory, and the trouble is shown once", () => {
  let told = 0;
  keepingTrouble.subscribe(() => told++);
  const fails = { set: false };
  const full = new Kept(() => area({}));
  full.set("a.1", "x");
  expect(keepingTrouble.getSnapshot()).toBe(false);

  const there = area(fails);
  const kept = new Kept(() => there);
  kept.set("a.1", "old");
  fails.set = true;
  kept.set("a.1", "new");
  kept.set("a.2", "two");
  expect(kept.get("a.1")).toBe("new");
  expect(kept.keys("a.")).toEqual(["a.1", "a.2"]);
  kept.remove("a.1");
  expect(kept.get("a.1")).toBeNull();
  expect(kept.keys("a.")).toEqual(["a.2"]);
  fails.set = false;
  kept.set("a.2", "later");
  expect(there.getItem("a.2")).toBe("later");

  const forbidden = new Kept(() => {
    throw new DOMException("no", "SecurityError");
  });
  forbidden.set("b", "1");
  expect(forbidden.get("b")).toBe("1");
  forbidden.remove("b");
  expect(forbidden.get("b")).toBeNull();
  expect(new Kept(() => area({ get: true })).get("x")).toBeNull();
  expect(told).toBe(1);
});
