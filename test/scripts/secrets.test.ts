/** The state of a local server is readable by its owner alone. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { privateFolder, secretsOf, writeWhole } from "../../scripts/settings/secrets.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-private-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe.skipIf(process.platform === "win32")("modes", () => {
  test("a new state folder and its secrets are readable by their owner alone", () => {
    const state = join(folder, "new", "state");
    secretsOf(state);
    expect([modeOf(state), modeOf(join(state, "secrets.json"))]).toEqual(["700", "600"]);
  });

  test("a folder and secrets that others can read are closed to them, and keep their contents", () => {
    const state = join(folder, "old");
    mkdirSync(state);
    chmodSync(state, 0o755);
    const made = secretsOf(state);
    chmodSync(state, 0o755);
    chmodSync(join(state, "secrets.json"), 0o644);
    privateFolder(state);
    expect(secretsOf(state)).toEqual(made);
    expect([modeOf(state), modeOf(join(state, "secrets.json"))]).toEqual(["700", "600"]);
  });

  test("a half-written file that a crash left does not give the secrets its mode", () => {
    const file = join(folder, "secrets.json");
    writeFileSync(`${file}.next`, "half");
    chmodSync(`${file}.next`, 0o666);
    writeWhole(file, "whole");
    expect(modeOf(file)).toBe("600");
  });
});
