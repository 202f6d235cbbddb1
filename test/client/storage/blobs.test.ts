import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { memoryStorage, type BlobStorage } from "../../../client/index.ts";
import { sqliteStorage } from "../../../client/storage/storage-sqlite.ts";

const makers: [string, () => { blobs: BlobStorage | undefined; reopen: () => BlobStorage | undefined }][] = [
  ["memory", () => ({ blobs: memoryStorage().blobs, reopen: () => undefined })],
  [
    "a SQLite file",
    () => {
      const path = join(mkdtempSync(join(tmpdir(), "parley-blobs-")), "file.db");
      let storage = sqliteStorage(path);
      onTestFinished(() => storage.close());
      const reopen = () => {
        storage.close();
        storage = sqliteStorage(path);
        return storage.blobs;
      };
      return { blobs: storage.blobs, reopen };
    },
  ],
];

describe.each(makers)("[C30] files in %s", (_name, make) => {
  it("come back with their bytes and their type, also large and empty ones, and after a restart", async () => {
    const { blobs, reopen } = make();
    const bytes = new Uint8Array(9_000_000).map((_, i) => i % 251);
    await blobs?.put("a/1", new Blob([bytes], { type: "image/png" }));
    await blobs?.put("a/2", new Blob([]));
    const check = async (now: BlobStorage | undefined) => {
      const found = await now?.get("a/1");
      expect(found?.type).toBe("image/png");
      expect(Buffer.compare(Buffer.from((await found?.arrayBuffer()) ?? new ArrayBuffer()), Buffer.from(bytes))).toBe(
        0,
      );
      expect((await now?.get("a/2"))?.size).toBe(0);
      expect(await now?.get("a/3")).toBeUndefined();
    };
    await check(blobs);
    const again = reopen();
    if (again !== undefined) await check(again);
  });

  it("are replaced as a whole, listed in order, and deleted by range", async () => {
    const { blobs } = make();
    await blobs?.put("b/1", new Blob([new Uint8Array(5_000_000)]));
    await blobs?.put("b/1", new Blob(["short"]));
    await blobs?.put("a/1", new Blob(["x"]));
    await blobs?.put("b/10", new Blob(["x"]));
    expect(await (await blobs?.get("b/1"))?.text()).toBe("short");
    expect(await blobs?.keys({ from: "", to: "~" })).toEqual(["a/1", "b/1", "b/10"]);
    await blobs?.deleteRange({ from: "b/", to: "b/\uFFFF" });
    expect(await blobs?.keys({ from: "", to: "~" })).toEqual(["a/1"]);
    expect(await blobs?.get("b/1")).toBeUndefined();
  });
});
