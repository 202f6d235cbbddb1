/** What the first screen weighs, and how the parts that come later arrive. */
import type { Page, Request } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";

/** Less than the 200 KB that are promised, so that a part which got into the first screen by mistake is noticed before the promise is broken. */
const heldMax = 190_000;

describe.skipIf(lacksChromium())("the first screen, and what comes after it", () => {
  const rig = browsing(undefined, "whole");

  /** What comes over the wire until `isThere` answers, by kind. What comes once the page is idle does not count: it is idle when the test says so. */
  async function weightUntil(page: Page, isThere: () => Promise<unknown>) {
    const asked: Request[] = [];
    page.on("request", (request) => {
      if (!new URL(request.url()).pathname.startsWith("/v1/")) asked.push(request);
    });
    await page.addInitScript(() => {
      const waiting: (() => void)[] = [];
      window.requestIdleCallback = (work) =>
        waiting.push(() => work({ didTimeout: false, timeRemaining: () => 50 } satisfies IdleDeadline));
      addEventListener("test-idle", () => waiting.splice(0).forEach((work) => work()));
    });
    await page.goto(rig.url);
    await isThere();
    await page.evaluate(() => document.fonts.ready);
    const first = [...asked];
    const kinds = new Map<string, number>();
    for (const request of first) {
      await request.response().then(async (response) => await response?.finished());
      const { responseBodySize, responseHeadersSize } = await request.sizes();
      const size = responseBodySize + responseHeadersSize;
      kinds.set(request.resourceType(), (kinds.get(request.resourceType()) ?? 0) + size);
    }
    const weight = [...kinds.values()].reduce((sum, size) => sum + size, 0);
    return {
      kinds,
      weight,
      scriptsSince: () =>
        asked
          .slice(first.length)
          .filter((each) => each.resourceType() === "script")
          .map((each) => each.url()),
    };
  }

  test("[W96] a newcomer's first screen is light", async () => {
    const context = await rig.browser().newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    const heading = page.getByRole("heading", { name: "Sign in to Parley" });
    const { kinds, weight, scriptsSince } = await weightUntil(page, () => heading.waitFor());
    for (const kind of ["document", "script", "stylesheet", "font"]) expect(kinds.get(kind), kind).toBeGreaterThan(100);
    expect(weight, JSON.stringify([...kinds])).toBeLessThan(heldMax);
    await page.evaluate(() => dispatchEvent(new Event("test-idle")));
    await expect.poll(() => scriptsSince().length).toBeGreaterThan(3);
    await context.close();
  });

  test("[W96] so is the list of who comes back, whose parts are asked for before the app has begun", async () => {
    const ana = await rig.person("Ana", { serviceWorkers: "block" });
    await ana.program.group([], { title: "Quay" });
    await ana.row("Quay").waitFor();
    const page = await ana.context.newPage();
    const { kinds, weight, scriptsSince } = await weightUntil(page, () =>
      page.getByTestId("conversation-row").waitFor(),
    );
    expect(await page.locator('head > link[rel="modulepreload"][href*="/list-"]').count()).toBe(1);
    expect(weight, JSON.stringify([...kinds])).toBeLessThan(heldMax);
    // What the list is shown with is all that was asked for: nothing else was in its way.
    expect(scriptsSince()).toEqual([]);
  });

  test.each([
    ["a menu", "**/assets/menu-shown-*.js"],
    ["a menu whose texts", "**/assets/en-*.js"],
  ])("[W96] %s could not be fetched: it is fetched when it is opened again", async (_what, part) => {
    const { page } = await rig.person("Ana", { serviceWorkers: "block" });
    await page.route(part, (route) => route.abort());
    await page.reload();
    const button = page.getByRole("button", { name: "New conversation" });
    await button.click();
    await page.getByText("This part of the app could not be loaded.").waitFor();
    await expect.poll(() => button.getAttribute("aria-expanded")).toBe("false");
    await page.unroute(part);
    await button.click();
    await page.getByRole("menuitem", { name: "New group" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).waitFor();
  });

  test("[W96] a chat and its panel that could not be fetched say so, have their way back, and are fetched again", async () => {
    const ana = await rig.person("Ana", { serviceWorkers: "block", viewport: { width: 390, height: 844 } });
    const { page } = ana;
    await ana.program.group([], { title: "Quay" });
    await page.route(/\/assets\/(pane|panel-body)-[^/]*\.js/, (route) => route.abort());
    await page.reload();
    const missing = page.getByText("This part of the app could not be loaded.");
    await ana.row("Quay").getByRole("link").click();
    await missing.waitFor();
    await page.getByRole("link", { name: "Back to the chats" }).click();
    await ana.row("Quay").waitFor();
    await page.unroute(/\/assets\/(pane|panel-body)-[^/]*\.js/);
    await ana.row("Quay").getByRole("link").click();
    await page.route("**/assets/panel-body-*.js", (route) => route.abort());
    await page.getByRole("button", { name: "Details" }).click();
    await missing.waitFor();
    await page.unroute("**/assets/panel-body-*.js");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("button", { name: "Export chat" }).waitFor();
    await page.route("**/assets/panel-body-*.js", () => undefined);
    await page.reload();
    await page.getByRole("button", { name: "Details" }).click();
    // The way back does not wait for the rest.
    await page.getByRole("button", { name: "Close the details" }).click();
    await ana.composer.waitFor();
  });

  test("[W98] on a narrow screen the panel takes the place of the chat, which is as it was when the panel closes", async () => {
    const ana = await rig.person("Ana", { viewport: { width: 820, height: 700 } });
    const { page } = ana;
    const bo = await signUp(rig.url, "bo");
    const group = await bo.group([ana.program], { title: "Quay" });
    for (let at = 0; at < 30; at++) await bo.send(group, `line ${at}`);
    await ana.open("Quay");
    await ana.standsStill();
    await page.getByRole("log").evaluate((log) => log.scrollTo(0, 300));
    await ana.standsStill();
    const before = await page.getByRole("log").evaluate((log) => log.scrollTop);
    await page.getByRole("button", { name: "Details" }).click();
    const close = page.getByRole("button", { name: "Close the details" });
    await close.waitFor();
    await ana.composer.waitFor({ state: "hidden" });
    await expect.poll(() => close.evaluate((button) => button === document.activeElement)).toBe(true);
    await expect.poll(async () => (await page.locator(".panel").boundingBox())?.width).toBeGreaterThan(500);
    await page.keyboard.press("Escape");
    await ana.composer.waitFor();
    await expect.poll(() => page.getByRole("log").evaluate((log) => log.scrollTop)).toBe(before);
  });
});
