/** A fetched Node is installed only if its hash is known. The test serves a package registry of its own. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layOutNode, nodePackage } from "../../scripts/fetched-node.mjs";

const name = "node-plan9-x64";
const root = join(import.meta.dirname, "../..");
let folder: string;
let registry: Server;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-node-"));
});
afterEach(() => {
  registry?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A package whose `bin/node` says this. */
async function tarball(says: string): Promise<Buffer> {
  const packed = join(folder, says, "package");
  mkdirSync(join(packed, "bin"), { recursive: true });
  writeFileSync(join(packed, "package.json"), JSON.stringify({ name, version: "24.0.0" }));
  writeFileSync(join(packed, "bin/node"), says);
  const file = join(folder, `${says}.tgz`);
  await promisify(execFile)("tar", ["-czf", file, "-C", join(folder, says), "package"]);
  return readFileSync(file);
}

function hashOf(bytes: Buffer): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

/** Serves these bytes as that package, with their true hash in what it tells of them. */
async function serve(bytes: Buffer): Promise<string> {
  registry = createServer((request, answer) => {
    if (request.url?.endsWith(".tgz")) return answer.end(bytes);
    const dist = { tarball: `http://${request.headers.host}/${name}.tgz`, integrity: hashOf(bytes) };
    answer.setHeader("content-type", "application/json");
    const versions = { "24.0.0": { name, version: "24.0.0", dist } };
    return answer.end(JSON.stringify({ name, "dist-tags": { latest: "24.0.0" }, versions }));
  }).listen(0, "127.0.0.1");
  await once(registry, "listening");
  const address = registry.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
}

async function install(served: Buffer, pinned: Buffer): Promise<string> {
  const aside = join(folder, "aside");
  const lockfile = { packages: { [`node_modules/${name}`]: { version: "24.0.0", integrity: hashOf(pinned) } } };
  expect(layOutNode(aside, name, lockfile)).toBe(true);
  const where = ["--prefix", aside, "--registry", await serve(served), "--cache", join(folder, "cache")];
  await promisify(execFile)("npm", ["ci", "--ignore-scripts", "--no-audit", ...where], { cwd: root }).catch(
    (error: unknown) => expect(String(error)).toContain("EINTEGRITY"),
  );
  const file = join(aside, "node_modules", name, "bin/node");
  return existsSync(file) ? readFileSync(file, "utf8") : "nothing";
}

test("the package whose hash is known is installed", { timeout: 30_000 }, async () => {
  const right = await tarball("right");
  expect(await install(right, right)).toBe("right");
});

test(
  "a package with another hash is not installed, even if the registry says that the hash is right",
  { timeout: 30_000 },
  async () => {
    expect(await install(await tarball("wrong"), await tarball("right"))).toBe("nothing");
  },
);

test("a hash is known for every platform that has a package, and for no other", () => {
  const lockfile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const known = [
    ["linux", "x64"],
    ["linux", "arm64"],
    ["win32", "x64"],
    ["darwin", "arm64"],
    ["darwin", "x64"],
    ["linux", "riscv64"],
  ].map(([platform = "", arch = ""]) => layOutNode(join(folder, "aside"), nodePackage(platform, arch), lockfile));
  expect(known).toEqual([true, true, true, true, false, false]);
});
