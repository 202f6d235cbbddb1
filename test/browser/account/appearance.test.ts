import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { Me } from "../../../schema/http/account/me.ts";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { withWorker } from "../../rig/browser/web-person.ts";

/** The page counts the notes that it would play. Runs in the page before the app. */
function countNotes(): void {
  const key = "test.notes";
  const count = (): void => {
    localStorage.setItem(key, String(Number(localStorage.getItem(key)) + 1));
  };
  class Node {
    readonly gain = {
      setValueAtTime: () => undefined,
      linearRampToValueAtTime: () => undefined,
      exponentialRampToValueAtTime: () => undefined,
    };
    connect = (next: unknown) => next;
    start = count;
    stop = () => undefined;
  }
  class Context {
    readonly state = "running";
    readonly currentTime = 0;
    readonly destination = {};
    resume = async () => undefined;
  }
  Object.assign(window, { AudioContext: Context, OscillatorNode: Node, GainNode: Node });
}

/** The page's dates go on from where the test has wound them. Runs in the page before the app. */
function windDates(): void {
  const real = Date.now;
  Date.now = () => real() + Number(localStorage.getItem("test.wound"));
}

describe.skipIf(lacksChromium())("how the app looks, speaks and sounds", () => {
  const rig = browsing();

  const root = (page: Page) =>
    page.evaluate(() => {
      const { lang, dir, dataset } = document.documentElement;
      return { lang, dir, theme: dataset["theme"], contrast: dataset["contrast"], size: dataset["textSize"] };
    });

  test("[W54] theme, size of texts and language are in force at once, in all tabs, after a reload and without network", async () => {
    const ana = await rig.person("Ana", withWorker);
    const { page } = ana;
    const { faults, see } = auditOf(page);
    const other = await ana.context.newPage();
    await other.goto(rig.url);
    await other.getByRole("heading", { name: "Chats" }).waitFor();
    await page.keyboard.press("Control+,");
    await page.getByRole("tab", { name: "Appearance" }).click();
    await see("settings: appearance", "dialog");
    await page.getByRole("radio", { name: "Dark" }).check();
    await page.getByRole("radio", { name: "Very large" }).check();
    const dark = { theme: "dark", contrast: undefined, size: "largest" };
    await expect.poll(() => root(page)).toMatchObject(dark);
    await expect.poll(() => root(other)).toMatchObject(dark);
    await page.getByRole("radio", { name: "High contrast" }).check();
    await expect.poll(() => root(page)).toMatchObject({ theme: undefined, contrast: "more" });

    // Where the system sets the colours, which takes grounds and shadows away, surfaces have lines, and what is on looks otherwise than what is off.
    await page.emulateMedia({ forcedColors: "active" });
    const drawn = () =>
      page.evaluate(() => {
        const looks = (name: string, part?: string) =>
          getComputedStyle(document.querySelector(name) ?? document.body, part);
        const isOther = (a: string, b: string) => a !== b;
        return {
          dialog: looks(".dialog").outlineStyle,
          tab: looks("[role=tab][aria-selected=true]").outlineStyle,
          knob: isOther(looks("[role=switch]").backgroundColor, looks("[role=switch]", "::after").backgroundColor),
        };
      });
    await page.getByRole("tab", { name: "Notifications" }).click();
    await page.getByRole("switch").first().waitFor();
    await expect.poll(drawn).toEqual({ dialog: "solid", tab: "solid", knob: true });
    await page.emulateMedia({ forcedColors: "none" });
    await page.getByRole("tab", { name: "Appearance" }).click();

    // The settings stay open, at their tab, in the other language.
    const language = page.getByRole("tabpanel").locator("select");
    await language.selectOption("es");
    await expect.poll(() => root(page)).toMatchObject({ lang: "es", dir: "ltr" });
    await expect.poll(() => root(other)).toMatchObject({ lang: "es" });
    await language.selectOption("ar");
    await expect.poll(() => root(page)).toMatchObject({ lang: "ar", dir: "rtl", contrast: "more" });
    const locale = async () => (await ana.program.must<Me>(200, "GET", "/v1/me")).settings.locale;
    await expect.poll(locale).toBe("ar");
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    // The worker keeps the catalog once it has brought it.
    await page.reload();
    await page.locator(".sidebar").waitFor();
    await ana.context.setOffline(true);
    await page.reload();
    await page.locator(".sidebar").waitFor();
    expect(await root(page)).toMatchObject({ lang: "ar", dir: "rtl", contrast: "more", size: "largest" });
    await ana.context.setOffline(false);
    await page.keyboard.press("Control+,");
    await page.getByRole("tab").nth(1).click();
    await language.selectOption("");
    await expect.poll(() => root(page)).toMatchObject({ lang: "en", dir: "ltr" });
    await expect.poll(locale).toBe("en");
    expect(faults).toEqual([]);
  });

  test("[W125] another language, chosen in another tab, waits until nobody is writing", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.program("bo")]);
    const { page } = ana;
    await ana.startChat(bo.handle);
    await ana.composer.pressSequentially("half a thou");
    const field = await ana.composer.elementHandle();
    const other = await ana.context.newPage();
    await other.goto(`${rig.url}/#/`);
    await other.getByRole("heading", { name: "Chats" }).waitFor();
    await other.evaluate(() => {
      localStorage.setItem("parley.language", "es");
    });
    // The other tab is told nothing of what it wrote itself. This one has heard of it by the time that a second key is.
    await page.waitForFunction(() => localStorage.getItem("parley.language") === "es");
    await ana.composer.pressSequentially("ght");
    await page.waitForTimeout(1_500);
    expect((await root(page)).lang).toBe("en");
    expect(await field?.evaluate((element) => element.isConnected)).toBe(true);
    await page.getByRole("heading", { name: "Chats" }).click();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await expect.poll(async () => (await root(page)).lang).toBe("es");
    expect(await page.locator(".composer-field").inputValue()).toBe("half a thought");
    await other.close();
  });

  test("[W55] a message sounds in one tab alone, and not for a chat that somebody looks at, a muted one, or with the sound off", async () => {
    const ana = await rig.person("Ana");
    await ana.context.addInitScript(countNotes);
    await ana.context.addInitScript(windDates);
    const { page } = ana;
    const { writer: bo, chat } = await rig.writer("Bo", ana);
    await bo.send(chat, "before");
    const other = await ana.context.newPage();
    await other.goto(rig.url);
    await page.reload();
    for (const each of [page, other]) {
      await each.getByTestId("conversation-row").waitFor();
      await each.getByRole("heading", { name: "Chats" }).click();
    }
    const notes = () => page.evaluate(() => Number(localStorage.getItem("test.notes")));
    /** Two notes for each sound. Between two sounds is a rest, which is over once the page's clock is wound. */
    const afterNext = async (text: string, isRested = true): Promise<number> => {
      await page.evaluate(
        (ms) => {
          localStorage.setItem("test.notes", "0");
          localStorage.setItem("test.wound", String(Number(localStorage.getItem("test.wound")) + ms));
        },
        isRested ? 1_300 : 0,
      );
      await bo.send(chat, text);
      const pages = [page, other].filter((each) => !each.isClosed());
      for (const each of pages) await each.getByTestId("conversation-row").filter({ hasText: text }).waitFor();
      // Whoever would sound has asked the locks by then, and sounds before a later question is answered.
      for (const each of pages)
        await each.evaluate(async () => {
          await navigator.locks.query();
          await new Promise((resolve) => setTimeout(resolve, 0));
        });
      return await notes();
    };
    await expect.poll(() => afterNext("one")).toBe(2);
    await other.evaluate((id) => (location.hash = `#/c/${id}`), chat);
    await other.getByRole("textbox", { name: "Message", exact: true }).waitFor();
    expect(await afterNext("two, which is looked at")).toBe(0);
    await other.close();
    // The browser ends the locks of a tab some time after the tab.
    const locks = () =>
      page.evaluate(async () => {
        const { held = [], pending = [] } = await navigator.locks.query();
        const named = (some: LockInfo[], name: string) => some.filter((each) => each.name?.startsWith(name)).length;
        return { attending: named(held, "parley attends"), waitingToSound: named(pending, "parley sounds") };
      });
    await expect.poll(locks).toEqual({ attending: 0, waitingToSound: 0 });
    expect(await afterNext("three")).toBe(2);
    expect(await afterNext("three and a half, at once", false)).toBe(0);
    await ana.program.must(200, "PATCH", `/v1/conversations/${chat}/me`, { mutedUntil: Date.now() + 60_000 });
    await ana.row("three and a half").getByText("Muted").waitFor({ state: "attached" });
    expect(await afterNext("four, in silence")).toBe(0);
    await ana.program.must(200, "PATCH", `/v1/conversations/${chat}/me`, { mutedUntil: null });
    await ana.row("four, in silence").getByText("Muted").waitFor({ state: "detached" });
    await page.keyboard.press("Control+,");
    await page.getByRole("tab", { name: "Notifications" }).click();
    await page.getByRole("switch", { name: /^Sound when/ }).uncheck();
    expect(await afterNext("five, with the sound off")).toBe(0);
    await page.getByRole("switch", { name: /^Sound when/ }).check();
    expect(await afterNext("six, with the sound on")).toBe(2);
  });
});
