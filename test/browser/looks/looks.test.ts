/**
 * The main screens beside the pictures of them that are committed in pictures/. `npm test -- test/browser/looks --update` puts the present screens in their place: look at
 * what has changed before you commit it. docs/web.md says more.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { compare, isDifferent } from "../../rig/browser/looks.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";
import type { HttpPerson } from "../../rig/server/http.ts";
import { arabicScene, haveLetters } from "./arabic-scene.ts";
import { bringScene, liveInScene, scene } from "./scene.ts";

const pictures = join(import.meta.dirname, "pictures");
const same: BrowserContextOptions = {
  locale: "en-GB",
  timezoneId: "UTC",
  reducedMotion: "reduce",
  serviceWorkers: "block",
};
const phone = { ...same, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const desk = { ...same, viewport: { width: 1440, height: 900 } };
const dark = { colorScheme: "dark" } as const;
const arabic = { locale: "ar" };

/** What is wider than the window, or sticks out of it though nothing scrolls there. The page itself hides what sticks out, so its own width says nothing. */
async function stickingOut(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const isScrolled = (element: Element | null): boolean =>
      element !== null &&
      element !== document.body &&
      (["auto", "scroll"].includes(getComputedStyle(element).overflowX) || isScrolled(element.parentElement));
    // A phone's window grows with what is too wide for it; its screen does not.
    const room = Math.min(innerWidth, screen.width);
    const isAside = (element: Element): boolean =>
      element.scrollWidth > element.clientWidth + 1 &&
      ["auto", "scroll"].includes(getComputedStyle(element).overflowX) &&
      // The filters are one line, through which the arrow keys lead.
      !element.matches(".list-filters, pre");
    const aside = [document.documentElement, ...document.querySelectorAll("body *")]
      .filter((element) => (element === document.documentElement ? element.scrollWidth > room : isAside(element)))
      .map((element) => `${element.localName}.${element.className} scrolls aside`);
    const out = [...document.querySelectorAll("body *")]
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((element) => {
        const { left, right, width, height } = element.getBoundingClientRect();
        return width > 1 && height > 1 && (left < -1 || right > room + 1);
      })
      .filter((element) => !isScrolled(element))
      .map((element) => `${element.localName}.${element.className}`);
    return [...aside, ...out];
  });
}

/** Where the parts of the panel begin and end, each place once. */
async function partsOfPanel(page: Page): Promise<string[]> {
  return await page.locator(".panel-body").evaluate((body) => {
    const places = [...body.children].map((part) => {
      const { left, right } = part.getBoundingClientRect();
      return `${Math.round(left)} ${Math.round(right)}`;
    });
    return [...new Set(places)];
  });
}

/** The screens are visited in each; those that are named are compared with their pictures. */
const kinds = [
  ["desk-light", desk, ["chat", "panel", "settings"]],
  ["desk-dark", { ...desk, ...dark }, ["chat"]],
  ["phone-light", phone, ["list", "chat", "menu", "settings"]],
  ["phone-dark", { ...phone, ...dark }, []],
  ["desk-arabic", { ...desk, ...arabic }, ["panel"]],
  ["phone-arabic", { ...phone, ...arabic }, ["list", "chat"]],
] as const;
const entrances = [
  ["entrance-desk-light", desk],
  ["entrance-phone-dark", { ...phone, ...dark }],
] as const;

