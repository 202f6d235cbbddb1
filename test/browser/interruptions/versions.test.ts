import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { Deploys } from "../../rig/browser/deploys.ts";

describe.skipIf(lacksChromium())("a tab that outlives a deploy", () => {
  let deploys: Deploys;
  beforeAll(async () => {
    deploys = new Deploys(inject("serverUrl"));
    await deploys.start();
  });
  const rig = browsing(() => deploys.url);
  afterAll(() => deploys?.stop());

  const buildOf = (page: Page) =>
    page.evaluate(() => document.querySelector("script[type=module]")?.getAttribute("src")?.split(".")[1]);
  const offer = (page: Page) => page.getByTestId("version-banner");

  async function hide(page: Page): Promise<void> {
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));
    });
  }

  test("[W28] learns of the new version, works on beside it, and loads it when asked, or unseen when nothing is written", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.foundGroup("Quay", [bo.handle]);
    await ana.send("before the deploy");
    await bo.open("Quay");
    // The clock is wound: tabs ask at most once a minute, and load unseen after ten seconds.
    const second = await ana.context.newPage();
    await second.clock.install();
    await second.goto(ana.page.url());
    await second.getByText("before the deploy").first().waitFor();
    await second.evaluate(async () => await navigator.serviceWorker.ready);
    expect(await buildOf(second)).toBe("build1");
    await second.clock.fastForward(61_000);

    deploys.deploy();
    // What watches for versions comes after the first screen, and may have asked just before the deploy.
    const isOffered = async () => {
      await second.clock.fastForward(61_000);
      await second.evaluate(() => dispatchEvent(new Event("online")));
      return (await offer(second).count()) === 1;
    };
    await expect.poll(isOffered, { interval: 1_000 }).toBe(true);
    // Ana's first tab has asked less than a minute ago. It learns of it by a part of the app that is gone.
    expect(await offer(ana.page).count()).toBe(0);
    await ana.page.evaluate(() => dispatchEvent(new Event("vite:preloadError")));
    await offer(ana.page).waitFor();
    await ana.page.getByRole("button", { name: "Load it" }).click();
    // The old page shows the message, too.
    await expect.poll(() => buildOf(ana.page)).toBe("build2");
    await ana.message("before the deploy").waitFor();
    await expect.poll(() => offer(ana.page).count()).toBe(0);

    // Two versions side by side.
    const field = second.getByRole("textbox", { name: "Message", exact: true });
    await field.fill("from the old version");
    await field.press("Enter");
    await ana.message("from the old version").waitFor();
    await ana.send("from the new version");
    await second.getByText("from the new version").first().waitFor();
    await bo.message("from the new version").waitFor();
    expect(await bo.message("from the old version").count()).toBe(1);

    // Hidden, but somebody has begun to write.
    await field.fill("half a thought");
    await hide(second);
    await second.clock.fastForward(30_000);
    expect(await buildOf(second)).toBe("build1");
    await field.fill("");
    // Switches are no texts.
    await second.getByRole("button", { name: "Details" }).click();
    await second.getByRole("switch").first().waitFor();
    await second.clock.fastForward(30_000);
    await expect.poll(() => buildOf(second)).toBe("build2");
    await second.getByText("from the new version").first().waitFor();
    await second.close();
  });

  test("[W28] a page that misses a part of its build in its first moment loads the new version at once", async () => {
    const context = await rig.browser().newContext();
    const page = await context.newPage();
    let missed = 0;
    const build = (await (await fetch(deploys.url)).text()).match(/\.(build\d+)\.js/)?.[1];
    // The parts that come after the page's own script.
    await context.route(new RegExp(`/assets/(?!main-|early-)[^/]+\\.${build}\\.js$`), async (route) => {
      if (missed++ === 0) deploys.deploy();
      await route.fulfill({ status: 404 });
    });
    await page.goto(deploys.url);
    await page.getByRole("button", { name: "Create an account" }).waitFor();
    expect(missed).toBeGreaterThan(0);
    expect(await buildOf(page)).not.toBe(build);
    await context.close();
  });
});
