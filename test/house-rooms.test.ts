import { dirname } from "node:path";
import { expect, test } from "vitest";
import { filesOf, isGenerated, isSource, neighboursOf } from "./rig/sources.ts";

const files = filesOf().filter((file) => isSource(file) && !isGenerated(file));

test("no file imports itself by way of others, imports of types included", () => {
  expect(circlesIn(new Map(files.map((file) => [file, neighboursOf(file)])))).toEqual([]);
});

test("a circle of imports is found, and named once", () => {
  const imports = new Map([
    ["a.ts", ["b.ts", "d.ts"]],
    ["b.ts", ["c.ts"]],
    ["c.ts", ["a.ts", "d.ts"]],
    ["d.ts", []],
  ]);
  expect(circlesIn(imports)).toEqual(["a.ts b.ts c.ts"]);
});

/** The folders of the kinds of objects. */
const kinds = ["user", "conversation", "relay"];

test("what the kinds of objects share, and what they say to each other, knows none of them", () => {
  const strays = files
    .filter((file) => /^objects\/(shared|contract)\//.test(file))
    .flatMap((file) => neighboursOf(file).map((path) => `${file} imports ${path}`))
    .filter((line) => / imports objects\/(user|conversation|relay)\//.test(line));
  expect(strays).toEqual([]);
});

test("one kind of object knows of the others only what they say to each other", () => {
  const strays = files.flatMap((file) => {
    const kind = file.split("/")[1] ?? "";
    if (!file.startsWith("objects/") || !kinds.includes(kind)) return [];
    return neighboursOf(file)
      .filter((path) => kinds.some((other) => other !== kind && path.startsWith(`objects/${other}/`)))
      .map((path) => `${file} imports ${path}`);
  });
  expect(strays).toEqual([]);
});

test("the parts of a folder, which are its files and folders, import each other in one direction", () => {
  const imports = new Map<string, string[]>();
  const importing = (from: string, to: string) => imports.set(from, [...(imports.get(from) ?? []), to]);
  for (const file of files) {
    for (const neighbour of neighboursOf(file)) {
      // Where the two paths part, one part of a folder imports another.
      const [from, to] = [file.split("/"), neighbour.split("/")];
      const at = from.findIndex((name, i) => name !== to[i]);
      if (at > 0) importing(from.slice(0, at + 1).join("/"), to.slice(0, at + 1).join("/"));
    }
  }
  expect(circlesIn(imports)).toEqual([]);
});

const folderFilesMax = 12;

/** Folders that hold more, how many, and why they are not divided. */
const largeFolders: Record<string, { files: number; because: string }> = {
  "test/browser/looks/pictures": { files: 13, because: "one picture for each screen that is compared" },
  "schema/wire": { files: 13, because: "one file for each exchange" },
  "test/system": { files: 19, because: "one file per thing that is tried from outside; found by name" },
};

test(`no folder holds more than ${folderFilesMax} files, unless for a reason`, () => {
  const counts = new Map<string, number>();
  for (const file of filesOf()) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  const crowded = [...counts]
    .filter(([folder, count]) => count > (largeFolders[folder]?.files ?? folderFilesMax))
    .map(([folder, count]) => `${folder}: ${count}`);
  expect(crowded).toEqual([]);
  const needless = Object.keys(largeFolders).filter((folder) => (counts.get(folder) ?? 0) <= folderFilesMax);
  expect(needless).toEqual([]);
});

/** The sets of files that reach each other, by Tarjan's algorithm; in each the files are sorted. */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const stack: string[] = [];
  const places = new Map<string, number>();
  const done = new Set<string>();
  /** Answers the lowest place on the stack that the file reaches. */
  const visit = (file: string): number => {
    const own = stack.length;
    const neighbours = imports.get(file) ?? [];
    places.set(file, own);
    stack.push(file);
    let lowest = own;
    for (const next of neighbours) {
      if (!done.has(next)) lowest = Math.min(lowest, places.get(next) ?? visit(next));
    }
    if (lowest < own) return lowest;
    const members = stack.splice(own);
    for (const member of members) done.add(member);
    if (members.length > 1 || neighbours.includes(file)) circles.push(members.toSorted().join(" "));
    return own;
  };
  for (const file of imports.keys()) if (!done.has(file)) visit(file);
  return circles;
}
