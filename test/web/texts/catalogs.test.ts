import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("[W30] the catalogs hold the texts that are in the source", { timeout: 60_000 }, () => {
  const script = join(import.meta.dirname, "../../../scripts/messages.ts");
  const done = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(done.stderr).toBe("");
  expect(done.status).toBe(0);
});
