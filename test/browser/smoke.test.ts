import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Server, spawnServer } from "../../scripts/server.ts";
import { lacksChromium, launchChromium } from "../rig/chromium.ts";

describe.skipIf(lacksChromium())("the web app in a browser", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([spawnServer(), launchChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test("the page loads without an error", async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(server.url);
    await page.waitForFunction(() => document.querySelector("#root")?.childElementCount);
    expect(await page.title()).toContain("Parley");
    expect(errors).toEqual([]);
    await page.close();
  });

  test("any path of the app is the app; a path of the API is not", async () => {
    const page = await browser.newPage();
    expect((await page.goto(`${server.url}/c/some-conversation`))?.headers()["content-type"]).toContain("text/html");
    expect((await page.goto(`${server.url}/v1/no-such-thing`))?.status()).toBe(404);
    await page.close();
  });
});
