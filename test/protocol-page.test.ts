/** Holds docs/protocol.md and the code together: the same errors, the same close codes, the same calls and frames. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { closeCodes, errors } from "../schema/errors.ts";
import { routes } from "../schema/http/routes.ts";
import { upFrames } from "../schema/wire/frames/up.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/protocol.md"), "utf8");

test("the page's table of errors is the code's", () => {
  const told: Record<string, { status: number; retry: string }> = {};
  for (const line of page.split("\n")) {
    const [, codes, status, retry] = /^\| (.+?) \| (\d{3}) \| (\w+) \|$/.exec(line) ?? [];
    if (codes === undefined || status === undefined || retry === undefined) continue;
    for (const [, code] of codes.replace(/\(.*?\)/g, "").matchAll(/`(\w+)`/g))
      told[code ?? ""] = { status: Number(status), retry };
  }
  const declared = Object.fromEntries(
    Object.entries(errors).map(([code, { status, retry }]) => [code, { status, retry }]),
  );
  expect(told).toEqual(declared);
});

test("every close code and every frame of a client stands on the page", () => {
  for (const { code } of Object.values(closeCodes)) expect(page).toContain(`\`${code}\``);
  for (const type of Object.keys(upFrames)) expect(page).toContain(`"type":"${type}"`);
});

test("every call stands on the page", () => {
  const missing = routes.filter(({ path }) => {
    const [, last] =
      /^\/v1(?:\/conversations\/:conversationId)?(\/.*)?$/.exec(
        path.replace(/:\w+Id\b/g, ":id").replace("/conversations/:id", ""),
      ) ?? [];
    const words = (last ?? path).split("/").filter((word) => word !== "" && !word.startsWith(":"));
    return !words.every((word) => page.includes(word));
  });
  expect(missing.map((route) => `${route.method} ${route.path}`)).toEqual([]);
});
