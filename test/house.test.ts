import { globSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { filesOf, importsOf, isGenerated, isSource, read, roomOf, root } from "./rig/sources.ts";

const linesMax = 350;

const files = filesOf();
const sources = files.filter(isSource);

/** Which rooms a room may import from, besides itself. Rooms see downhill only. */
const sees: Record<string, readonly string[]> = {
  schema: [],
  core: ["schema"],
  objects: ["core", "schema"],
  workers: ["objects", "core", "schema"],
  client: ["core", "schema"],
  // The app imports the SDK by the names of its package alone.
  web: [],
  scripts: ["core", "schema", "web"],
  bench: ["client", "core", "objects", "schema", "scripts", "test", "workers"],
  test: ["bench", "client", "core", "objects", "schema", "scripts", "web", "workers"],
};

test("rooms see downhill only", () => {
  const uphill = sources.flatMap((file) =>
    importsOf(file)
      .filter((path) => path.startsWith("."))
      .map((path) => relative(root, join(root, dirname(file), path)))
      .filter((path) => Object.hasOwn(sees, roomOf(path)) && roomOf(path) !== roomOf(file))
      .filter((path) => !(sees[roomOf(file)] ?? []).includes(roomOf(path)))
      .map((path) => `${file} imports ${path}`),
  );
  expect(uphill).toEqual([]);
});

test("schema and core import no platform: only the validator, drizzle's table builders and each other", () => {
  const allowed = /^(\.|zod$|zod\/|drizzle-orm$|drizzle-orm\/sqlite-core$)/;
  const strays = sources
    .filter((file) => ["schema", "core"].includes(roomOf(file)))
    .flatMap((file) =>
      importsOf(file)
        .filter((path) => !allowed.test(path) || (roomOf(file) === "core" && path.startsWith("drizzle")))
        .map((path) => `${file} imports ${path}`),
    );
  expect(strays).toEqual([]);
});

test("relative imports carry their extension, so that Node runs the files as they are", () => {
  const strays = sources.flatMap((file) =>
    importsOf(file)
      .filter((path) => path.startsWith(".") && !/\.[a-z]+(\?[a-z]+)*$/.test(path))
      .map((path) => `${file} imports ${path}`),
  );
  expect(strays).toEqual([]);
});

test("no file is named utils, helpers, common, types or manager", () => {
  const nameless = /^(utils?|helpers?|common|types|managers?)\.|-(utils?|helpers?|common|types|managers?)\./;
  expect(files.filter((file) => nameless.test(basename(file)))).toEqual([]);
});

test("no source and no page has the marks of a merge conflict", () => {
  const pages = globSync(["*.*", "docs/**/*.md"], { cwd: root });
  expect(pages).toContain("README.md");
  const marked = [...files, ...pages].filter((file) => /^(?:<{7}|>{7}) /m.test(read(file)));
  expect(marked).toEqual([]);
});

test("each file of the objects' tests is gathered by one suite, which runs in place of it when all are run", () => {
  const gathered = globSync("test/objects/suites/*.suite.ts", { cwd: root }).flatMap((suite) =>
    [...read(suite).matchAll(/"(\.\.\/[^"]*\.test\.ts)"/g)].flatMap(([, path = ""]) =>
      globSync(join(dirname(suite), path), { cwd: root }),
    ),
  );
  expect(gathered.toSorted()).toEqual(files.filter((file) => /^test\/objects\/.*\.test\.ts$/.test(file)).toSorted());
});

test("only the log, and where the SDK reports a program's own errors, write to the console", () => {
  const doors = ["objects/shared/platform/log.ts", "client/report.ts"];
  const strays = sources
    .filter((file) => !["scripts", "bench", "test"].includes(roomOf(file)) && !doors.includes(file))
    .filter((file) => /\bconsole\s*\./.test(read(file)));
  expect(strays).toEqual([]);
});

test("[C16] the types of the SDK are checked without the names of a page", () => {
  const { lib } = read("tsconfig.client.json").match(/"lib": \[(?<lib>[^\]]*)\]/)?.groups ?? {};
  expect(lib).toContain('"WebWorker"');
  expect(lib).not.toContain('"DOM');
});

test(`no file is longer than ${linesMax} lines`, () => {
  const long = sources
    .filter((file) => !isGenerated(file))
    .map((file) => ({ file, lines: read(file).trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ file, lines }) => `${file}: ${lines}`);
  expect(long).toEqual([]);
});

test("docs/dependencies.md gives every dependency a reason, and names no other", () => {
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(read("package.json"));
  const declared = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  const explained = [...read("docs/dependencies.md").matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? "");
  expect(explained.toSorted()).toEqual(declared.toSorted());
});

// A registry that lacks some platform's binaries makes npm leave them out of the lockfile, and then `npm ci` refuses it elsewhere.
test("the lockfile knows the optional packages of every platform", () => {
  const { packages }: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } = JSON.parse(
    read("package-lock.json"),
  );
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
    ),
  );
  expect(missing).toEqual([]);
});

test("the lockfile holds the hash of every package, and no address of a registry", () => {
  const { packages }: { packages: Record<string, { integrity?: string; resolved?: string; link?: boolean }> } =
    JSON.parse(read("package-lock.json"));
  const loose = Object.entries(packages)
    .filter(([path]) => path !== "")
    .filter(([, { integrity, resolved }]) => !integrity?.startsWith("sha512-") || resolved !== undefined)
    .map(([path]) => path);
  expect(loose).toEqual([]);
});

test("every dependency is pinned to one version", () => {
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(read("package.json"));
  const loose = ["dependencies", "devDependencies", "optionalDependencies"]
    .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
    .filter(([, version]) => !/^(npm:[\w-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
});

test.each(["staging", "production"])(
  "wrangler.toml gives %s the bindings of the first block, under its own names",
  (name) => {
    const shapeOf = (environment: string): unknown => {
      const config: Record<string, unknown> = {
        ...unstable_readConfig({ config: join(root, "wrangler.toml"), env: environment }, { hideWarnings: true }),
      };
      const kept = [
        "vars",
        "durable_objects",
        "d1_databases",
        "r2_buckets",
        "queues",
        "ratelimits",
        "version_metadata",
        "secrets",
        "assets",
        "migrations",
        "observability",
        "limits",
      ];
      // Namespaces of rate limits and all names of resources differ by the environment alone.
      return JSON.parse(
        JSON.stringify(kept.map((key) => config[key]))
          .replaceAll(`parley-${environment}-`, "parley-")
          .replaceAll(/"namespace_id":"\d0/g, '"namespace_id":"0'),
      );
    };
    expect(shapeOf(name)).toEqual(shapeOf(""));
  },
);
