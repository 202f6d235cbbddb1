import "fake-indexeddb/auto";
import fc from "fast-check";
import { deleteDB, openDB } from "idb";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { memoryStorage, type Storage, type Stored } from "../../../client/index.ts";
import { keys } from "../../../client/storage/keys.ts";
import { indexedDbStorage } from "../../../client/storage/storage-indexed-db.ts";
import { StandInStorage } from "../../../client/storage/storage-stand-in.ts";
import { sqliteStorage } from "../../../client/storage/storage-sqlite.ts";

let databases = 0;
const kinds: [string, () => Storage][] = [
  ["memory", memoryStorage],
  ["IndexedDB", () => indexedDbStorage({ name: `test ${databases++}` })],
  ["SQLite", () => sqliteStorage(":memory:")],
];

const everything = { from: "", to: "\uFFFF" };

describe.each(kinds)("storage in %s", (_name, make) => {
  it("gives back what was put, and undefined for the rest", async () => {
    const storage = make();
    await storage.write({ puts: [["a", { x: [1, "two", null, { y: true }] }]] });
    expect(await storage.get("a")).toEqual({ x: [1, "two", null, { y: true }] });
    expect(await storage.get("b")).toBeUndefined();
  });

  it("does not share objects with those who put them", async () => {
    const storage = make();
    const value = { list: [1] };
    await storage.write({ puts: [["a", value]] });
    value.list.push(2);
    expect(await storage.get("a")).toEqual({ list: [1] });
  });

  it("lists ranges in order, from either end", async () => {
    const storage = make();
    await storage.write({ puts: ["c", "a", "d", "b", "e"].map((key) => [key, key] as const) });
    const list = async (options?: Parameters<Storage["list"]>[1]) =>
      (await storage.list({ from: "b", to: "e" }, options)).map(([key]) => key);
    expect(await list()).toEqual(["b", "c", "d"]);
    expect(await list({ limit: 2 })).toEqual(["b", "c"]);
    expect(await list({ limit: 2, last: true })).toEqual(["c", "d"]);
    expect(await storage.list({ from: "x", to: "a" })).toEqual([]);
  });

  it("deletes before it puts, in one step", async () => {
    const storage = make();
    await storage.write({
      puts: [
        ["a", 1],
        ["b", 1],
        ["c", 1],
      ],
    });
    await storage.write({ deleteRanges: [{ from: "a", to: "c" }], deletes: ["c"], puts: [["b", 2]] });
    expect(await storage.list(everything)).toEqual([["b", 2]]);
  });
});

describe("storage in a file of SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-sqlite-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("keeps what was written for the next run, and shuts a second program out", async () => {
    const path = join(folder, "bot.db");
    const first = sqliteStorage(path);
    await first.write({ puts: [["a", { n: 1 }]] });
    void first.write({ puts: [["b", "written at the end"]] });
    expect(() => sqliteStorage(path)).toThrow("locked");
    first.close();
    await expect(first.write({ puts: [["c", 1]] })).rejects.toThrow("closed");
    const second = sqliteStorage(path);
    expect(await second.list(everything)).toEqual([
      ["a", { n: 1 }],
      ["b", "written at the end"],
    ]);
    second.close();
  });

  it("orders keys by their UTF-16 units, as memory does", async () => {
    const key = fc.string({ unit: "grapheme", maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key), key, key, async (all, from, to) => {
        const [memory, sqlite] = [memoryStorage(), sqliteStorage(":memory:")];
        for (const storage of [memory, sqlite]) await storage.write({ puts: all.map((each) => [each, each] as const) });
        expect(await sqlite.list({ from, to })).toEqual(await memory.list({ from, to }));
        sqlite.close();
      }),
    );
  });

  it("writes nothing of a step that fails, and goes on", async () => {
    const storage = sqliteStorage(":memory:");
    const bad: unknown = { toJSON: () => undefined };
    const broken = [
      ["a", 1],
      ["b", bad],
    ] as unknown as [string, Stored][];
    await expect(storage.write({ puts: broken })).rejects.toThrow();
    await storage.write({ puts: [["c", 1]] });
    expect(await storage.list(everything)).toEqual([["c", 1]]);
  });
});

