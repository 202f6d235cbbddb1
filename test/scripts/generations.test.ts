/** How one build of the web app follows another; the builds are a few files that the test writes. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyFolder, keepHashed, replaceFolder } from "../../scripts/build/generations.ts";

let root: string;
let web: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "parley-builds-"));
  web = join(root, "web");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A page with one script of this hash. */
function write(folder: string, hash: string): void {
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(folder, "index.html"), hash);
  writeFileSync(join(folder, "service-worker.js"), `const shell = {"files":["/","/assets/main-${hash}.js"]};`);
  for (const name of [`main-${hash}.js`, `main-${hash}.js.map`]) writeFileSync(join(folder, "assets", name), hash);
}

async function build(hash: string): Promise<void> {
  await replaceFolder(web, async (fresh) => {
    write(fresh, hash);
    keepHashed(web, fresh);
  });
}

test("the hashed files of the build before are kept, without their maps, and for one generation", async () => {
  await build("one");
  await build("two");
  expect(readFileSync(join(web, "index.html"), "utf8")).toBe("two");
  expect(readdirSync(join(web, "assets")).sort()).toEqual(["main-one.js", "main-two.js", "main-two.js.map"]);
  await build("three");
  expect(readdirSync(join(web, "assets")).sort()).toEqual(["main-three.js", "main-three.js.map", "main-two.js"]);
  await build("three");
  expect(readdirSync(join(web, "assets")).sort()).toEqual(["main-three.js", "main-three.js.map"]);
});

test("until a build is done, and if it fails, the last one is there and whole", async () => {
  await build("one");
  const failing = replaceFolder(web, async (fresh) => {
    write(fresh, "two");
    expect(readFileSync(join(web, "index.html"), "utf8")).toBe("one");
    throw new Error("a fault in the source");
  });
  await expect(failing).rejects.toThrow("a fault");
  expect(readdirSync(join(web, "assets")).sort()).toEqual(["main-one.js", "main-one.js.map"]);
  await build("three");
  expect(readdirSync(root)).toEqual(["web"]);
});

test("a server's copy stays as it was, whatever is built", async () => {
  const copy = join(root, "state/web");
  await build("one");
  copyFolder(web, copy);
  await build("two");
  expect(readFileSync(join(copy, "index.html"), "utf8")).toBe("one");
  copyFolder(web, copy);
  expect(existsSync(join(copy, "assets/main-two.js"))).toBe(true);
  expect(existsSync(join(copy, "assets/main-one.js.map"))).toBe(false);
});
