import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { chosenEncoding } from "../../scripts/server/local-files.mjs";
import { addPacked, packedPaths, packFiles } from "../../scripts/build/pack.ts";

test.each([
  ["", undefined],
  ["identity", undefined],
  ["gzip, deflate, br, zstd", "br"],
  ["GZIP", "gzip"],
  ["gzip;q=1.0, br;q=0.5", "gzip"],
  ["br;q=0, gzip", "gzip"],
  ["br; q=0.001", "br"],
  ["*", "br"],
  ["*;q=0", undefined],
  ["br;q=0, *", "gzip"],
  ["gzip;q=0, br;q=0.000", undefined],
  ["br;q=x", "br"],
  [", ;,", undefined],
  ["abrx, xgzip", undefined],
])("Accept-Encoding %j is answered with %s", (accepted, name) => {
  expect(chosenEncoding(accepted)?.name).toBe(name);
});

test("every text file of the build, and no other file, has compressed copies", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-pack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const web = join(folder, "web");
  const copies = join(folder, "copies");
  mkdirSync(join(web, "assets"), { recursive: true });
  const script = "let a = 1;\n".repeat(1_000);
  writeFileSync(join(web, "assets/main.js"), script);
  writeFileSync(join(web, "assets/main.js.map"), script);
  writeFileSync(join(web, "index.html"), "<p>short");
  writeFileSync(join(web, "icon.png"), script);
  await packFiles(web, copies);
  addPacked(copies, web);
  expect(packedPaths(web)).toEqual(["/assets/main.js"]);
  expect(brotliDecompressSync(readFileSync(join(web, "assets/main.js.br"))).toString()).toBe(script);
  expect(gunzipSync(readFileSync(join(web, "assets/main.js.gz"))).toString()).toBe(script);

  rmSync(join(web, "assets"), { recursive: true });
  await packFiles(web, copies);
  expect(existsSync(join(copies, "assets/main.js.br"))).toBe(false);
});
