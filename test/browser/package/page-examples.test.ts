import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { binOf, root, sdkFolder } from "../../../scripts/build.ts";

const folder = join(root, "node_modules/.cache/page-examples");

test("the examples of the pages compile with the types of the SDK's package", () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const examples = globSync(["*.md", "docs/**/*.md", "client/*.md", "examples/**/*.md"], { cwd: root }).flatMap(
    (page) =>
      [...readFileSync(join(root, page), "utf8").matchAll(/```(tsx?)\n(.*?)```/gs)].map(([, kind, code], index) => ({
        file: `${page.replaceAll("/", "-")}-${index + 1}.${kind}`,
        code: code ?? "",
      })),
  );
  expect(examples.length).toBeGreaterThan(5);
  for (const { file, code } of examples) writeFileSync(join(folder, file), code);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        lib: ["ES2024", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        types: ["node"],
        jsx: "react-jsx",
        // As lax as a program may be that uses the SDK.
        exactOptionalPropertyTypes: false,
        noUncheckedIndexedAccess: false,
        paths: Object.fromEntries(
          ["index", "indexed-db", "background", "node", "react"].map((door) => [
            door === "index" ? "parley-sdk" : `parley-sdk/${door}`,
            [join(sdkFolder, `${door}.d.ts`)],
          ]),
        ),
      },
      files: [...examples.map(({ file }) => `./${file}`), join(root, "test/rig/given-in-examples.ts")],
    }),
  );
  const told = spawnSync(process.execPath, [binOf("typescript", "tsc"), "--project", folder], { encoding: "utf8" });
  expect(told.stdout + told.stderr).toBe("");
  expect(told.status).toBe(0);
});
