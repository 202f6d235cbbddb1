import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { limits } from "../../../schema/limits.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { pseudo, speak } from "../../rig/browser/pseudo.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

const accented = (text: string) => pseudo("en-XA", text);

/** What `Intl` writes, which knows no accented language: dates, times and how long ago. */
const dateWords = [
  ...Array.from({ length: 12 }, (_month, index) => new Date(2026, index, 15)).flatMap((date) =>
    (["long", "short"] as const).map((month) => date.toLocaleDateString("en", { month })),
  ),
  ...Array.from({ length: 7 }, (_day, index) => new Date(2026, 1, index + 1)).flatMap((date) =>
    (["long", "short"] as const).map((weekday) => date.toLocaleDateString("en", { weekday })),
  ),
  ...["AM", "PM", "at", "and", "now", "yesterday", "min", "hr", "ago"],
];

/** Names, titles and messages have no Latin letters, so that every one that is found unaccented is the app's. */
const [anna, boris, title] = ["Анна", "Борис", "Прогулка"];

/** Everything on the page that is seen or heard and is not accented, without the given words. */
async function unaccented(page: Page, words: readonly string[]): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const isThere = (element: Element | null) => element !== null && element.checkVisibility();
    const found: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const isCode = node.parentElement?.closest("script, style, noscript, time") != null;
      if (!isCode && isThere(node.parentElement)) found.push(node.textContent ?? "");
    }
    for (const element of document.body.querySelectorAll("*"))
      for (const name of ["aria-label", "aria-description", "title", "placeholder", "alt", "aria-valuetext"])
        if (isThere(element)) found.push(element.getAttribute(name) ?? "");
    return found;
  });
  const known = new RegExp(
    `@?(?<!\\p{L})(?:${words.map((word) => word.replaceAll(".", "\\.")).join("|")})(?!\\p{L})`,
    "gu",
  );
  // v and x are the same with an accent.
  return [...new Set(texts.map((text) => text.trim()))].filter((text) => /[a-uwyz]/i.test(text.replaceAll(known, "")));
}

