import { expect, test } from "vitest";
import { BrowserStore, storageTrouble } from "../../../web/browser/browser-store.ts";

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
  storageTrouble.subscribe(() => told++);
  const fails = { set: false };
  const full = new BrowserStore(() => area({}));
  full.set("a.1", "x");
  expect(storageTrouble.getSnapshot()).toBe(false);

  const there = area(fails);
  const browserStore = new BrowserStore(() => there);
  browserStore.set("a.1", "old");
  fails.set = true;
  browserStore.set("a.1", "new");
  browserStore.set("a.2", "two");
  expect(browserStore.get("a.1")).toBe("new");
  expect(browserStore.keys("a.")).toEqual(["a.1", "a.2"]);
  browserStore.remove("a.1");
  expect(browserStore.get("a.1")).toBeNull();
  expect(browserStore.keys("a.")).toEqual(["a.2"]);
  fails.set = false;
  browserStore.set("a.2", "later");
  expect(there.getItem("a.2")).toBe("later");

  const forbidden = new BrowserStore(() => {
    throw new DOMException("no", "SecurityError");
  });
  forbidden.set("b", "1");
  expect(forbidden.get("b")).toBe("1");
  forbidden.remove("b");
  expect(forbidden.get("b")).toBeNull();
  expect(new BrowserStore(() => area({ get: true })).get("x")).toBeNull();
  expect(told).toBe(1);
});
