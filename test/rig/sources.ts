/** Owns what the tests of the house itself read: the files of the project's rooms, and what each of them imports. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export const root = join(import.meta.dirname, "../..");
const rooms = ["schema", "core", "objects", "workers", "client", "web", "scripts", "bench", "test"] as const;

/** All files of the rooms, by their paths from the root. */
export function filesOf(): string[] {
  return (
    rooms
      .map((room) => join(root, room))
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      // Results of the bench, which are in no commit.
      .filter((file) => !file.startsWith("bench/results/"))
  );
}

export function isSource(file: string): boolean {
  return /\.(ts|tsx|mjs|js)$/.test(file);
}

export function isGenerated(file: string): boolean {
  return file.includes("/generated/") || read(file).slice(0, 200).includes("@generated");
}

export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

export function roomOf(path: string): string {
  return path.split("/")[0] ?? "";
}

/** What a file imports, as it is written there; imports of types alone count. */
export function importsOf(file: string): string[] {
  const text = read(file);
  return [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s)?\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g),
  ].map((match) => match[1] ?? match[2] ?? "");
}

/** The files of the project that a file imports, by their paths from the root. */
export function neighboursOf(file: string): string[] {
  return importsOf(file)
    .filter((path) => path.startsWith("."))
    .map((path) => relative(root, join(root, dirname(file), path)));
}