describe.skipIf(lacksChromium())("the look of the main screens", () => {
  const rig = browsing();
  let ana: HttpPerson;
  let layla: HttpPerson;
  beforeAll(async () => {
    ana = await bringScene(rig.url, scene);
    layla = await bringScene(rig.url, arabicScene);
  });

  /** Notes how a screen differs from its picture. */
  function looking() {
    const faults: string[] = [];
    const see = async (page: Page, name: string) => {
      const fault = await compare(page, pictures, name, inject("keepsPictures"));
      if (fault !== null) faults.push(fault);
    };
    return { faults, see };
  }

  test.each(kinds)("[W95] %s", async (kind, options, pictured) => {
    const isArabic = kind.endsWith("arabic");
    const person = await rig.page(isArabic ? layla : ana, options, async (opened) => {
      await liveInScene(opened);
      if (isArabic) await haveLetters(opened);
    });
    const { words } = isArabic ? arabicScene : scene;
    const { page } = person;
    const { faults, see } = looking();
    const visit = async (screen: "list" | "chat" | "panel" | "menu" | "settings") => {
      expect(await stickingOut(page), screen).toEqual([]);
      if (pictured.some((each) => each === screen)) await see(page, `${kind}-${screen}`);
    };
    // What the list says of own messages comes a moment after it.
    await expect.poll(() => page.locator(".row-mark-read").count()).toBe(2);
    await visit("list");
    await person.row(words.walk).getByRole("link").click();
    await person.message(words.own).waitFor();
    await page.locator(".message-sender", { hasText: words.other }).waitFor();
    await person.standsStill();
    await visit("chat");
    if (kind === "phone-dark") {
      // Nor with letters of twice the size, and there is room to write and to read whose chat it is.
      await page.evaluate(() => void (document.documentElement.style.fontSize = "200%"));
      expect(await stickingOut(page)).toEqual([]);
      for (const name of [".pane-title", ".composer-field"])
        expect((await page.locator(name).boundingBox())?.width, name).toBeGreaterThan(100);
      await page.setViewportSize({ width: 320, height: 640 });
      await visitAll(person);
      await page.setViewportSize(phone.viewport);
      await page.evaluate(() => void (document.documentElement.style.fontSize = ""));
    }
    if (kind === "desk-dark") await mutate(page);
    if (kind === "phone-light") {
      await person.message("Count me in").locator(".bubble").dispatchEvent("contextmenu");
      await page.getByRole("menuitem", { name: "Reply" }).waitFor();
      await visit("menu");
      await page.keyboard.press("Escape");
      await page.getByRole("menu").waitFor({ state: "detached" });
    }
    await page.locator(".pane-who").click();
    await page.locator(".panel .people-list").waitFor();
    await visit("panel");
    if (kind === "desk-dark") {
      // Where the panel takes the place of the chat, all its parts are one column.
      await page.setViewportSize({ width: 1024, height: 768 });
      expect(await partsOfPanel(page)).toHaveLength(1);
      await page.setViewportSize(desk.viewport);
    }
    await page.keyboard.press("Control+,");
    await page.getByRole("dialog").getByRole("tab").first().waitFor();
    await visit("settings");
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
    expect(faults).toEqual([]);
  });

  /** Opens what can be opened from a chat on a phone, and goes back to the chat. Nothing there is wider than the window. */
  async function visitAll({ page }: WebPerson): Promise<void> {
    const close = async (what: string) => {
      await page.keyboard.press("Escape");
      await page.locator(what).waitFor({ state: "detached" });
    };
    const see = async (name: string) => expect(await stickingOut(page), name).toEqual([]);
    await page.locator(".message .bubble").last().dispatchEvent("contextmenu");
    await page.getByRole("menuitem", { name: "Reply" }).waitFor();
    await see("the menu of a message");
    await close("[role=menu]");
    await page.getByRole("button", { name: "Emoji" }).tap();
    await page.locator(".picker-emoji-cell").first().waitFor();
    await see("the emoji");
    await close("[data-testid=emoji-picker]");
    await page.getByRole("button", { name: "Chat actions" }).tap();
    await page.getByRole("menuitem", { name: "Search in this chat" }).tap();
    await page.getByRole("button", { name: "Filters" }).tap();
    await see("the search");
    await page.getByRole("searchbox").press("Escape");
    await page.locator(".chat-search").waitFor({ state: "detached" });
    await page.locator(".pane-who").tap();
    await page.locator(".panel .people-list").waitFor();
    await see("the panel");
    await close(".panel");
    await page.locator(".pane-back").tap();
    await page.locator(".list-filters").waitFor();
    await see("the list");
    await page.locator(".account-button").tap();
    await page.getByRole("menuitem", { name: "Settings" }).waitFor();
    await see("the menu of accounts");
    await page.getByRole("menuitem", { name: "Settings" }).tap();
    for (const tab of ["Profile", "Privacy", "Notifications", "Devices"]) {
      await page.getByRole("tab", { name: tab }).tap();
      await see(tab);
      await page.getByRole("dialog").getByRole("button", { name: "Back" }).tap();
    }
    await close("dialog[open]");
    await page.getByTestId("conversation-row").filter({ hasText: scene.words.walk }).getByRole("link").tap();
    await page.locator(".pane-who").waitFor();
  }

  /** Small changes of the look are found. Letters that are smoothed as if they lay elsewhere by a quarter of a pixel are none. */
  async function mutate(page: Page): Promise<void> {
    for (const [change, isSeen] of [
      ["main.pane .message-text, .row-title { translate: 0.25px 0 }", false],
      [":root { --bubble-own: #4058de }", true],
      [":root { --ground-side: #191b21 }", true],
      [".row-text { padding-inline-start: 1px }", true],
      [".bubble { padding-block-end: calc(0.375rem + 1px) }", true],
      [".pane-head .icon { visibility: hidden }", true],
      [".row-title { font-weight: 500 }", true],
    ] as const) {
      const at = await page.evaluate((css) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(css);
        return document.adoptedStyleSheets.push(sheet) - 1;
      }, change);
      expect(await isDifferent(page, pictures, "desk-dark-chat"), change).toBe(isSeen);
      await page.evaluate((index) => document.adoptedStyleSheets.splice(index, 1), at);
    }
  }

  test("[W95] the entrance", async () => {
    const { faults, see } = looking();
    for (const [name, options] of entrances) {
      const context = await rig.browser().newContext(options);
      const page = await context.newPage();
      await page.goto(rig.url);
      await page.getByRole("heading", { name: "Sign in to Parley" }).waitFor();
      await see(page, name);
      await context.close();
    }
    expect(faults).toEqual([]);
  });

  test("[W95] each picture is compared with a screen", () => {
    const names = kinds.flatMap(([kind, , pictured]) => pictured.map((screen) => `${kind}-${screen}.png`));
    names.push(...entrances.map(([name]) => `${name}.png`));
    expect(readdirSync(pictures).toSorted()).toEqual(names.toSorted());
  });
});
