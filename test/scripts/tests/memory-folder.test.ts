import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderInMemory } from "../../../scripts/tests/memory-folder.ts";

let memory: string;

beforeEach(() => {
  memory = mkdtempSync(join(tmpdir(), "parley-memory-"));
});

afterEach(() => rmSync(memory, { recursive: true, force: true }));

test("the folder of a run is new and empty; what a run that died hours ago left is gone, and nothing else", () => {
  const hoursAgo = Date.now() / 1000 - 4 * 3600;
  // No process has such a number.
  const dead = "parley-tests-99999999";
  const others = ["parley-tests-99999998", `parley-tests-${process.ppid}`, "somebody-elses"];
  for (const name of [dead, ...others]) mkdirSync(join(memory, name, "state"), { recursive: true });
  for (const name of [dead, ...others.slice(1)]) utimesSync(join(memory, name), hoursAgo, hoursAgo);
  const folder = folderInMemory(memory) ?? "";
  expect(readdirSync(folder)).toEqual([]);
  expect(readdirSync(memory).toSorted()).toEqual([...others, `parley-tests-${process.pid}`].toSorted());
});

test("without such a memory there is none", () => {
  expect(folderInMemory(join(memory, "nowhere"))).toBeUndefined();
  expect(existsSync(join(memory, "nowhere"))).toBe(false);
});
