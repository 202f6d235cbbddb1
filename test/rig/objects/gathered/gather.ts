/** Many files of tests in one runtime: to begin one for each, and to load the same modules anew, takes more of the processor than most files' tests. */
import { reset } from "cloudflare:test";
import { afterAll, describe, test } from "vitest";
import { migrate } from "./beginning.ts";
import { noteEmptied } from "./emptied.ts";
import { restoreSwitches } from "./switches.ts";

/**
 * The tests of each file, in a `describe` of its path: so the file's hooks are for its tests alone. Each file finds empty stores, and every switch as the setup
 * left it. All files are loaded before the first test runs: what a file changes for its tests it has to change in a hook.
 */
export function gather(files: Record<string, () => Promise<unknown>>): void {
  for (const [path, load] of Object.entries(files)) {
    describe(path.replace(/^\.\.\//, "test/objects/"), async () => {
      afterAll(async () => {
        restoreSwitches();
        await reset();
        await noteEmptied();
        await migrate();
      });
      await load().catch((error: unknown) => {
        test("the file loads", () => {
          throw error;
        });
      });
    });
  }
}
