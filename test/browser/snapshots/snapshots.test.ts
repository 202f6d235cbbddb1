/**
 * The main screens beside the pictures of them that lie here. `PARLEY_SNAPSHOTS=keep` puts the present screens in their place: look at what has changed
 * before you commit it. `PARLEY_SNAPSHOTS=compare` fails where a screen looks different. Without either, only the layout is judged.
 */
import type { Page, Request } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";
import { compare } from "../../rig/browser/snapshots.ts";

const asked = process.env["PARLEY_SNAPSHOTS"];
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const desk = { viewport: { width: 1440, height: 900 } };

/** What is wider than the window, or sticks out of it though nothing scrolls there. The page itself hides what sticks out, so its own width says nothing. */
async function stickingOut(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const isScrolled = (element: Element | null): boolean =>
      element !== null &&
      element !== document.body &&
      (["auto", "scroll"].includes(getComputedStyle(element).overflowX) || isScrolled(element.parentElement));
    // A phone's window grows with what is too wide for it; its screen does not.
    const room = Math.min(innerWidth, screen.width);
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((element) => {
        const { left, right, width, height } = element.getBoundingClientRect();
        return width > 1 && height > 1 && (left < -1 || right > room + 1);
      })
      .filter((element) => !isScrolled(element))
      .map((element) => `${element.localName}.${element.className}`);
  });
}

describe.skipIf(lacksChromium())("the look of the main screens", () => {
  const rig = browsing(undefined, "whole");

  test.each([
    ["desk-light", desk],
    ["desk-dark", { ...desk, colorScheme: "dark" as const }],
    ["phone-light", phone],
    ["phone-dark", { ...phone, colorScheme: "dark" as const }],
    ["desk-rtl", { ...desk, locale: "ar-XB" }],
    ["phone-rtl", { ...phone, locale: "ar-XB" }],
  ])("[W95] %s", { timeout: 90_000 }, async (kind, options) => {
    const ana = await rig.person("Ana Lindqvist", { reducedMotion: "reduce", ...options });
    const { page } = ana;
    const faults: (string | null)[] = [];
    const see = async (screen: string) => {
      expect(await stickingOut(page), screen).toEqual([]);
      if (asked === undefined) return;
      faults.push(await compare(page, import.meta.dirname, `${screen}-${kind}`, asked === "keep"));
    };
    const [bo, cy] = await Promise.all([signUp(rig.url, "bo"), signUp(rig.url, "cy")]);
    const group = await bo.group([ana.program, cy], { title: "Harbour walk" });
    const { seq } = await bo.send(group, "Who is in for Saturday? The forecast says sun until four.");
    await cy.send(group, "Me! I can bring a thermos and cinnamon buns", { replyTo: seq });
    await cy.send(group, "سأكون هناك في العاشرة إن شاء الله!");
    await ana.program.send(group, "Count me in. See you all at the pier then, half past nine, platform three");
    await bo.must(200, "PATCH", "/v1/me", { name: "Bo Okafor" });
    await cy.must(200, "PATCH", "/v1/me", { name: "Chloé Martin" });
    await ana.row("Harbour walk").getByText("Count me in").waitFor();
    await see("list");
    await ana.row("Harbour walk").getByRole("link").click();
    await page.locator("[data-testid=message]", { hasText: "Count me in" }).waitFor();
    await page.locator(".message-sender", { hasText: "Chloé Martin" }).waitFor();
    await see("chat");
    await page.locator(".pane-who").click();
    await page.locator(".panel .people-list").waitFor();
    await see("panel");
    await page.keyboard.press("Control+,");
    await page.getByRole("dialog").getByRole("tab").first().waitFor();
    expect(await stickingOut(page), "settings").toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    // What does stick out is found.
    await page.evaluate(() => {
      const wide = document.createElement("p");
      wide.textContent = "wide";
      wide.style.inlineSize = "200vw";
      document.body.append(wide);
    });
    expect((await stickingOut(page)).length).toBeGreaterThan(0);
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
  });

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
      const { responseBodySize } = await request.sizes();
      kinds.set(request.resourceType(), (kinds.get(request.resourceType()) ?? 0) + responseBodySize);
    }
    const weight = [...kinds.values()].reduce((sum, size) => sum + size, 0);
    return {
      kinds,
      weight,
      scriptsSince: () => asked.slice(first.length).filter((each) => each.resourceType() === "script"),
    };
  }

  test("[W96] a newcomer's first screen is light", async () => {
    const context = await rig.browser().newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    const heading = page.getByRole("heading", { name: "Sign in to Parley" });
    const { kinds, weight, scriptsSince } = await weightUntil(page, () => heading.waitFor());
    for (const kind of ["document", "script", "stylesheet", "font"]) expect(kinds.get(kind), kind).toBeGreaterThan(100);
    expect(weight, JSON.stringify([...kinds])).toBeLessThan(200_000);
    await page.evaluate(() => dispatchEvent(new Event("test-idle")));
    await expect.poll(() => scriptsSince().length).toBeGreaterThan(3);
    await context.close();
  });

  test("[W96] so is the list of who comes back, whose parts are asked for before the app has begun", async () => {
    const ana = await rig.person("Ana", { serviceWorkers: "block" });
    await ana.program.group([], { title: "Quay" });
    await ana.row("Quay").waitFor();
    const page = await ana.context.newPage();
    const { weight } = await weightUntil(page, () => page.getByTestId("conversation-row").waitFor());
    expect(await page.locator('head > link[rel="modulepreload"][href*="/list-"]').count()).toBe(1);
    expect(weight).toBeLessThan(200_000);
  });

  test("[W96] a menu that could not be fetched is fetched when it is opened again", async () => {
    const { page } = await rig.person("Ana", { serviceWorkers: "block" });
    const part = "**/assets/menu-shown-*.js";
    await page.route(part, (route) => route.abort());
    await page.reload();
    const button = page.getByRole("button", { name: "New conversation" });
    await button.click();
    await page.getByText("This part of the app could not be loaded.").waitFor();
    expect(await button.getAttribute("aria-expanded")).toBe("false");
    await page.unroute(part);
    await button.click();
    await page.getByRole("menuitem", { name: "New group" }).waitFor();
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
    expect(await ana.composer.isVisible()).toBe(false);
    expect(await close.evaluate((button) => button === document.activeElement)).toBe(true);
    const panel = await page.locator(".panel").boundingBox();
    expect(panel?.width).toBeGreaterThan(500);
    await page.keyboard.press("Escape");
    await ana.composer.waitFor();
    expect(await page.getByRole("log").evaluate((log) => log.scrollTop)).toBe(before);
  });
});