describe.skipIf(lacksChromium())("languages", () => {
  const rig = browsing();

  /** Ana and Bo with a direct chat and a group, before Ana's page speaks another language. */
  async function meet(): Promise<{ ana: WebPerson; bo: WebPerson }> {
    const [ana, bo] = await Promise.all([rig.person(anna, {}, undefined), rig.person(boris, {}, undefined)]);
    await ana.startChat(bo.handle);
    await ana.send("Привет");
    await bo.open(anna);
    await bo.send("Да");
    await bo.choose("Привет", "Reply");
    await bo.send("Вот");
    await bo.choose("Вот", "Edit");
    await bo.page.getByRole("textbox", { name: "Edit message" }).fill("Вот так");
    await bo.page.getByRole("textbox", { name: "Edit message" }).press("Enter");
    await bo.send("Нет");
    await bo.choose("Нет", "Unsend");
    await bo.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await ana.page.getByText("Message unsent").first().waitFor();
    await ana.foundGroup(title, [bo.handle]);
    await ana.page.getByRole("button", { name: "Details" }).click();
    await ana.page.getByRole("button", { name: "Make an invite link" }).click();
    await ana.page.getByRole("list", { name: "Open invites" }).waitFor();
    return { ana, bo };
  }

  test("[W30] [W31] no text of the app is hard-coded: all are in the language of the page", async () => {
    const { ana, bo } = await meet();
    const words = [...dateWords, ana.handle, bo.handle, "Parley", "Safari", "Chrome", "on", "Linux", "a–z"];
    const { page } = ana;
    const at = async (screen: string) =>
      expect({ screen, found: await unaccented(page, words) }).toEqual({ screen, found: [] });
    const button = (text: string) => page.getByRole("button", { name: accented(text) });
    const item = (text: string) => page.getByRole("menuitem", { name: accented(text) });
    const close = async () => {
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
    };
    await speak(ana.context, "en-XA");
    await page.reload();
    await page.getByRole("heading", { name: accented("Chats") }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([
      "en-XA",
      "ltr",
    ]);

    await page.locator(".row-title").first().waitFor();
    await button("Details").click();
    await page.getByRole("list", { name: accented("Members") }).waitFor();
    await page.getByRole("list", { name: accented("Open invites") }).waitFor();
    await at("group and its panel");
    await page
      .locator("aside.panel")
      .getByRole("button", { name: accented("Add people") })
      .click();
    await at("adding people");
    await close();
    await page
      .locator(".panel")
      .getByRole("button", { name: accented("Leave"), exact: true })
      .click();
    await at("leaving");
    await close();

    await ana.row(boris).getByRole("link").click();
    await page.getByText("Вот так").first().waitFor();
    await at("direct chat");
    await ana.message("Вот так").hover();
    await ana
      .message("Вот так")
      .getByRole("button", { name: accented("Message actions") })
      .click();
    await at("menu of a message");
    await item("Reply").click();
    await at("replying");
    await page
      .getByRole("textbox", { name: accented("Message"), exact: true })
      .fill("я".repeat(limits.textCodePointsMax + 1));
    await page.locator(".composer-send").click();
    await page.locator(".toast").waitFor();
    await at("a text that is too long");
    await page.getByRole("textbox", { name: accented("Message"), exact: true }).fill("");
    await button("Details").click();
    await page.locator(".person-panel").waitFor();
    await at("person and their panel");
    await page
      .locator(".panel")
      .getByRole("button", { name: accented("Block"), exact: true })
      .click();
    await at("blocking");
    await close();

    await ana.row(title).hover();
    await ana.row(title).locator(".row-menu").click();
    await at("menu of a row");
    await page.keyboard.press("Escape");
    await button("New conversation").click();
    await at("menu of new conversations");
    await item("New group").click();
    await page.getByRole("dialog").locator("form").getByRole("button").last().click();
    await page.locator(".field-error").waitFor();
    await at("new group");
    await close();
    await button("New conversation").click();
    await item("Join with a link or code").click();
    await page.getByRole("dialog").getByRole("textbox").fill("AAAAAAAAAAAAAAAAAAAAAAAAAAA");
    await at("joining");
    await close();

    await page.getByRole("searchbox").fill("qqqq");
    await page.getByText(accented("Nobody found.")).waitFor();
    await at("search");
    await page.getByRole("searchbox").fill("Вот");
    await page.locator(".hit mark").first().waitFor();
    await at("search with messages");
    await page.getByRole("searchbox").press("Escape");
    await button("Mentions").click();
    await page.getByText(accented("Nobody has mentioned you yet.")).waitFor();
    await at("mentions");
    await button("Mentions").click();
    await button("Search in this chat").click();
    await page.getByTestId("chat-search").getByRole("searchbox").fill("Вот");
    await page.getByTestId("chat-search-count").getByText(/\d/).waitFor();
    await button("Filters").click();
    await at("search in a chat");
    await page.getByTestId("chat-search").getByRole("searchbox").press("Escape");

    await page.locator(".account-button").click();
    await at("account menu");
    await item("Settings").click();
    for (const tab of ["Profile", "Privacy", "Devices", "Password", "Data", "Blocked"]) {
      await page.getByRole("tab", { name: accented(tab) }).click();
      await page.getByRole("tabpanel").waitFor();
      await page.getByText(accented("Loading…")).waitFor({ state: "hidden" });
      await at(`settings: ${tab}`);
    }
    await close();

    await ana.context.setOffline(true);
    await ana.banner.waitFor();
    await at("offline");
    await ana.context.setOffline(false);
    await ana.banner.waitFor({ state: "hidden" });
    await page.locator(".account-button").click();
    await item("Add an account").click();
    await at("entrance");
    await button("New here? Create an account").click();
    await page.locator("form .button-main").click();
    await page.locator(".field-error").first().waitFor();
    await at("entrance with faults");
  });

  test("[W31] a language is fetched when it is asked for, and English is there at once", async () => {
    const ana = await rig.person(anna);
    const { page } = ana;
    const asked = async () =>
      await page.evaluate(() =>
        performance
          .getEntriesByType("resource")
          .map(({ name }) => new URL(name).pathname)
          .filter((path) => /^\/assets\/(?:ar|es|zh|en-XA|ar-XB)-[^/]*\.js$/.test(path)),
      );
    expect(await asked()).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
    await speak(ana.context, "ar-XB");
    await page.reload();
    await page.getByRole("heading", { name: pseudo("ar-XB", "Chats") }).waitFor();
    const fetched = await asked();
    expect(fetched).toContainEqual(expect.stringMatching(/^\/assets\/ar-XB-/));
    // The pseudo language is a kind of Arabic, whose names of emoji may come with it.
    expect(fetched.filter((path) => !path.startsWith("/assets/ar-"))).toEqual([]);
  });

  test("[W31] a language that does not load leaves the page in English", async () => {
    const context = await rig.browser().newContext({ locale: "ar-XB" });
    const page = await context.newPage();
    await page.route("**/assets/ar-XB-*", async (route) => await route.abort());
    await page.goto(rig.url);
    await page.getByRole("heading", { name: "Sign in to Parley" }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([
      "en",
      "ltr",
    ]);
    await context.close();
  });

  test("[W3] [W31] the language is there without network too", async () => {
    const context = await rig.browser().newContext({ locale: "ar-XB" });
    const page = await context.newPage();
    await page.goto(rig.url);
    const heading = page.getByRole("heading", { name: pseudo("ar-XB", "Sign in to Parley") });
    await heading.waitFor();
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    const kept = await page.evaluate(async () => {
      const caching = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      return caching.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept.filter((path) => /-X[AB]-/.test(path))).toEqual([
      expect.stringMatching(/^\/assets\/ar-XB-/),
      expect.stringMatching(/^\/assets\/ar-XB-/),
    ]);
    await context.setOffline(true);
    await page.reload();
    await heading.waitFor();
    await context.close();
  });

  test("[W32] in a language that runs from right to left, the page does so too", async () => {
    const { ana, bo } = await meet();
    const { page } = ana;
    await speak(ana.context, "ar-XB");
    await page.reload();
    await page.getByRole("heading", { name: pseudo("ar-XB", "Chats") }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dir)).toBe("rtl");
    await ana.row(boris).getByRole("link").click();
    await ana.message("Вот так").waitFor();
    const left = async (selector: string) => (await page.locator(selector).first().boundingBox())?.x ?? Number.NaN;
    const [list, pane] = [await left(".sidebar"), await left("main.pane")];
    expect(list).toBeGreaterThan(pane);
    expect(await left(".message-own .bubble")).toBeLessThan(await left(".message:not(.message-own) .bubble"));
    // A title in letters from left to right begins where the lines of the page do, beside the avatar.
    const end = async (locator: Locator) =>
      await locator.evaluate((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return range.getBoundingClientRect().right;
      });
    expect((await left(".row .avatar")) - (await end(ana.row(boris).locator(".row-title")))).toBeLessThan(24);
    // The marks of a list stand in its bubble, in one column, also beside an item in other letters.
    await bo.send("قائمة:\n- خبز\n- Tea!");
    const items = ana.message("خبز").locator("li");
    const ends = [await end(items.first()), await end(items.last())];
    const bubble = await ana.message("خبز").locator(".bubble").boundingBox();
    expect((bubble?.x ?? 0) + (bubble?.width ?? 0) - (ends[0] ?? 0)).toBeGreaterThan(20);
    expect(Math.abs((ends[0] ?? 0) - (ends[1] ?? 0))).toBeLessThan(2);
    // A sentence that begins with a mention begins at the right, and the time of emoji stands at their left.
    await bo.send(`@${ana.handle} متى نلتقي`);
    const asked = ana.message("متى نلتقي");
    expect(await end(asked.locator(".mention"))).toBeGreaterThan(await end(asked.getByText("متى نلتقي")));
    await bo.send("🎉");
    const party = ana.message("🎉");
    expect(await end(party.locator(".message-text"))).toBeGreaterThan(await end(party.locator(".meta")));
    // The arrow keys follow what is seen.
    const filters = page.getByRole("toolbar").getByRole("button");
    await filters.first().press("ArrowLeft");
    await expect.poll(() => filters.nth(1).evaluate((element) => element === document.activeElement)).toBe(true);
    // Nothing stands beyond the edge of the page.
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      // The page is laid out anew once it has heard of its width.
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
  });
});
