import { describe, expect, test } from "vitest";
import { browsing } from "../rig/browser/browsing.ts";
import { lacksChromium } from "../rig/browser/chromium.ts";

describe.skipIf(lacksChromium())("the web app in a browser", () => {
  const rig = browsing();

  test("the page loads without an error", async () => {
    const page = await rig.browser().newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(rig.url);
    await page.waitForFunction(() => document.querySelector("#root")?.childElementCount);
    expect(await page.title()).toContain("Parley");
    expect(errors).toEqual([]);
    await page.close();
  });

  test("any path of the app is the app; a path of the API is not", async () => {
    const page = await rig.browser().newPage();
    expect((await page.goto(`${rig.url}/c/some-conversation`))?.headers()["content-type"]).toContain("text/html");
    expect((await page.goto(`${rig.url}/v1/no-such-thing`))?.status()).toBe(404);
    await page.close();
  });
});