describe("the names under which things are stored", () => {
  it("have the order of numbers, and accounts and conversations do not mix", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        expect(keys.message("u", "c", a) < keys.message("u", "c", b)).toBe(a < b);
      }),
    );
    const { from, to } = keys.conversation("u1", "c1");
    const within = (key: string) => key >= from && key < to;
    expect(within(keys.message("u1", "c1", 5))).toBe(true);
    expect(within(keys.facts("u1", "c1"))).toBe(true);
    expect(within(keys.message("u1", "c10", 5))).toBe(false);
    expect(within(keys.message("u10", "c1", 5))).toBe(false);
  });
});

describe("IndexedDB that is not what it should be", () => {
  const put = { puts: [["a", 1] as const] };

  it("[W17] is replaced by memory where it never answers, or cannot be opened, and that is reported once", async () => {
    const kinds: [string, () => IDBOpenDBRequest][] = [
      ["hangs", () => new EventTarget() as IDBOpenDBRequest],
      [
        "throws",
        () => {
          throw new DOMException("forbidden", "SecurityError");
        },
      ],
    ];
    for (const [kind, open] of kinds) {
      const spied = vi.spyOn(indexedDB, "open").mockImplementation(open);
      let told = 0;
      const storage = indexedDbStorage({ name: kind, waitMs: 20, onTrouble: () => told++ });
      expect(await storage.list(everything)).toEqual([]);
      await storage.write(put);
      expect(await storage.get("a")).toBe(1);
      expect(told).toBe(1);
      spied.mockRestore();
    }
  });

  it("[W17] stuck after it was opened, is replaced too", async () => {
    let told = 0;
    const storage = indexedDbStorage({ name: "stuck", waitMs: 300, onTrouble: () => told++ });
    await storage.write(put);
    const never: unknown = new Promise(() => undefined);
    const spied = vi.spyOn(IDBObjectStore.prototype, "get").mockImplementation(() => never as IDBRequest);
    expect(await storage.get("a")).toBeUndefined();
    await storage.write(put);
    expect(await storage.get("a")).toBe(1);
    expect(told).toBe(1);
    spied.mockRestore();
  });

  it("[W17] that answers again gets what was written meanwhile, and what others wrote is seen again", async () => {
    const storage = indexedDbStorage({ name: "late", waitMs: 300 });
    await storage.write({ puts: ["a", "b", "c", "d"].map((key) => [key, "before"] as const) });
    const another = indexedDbStorage({ name: "late" });
    const release: (() => void)[] = [];
    const spied = vi.spyOn(IDBObjectStore.prototype, "get").mockImplementationOnce(() => {
      const late: unknown = new Promise<string>((resolve) => release.push(() => resolve("late")));
      return late as IDBRequest;
    });
    expect(await storage.get("a")).toBeUndefined();
    spied.mockRestore();
    await storage.write({ deleteRanges: [{ from: "a", to: "b" }], deletes: ["b"], puts: [["e", "passing"]] });
    expect(await storage.writeIf?.({ key: "e", stamp: "another" }, { puts: [["d", "refused"]] })).toBe(false);
    await storage.write({ puts: [["c", "meanwhile"]], deletes: ["e"] });
    await another.write({ puts: [["f", "another's"]] });
    expect(await storage.get("f")).toBeUndefined();
    release[0]?.();
    await storage.write({ puts: [["g", "last"]] });
    const whole = [
      ["c", "meanwhile"],
      ["d", "before"],
      ["f", "another's"],
      ["g", "last"],
    ];
    await expect.poll(() => storage.list(everything)).toEqual(whole);
    expect(await another.list(everything)).toEqual(whole);
  });

  it("[W17] loses nothing that is written while the rest is handed over", async () => {
    const inner = memoryStorage();
    const waiting: (() => void)[] = [];
    const held = async () => await new Promise<void>((resolve) => waiting.push(resolve));
    const goOn = async () => {
      await expect.poll(() => waiting.length).toBe(1);
      waiting.pop()?.();
    };
    const storage = new StandInStorage(
      {
        ...inner,
        get: async (key) => {
          await held();
          return await inner.get(key);
        },
        write: async (write) => {
          await held();
          await inner.write(write);
        },
      },
      { waitMs: 20, isLost: () => false, onTrouble: () => undefined },
    );
    expect(await storage.get("a")).toBeUndefined();
    await storage.write({ puts: [["a", 1]] });
    await goOn();
    await expect.poll(() => waiting.length).toBe(1);
    await storage.write({ puts: [["b", 2]] });
    expect(await storage.get("b")).toBe(2);
    await goOn();
    await goOn();
    await expect
      .poll(() => inner.list(everything))
      .toEqual([
        ["a", 1],
        ["b", 2],
      ]);
  });

  it("[W17] that is only slow is given more time at each fall, and is not left again and again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const waitMs = 40;
    const inner = memoryStorage();
    await inner.write(put);
    let falls = 0;
    const slow: Storage = {
      ...inner,
      get: async (key) => {
        await new Promise((resolve) => setTimeout(resolve, 1.5 * waitMs));
        return await inner.get(key);
      },
    };
    const storage = new StandInStorage(slow, { waitMs, isLost: () => false, onTrouble: () => falls++ });
    const asked = async () => {
      const answer = storage.get("a");
      await vi.advanceTimersByTimeAsync(2 * waitMs);
      return await answer;
    };
    expect(await asked()).toBeUndefined();
    for (let n = 0; n < 3; n++) expect(await asked()).toBe(1);
    expect(falls).toBe(1);
  });

  it("[W17] is kept where its answer and the end of the wait came together, while the page was frozen", async () => {
    let told = 0;
    const waitMs = 200;
    const storage = indexedDbStorage({ name: "frozen", waitMs, onTrouble: () => told++ });
    await storage.write(put);
    const reading = storage.get("a");
    // Nothing runs here for longer than the wait, and timers are first when the page goes on.
    for (const end = performance.now() + 2 * waitMs; performance.now() < end;);
    expect(await reading).toBe(1);
    expect(told).toBe(0);
  });

  it("[W17] rejects what it has no room for, says so once, and still reads", async () => {
    let told = 0;
    const storage = indexedDbStorage({ name: "full", onTrouble: () => told++ });
    await storage.write(put);
    const spied = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    await expect(storage.write(put)).rejects.toThrow("full");
    await expect(storage.write(put)).rejects.toThrow("full");
    expect(await storage.get("a")).toBe(1);
    expect(told).toBe(1);
    spied.mockRestore();
  });

  it("[W17] lets a newer version of the program have the database, goes on in memory, and says so once", async () => {
    let told = 0;
    const storage = indexedDbStorage({ name: "newer", onTrouble: () => told++ });
    await storage.write(put);
    const newer = await openDB("newer", 2, { blocked: () => expect.unreachable("the older page is in the way") });
    expect(await storage.get("a")).toBeUndefined();
    await storage.write(put);
    expect(await storage.get("a")).toBe(1);
    expect(told).toBe(1);
    newer.close();
  });

  it("[W17] is made anew where it is deleted under the page", async () => {
    let told = 0;
    const storage = indexedDbStorage({ name: "deleted", onTrouble: () => told++ });
    await storage.write(put);
    await deleteDB("deleted", { blocked: () => expect.unreachable("the page is in the way") });
    expect(await storage.list(everything)).toEqual([]);
    await storage.write(put);
    expect(await indexedDbStorage({ name: "deleted" }).get("a")).toBe(1);
    expect(told).toBe(0);
  });

  it("[W17] is opened again where the browser closed it, and is replaced where it has lost its store", async () => {
    let told = 0;
    const storage = indexedDbStorage({ name: "closed", onTrouble: () => told++ });
    await storage.write(put);
    const closed = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(() => {
      throw new DOMException("The database connection is closing.", "InvalidStateError");
    });
    expect(await storage.get("a")).toBe(1);
    closed.mockRestore();
    expect(told).toBe(0);
    (await openDB("storeless", 1)).close();
    const storeless = indexedDbStorage({ name: "storeless", onTrouble: () => told++ });
    expect(await storeless.list(everything)).toEqual([]);
    await storeless.write(put);
    expect(await storeless.get("a")).toBe(1);
    expect(told).toBe(1);
  });
});
