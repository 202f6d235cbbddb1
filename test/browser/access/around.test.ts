import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { withWorker } from "../../rig/browser/web-person.ts";
import { signUp } from "../../rig/server/http.ts";

describe.skipIf(lacksChromium())("the ways to chats and people", () => {
  const rig = browsing(undefined, "whole");

  test("[W53] by keys alone: the switcher, the next chat, the next unread one, a letter that begins a message, the sheet", async () => {
    const ana = await rig.person("Ana");
    const { page } = ana;
    const { faults, see } = auditOf(page);
    const [{ writer: bo, chat }, cyd] = await Promise.all([rig.writer("Bo", ana), signUp(rig.url, "cyd")]);
    await bo.send(chat, "hello");
    const walk = await ana.program.group([], { title: "Harbour walk" });
    const quay = await ana.program.group([], { title: "Quay" });
    await ana.row("Quay").waitFor();
    const openId = () => page.evaluate(() => /\/c\/([^/]+)/.exec(location.hash)?.[1]);
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox");
    await field.waitFor();
    await see("switcher", "dialog");
    await field.fill("hw");
    await page.getByRole("option", { name: "Harbour walk", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(openId).toBe(walk);
    // The one before, without a letter: the list leaves out the chat on screen.
    await page.keyboard.press("Control+k");
    await page.getByRole("option", { name: "Quay", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(openId).toBe(quay);
    await page.keyboard.press("Control+k");
    await field.fill(cyd.handle);
    await page.getByRole("option", { name: "cyd", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "cyd" }).waitFor();
    await page.keyboard.press("Control+k");
    // Enter comes with the last letter, before the list has followed: it is not for what was listed before.
    await field.evaluate(async (input: HTMLInputElement) => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, "new gr");
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      await Promise.resolve();
      input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    });
    await page.getByRole("dialog", { name: "New group" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.keyboard.press("Alt+Shift+ArrowDown");
    await expect.poll(openId).toBe(chat);
    // The list has no row below its last one.
    const last = await page.getByTestId("conversation-row").last().getByRole("link").getAttribute("href");
    const [away, back] =
      last?.includes(chat) === true ? ["Alt+ArrowUp", "Alt+ArrowDown"] : ["Alt+ArrowDown", "Alt+ArrowUp"];
    await page.keyboard.press(away ?? "");
    await expect.poll(openId).not.toBe(chat);
    await page.keyboard.press(back ?? "");
    await expect.poll(openId).toBe(chat);
    await ana.composer.waitFor();
    await page.getByRole("button", { name: "Details" }).focus();
    await page.keyboard.type("?what");
    await expect.poll(() => ana.composer.inputValue()).toBe("?what");
    // What is typed before the field is there: between two chats, and while the search of a chat and the switcher are on their way.
    await ana.composer.fill("");
    const typeAtOnce = (begin: string, keys: string) =>
      page.evaluate(
        async ([begun, typed = ""]) => {
          const press = (key: string, ctrlKey = false) =>
            (document.activeElement ?? document.body).dispatchEvent(
              new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true, cancelable: true }),
            );
          if (begun === "switcher") press("k", true);
          else if (begun === "search")
            document.querySelector<HTMLElement>("button[aria-label='Search in this chat']")?.click();
          else {
            const gone = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
            location.hash = location.hash.replace(/[^/]+$/, begun ?? "");
            await gone;
            await Promise.resolve();
          }
          for (const key of typed) press(key);
        },
        [begin, keys],
      );
    await typeAtOnce(quay, "ahoy");
    await page.getByRole("heading", { name: "Quay" }).waitFor();
    await expect.poll(() => ana.composer.inputValue()).toBe("ahoy");
    await typeAtOnce("search", "lantern");
    const search = page.getByRole("searchbox", { name: "Search in this chat" });
    await expect.poll(() => search.inputValue().catch(() => "")).toBe("lantern");
    await search.press("Escape");
    await typeAtOnce("switcher", "hw");
    await page.getByRole("option", { name: "Harbour walk", selected: true }).waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => ana.composer.inputValue()).toBe("ahoy");
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await see("shortcuts", "dialog");
    await page.keyboard.press("Escape");
    await expect.poll(() => ana.composer.evaluate((each) => each === document.activeElement)).toBe(true);
    expect(faults).toEqual([]);
  });

  test("[W56] an invite names its group before the sign-in; a person has an address; shortcuts begin; what is shared comes into a chat", async () => {
    const ana = await rig.person("Ana", withWorker);
    const { page } = ana;
    const { faults, see } = auditOf(page);
    const bo = await signUp(rig.url, "bo");
    const group = await bo.group([], { title: "Lighthouse keepers" });
    const { code } = await bo.must<{ code: string }>(201, "POST", `/v1/conversations/${group}/invites`);
    const stranger = await rig.browser().newContext();
    const outside = await stranger.newPage();
    await outside.goto(`${rig.url}/#/join/${code}`);
    await outside.getByTestId("invited").getByText("Lighthouse keepers").waitFor();
    await outside.getByTestId("invited").getByText("1 member").waitFor();
    // Who follows it is likely to be new.
    await outside.getByRole("heading", { name: "Create an account" }).waitFor();
    await outside.goto(`${rig.url}/#/join/${code}x`);
    await outside.getByText("This invite has expired, is used up, or does not exist.").waitFor();
    await outside.goto(`${rig.url}/#/u/@${bo.handle}`);
    await outside.getByTestId("invited").getByText(`@${bo.handle}`).waitFor();
    await outside.getByRole("heading", { name: "Create an account" }).waitFor();
    await outside.getByRole("button", { name: "I have an account: sign in" }).click();
    await outside.getByRole("heading", { name: "Sign in to Parley" }).waitFor();
    await stranger.close();

    const go = (path: string) => page.evaluate((hash) => (location.hash = hash), `#${path}`);
    await go(`/u/@${bo.handle}`);
    await page.getByRole("dialog", { name: "Profile" }).getByRole("heading", { name: "bo" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await go("/u/@nobody.of.this.name");
    await page.getByText("There is nobody with the handle @nobody.of.this.name.").waitFor();
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Add me" }).click();
    expect(await page.getByRole("textbox", { name: "Link to you" }).inputValue()).toBe(`${rig.url}/#/u/@${ana.handle}`);
    await see("the own link", "dialog");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await go("/start/group");
    await page.getByRole("dialog", { name: "New group" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await go("/start/search");
    await expect
      .poll(() => page.getByRole("searchbox").evaluate((field) => field === document.activeElement))
      .toBe(true);
    await page.keyboard.press("Escape");

    await ana.program.group([], { title: "Notes" });
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const form = new FormData();
      form.set("title", "A page");
      form.set("text", "worth reading https://example.com/a");
      form.set("url", "https://example.com/a");
      form.append("files", new File(["some words"], "words & more.txt", { type: "text/plain" }));
      await fetch("/share", { method: "POST", body: form });
    });
    await go("/start/share");
    const dialog = page.getByRole("dialog", { name: "Share with" });
    await dialog.getByText("A page").waitFor();
    await see("sharing", "dialog");
    await dialog.getByRole("button", { name: "Notes" }).click();
    await expect.poll(() => ana.composer.inputValue()).toBe("A page\nworth reading https://example.com/a");
    await page.getByTestId("tray-file").getByText("words & more.txt").waitFor();
    // It is taken once.
    await go("/start/share");
    await dialog.getByText("Nothing was shared").waitFor();
    expect(faults).toEqual([]);
  });

  test("[W19] a click without a press, as assistive technology makes it, opens and closes each menu, and takes an offer above the field", async () => {
    const ana = await rig.person("Ana");
    const { page } = ana;
    await ana.foundGroup("Quay", []);
    await ana.send("first words");
    await expect.poll(() => ana.markOf("first words")).toMatch(/sent|delivered/);
    const openers = page.locator('[aria-haspopup="menu"]');
    await expect.poll(() => openers.count()).toBeGreaterThan(3);
    for (const opener of await openers.all())
      for (const isOpen of [true, false]) {
        await opener.evaluate((button: HTMLElement) => button.click());
        await page.getByRole("menu").waitFor({ state: isOpen ? "visible" : "hidden" });
      }
    await ana.composer.fill(":smil");
    await page
      .getByRole("option")
      .first()
      .evaluate((option: HTMLElement) => option.click());
    await expect.poll(() => ana.composer.inputValue()).not.toContain(":");
    await ana.composer.fill("");

    // In a popover Tab leads around, and Escape leads back. Who presses elsewhere is there then.
    const at = (place: Locator) =>
      expect.poll(() => place.evaluate((element) => element === document.activeElement)).toBe(true);
    const [emoji, picker] = [
      page.getByRole("button", { name: "Emoji", exact: true }),
      page.getByTestId("emoji-picker"),
    ];
    const [find, elsewhere] = [picker.getByRole("combobox"), page.getByRole("searchbox")];
    await emoji.press("Enter");
    await at(find);
    await page.keyboard.press("Shift+Tab");
    await at(picker.locator(".picker-emoji-scroller"));
    await page.keyboard.press("Tab");
    await at(find);
    await page.keyboard.press("Escape");
    await at(ana.composer);
    await emoji.click();
    await at(find);
    await elsewhere.click();
    await picker.waitFor({ state: "detached" });
    await at(elsewhere);

    // A dialog is out of sight while the key is down by which it is left.
    const begin = page.getByRole("button", { name: "New conversation" });
    await begin.press("Enter");
    await page.getByRole("menuitem", { name: "New group" }).click();
    const group = page.getByRole("dialog", { name: "New group" });
    const seen = () => group.evaluateAll((all) => all.map((each) => getComputedStyle(each).opacity));
    await expect.poll(seen).toEqual(["1"]);
    await page.keyboard.down("Escape");
    expect(await seen()).not.toEqual(["1"]);
    await page.keyboard.up("Escape");
    await at(begin);

    // After a press, where what had the focus is gone, it stays in that part of the page.
    await ana.send("short words");
    await expect.poll(() => ana.markOf("short words")).toMatch(/sent|delivered/);
    await ana.choose("short words", "Delete for me");
    await ana.message("short words").waitFor({ state: "detached" });
    await at(page.getByRole("log"));
  });
});
