/** Owns the checks of axe-core: what is wrong with a page for people who use assistive technology, or need contrast. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type axe from "axe-core";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
/** The rules that depend on colours. They run in both themes, the others in one. */
const colourRules = ["color-contrast", "link-in-text-block"];

type Axe = Pick<typeof axe, "run" | "getRules" | "configure">;

/**
 * What axe finds now on the screen, or in a part of it, in the light and in the dark theme: one line for each finding, with its place.
 * axe runs all its rules for WCAG up to 2.2 AA, its rules of good practice, and its experimental rules.
 */
async function axeFinds(page: Page, part?: string): Promise<readonly string[]> {
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(source);
    await page.evaluate(() => {
      const there: Axe = Reflect.get(window, "axe");
      there.configure({ rules: there.getRules(["experimental"]).map(({ ruleId }) => ({ id: ruleId, enabled: true })) });
    });
  }
  // It may be a part of the app that is being fetched.
  if (part !== undefined) await page.locator(part).first().waitFor();
  const found: string[] = [];
  for (const theme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    const options: RunOptions = {
      resultTypes: ["violations"],
      iframes: false,
      // Style sheets are not fetched anew for each run.
      preload: false,
      ...(theme === "dark" ? { runOnly: { type: "rule", values: colourRules } } : {}),
    };
    const { violations } = await page.evaluate(
      async ({ within, asked }): Promise<Pick<AxeResults, "violations">> => {
        const there: Axe = Reflect.get(window, "axe");
        return await there.run(within ?? document, asked);
      },
      { within: part, asked: options },
    );
    for (const { id, nodes } of violations)
      for (const { target, html, any, all, none } of nodes) {
        const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
        found.push(`${theme}: ${id} at ${target.join(" ")}: ${why} ${html.slice(0, 160)}`);
      }
  }
  return found;
}

/** Notes what axe finds in each state of a page, or in the part of it that has changed. */
export function auditOf(page: Page) {
  const faults: string[] = [];
  const see = async (state: string, part?: string) => {
    for (const fault of await axeFinds(page, part)) faults.push(`${state}, ${fault}`);
  };
  return { faults, see };
}
