import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { type WebPerson, withWorker } from "../../rig/browser/web-person.ts";
import { offerAgain, pushServiceStandIn, shownIn, subscriptionAt } from "./pushed-browser.ts";

const endpoint = "https://fcm.googleapis.com/fcm/send/of-a-test";

describe.skipIf(lacksChromium())("the choice of notifications", () => {
  const rig = browsing(undefined, "whole");

  /** A page whose browser answers as given when it is asked, and whose server takes subscriptions. */
  async function anaWith(answer: NotificationPermission, first: NotificationPermission = "default") {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo")]);
    const told: string[] = [];
    await ana.context.route("**/v1/push/subscription", async (route) => {
      told.push(`${route.request().method()} ${route.request().postData() ?? ""}`.trim());
      await route.fulfill({ status: 204 });
    });
    await ana.context.route("**/v1/discovery", async (route) => {
      await route.fulfill({ json: { push: { vapidPublicKey: "BAUG" } } });
    });
    await ana.context.addInitScript(pushServiceStandIn, subscriptionAt(endpoint));
    await ana.context.addInitScript(permissionStandIn, { answer, first });
    await ana.context.addInitScript(() => {
      const note = (count: number) => Promise.resolve(void Object.assign(window, { testBadge: count }));
      Object.assign(navigator, { setAppBadge: note, clearAppBadge: () => note(0) });
    });
    await ana.context.grantPermissions(["notifications"], { origin: rig.url });
    await offerAgain(ana);
    await ana.page.reload();
    await ana.page.getByRole("heading", { name: "Chats" }).waitFor();
    return { ana, bo, told };
  }

  const offer = (page: Page) => page.getByRole("region", { name: "Notifications" });
  const put = `PUT ${JSON.stringify({ endpoint, keys: { p256dh: "BPublic", auth: "secret" }, vapidPublicKey: "BAUG" })}`;

  async function openTab(person: WebPerson): Promise<void> {
    await person.page.getByRole("button", { name: /^Account:/ }).click();
    await person.page.getByRole("menuitem", { name: "Settings" }).click();
    await person.page.getByRole("tab", { name: "Notifications" }).click();
  }

  test("[W42] the offer comes when something was written, can be put off, and asks the browser only when it is taken", async () => {
    const { ana, bo, told } = await anaWith("granted");
    await ana.startChat(bo.handle);
    expect(await offer(ana.page).count()).toBe(0);
    await ana.send("hello");
    await bo.open("Ana");
    await bo.send("hello yourself");
    await ana.message("hello yourself").waitFor();
    await offer(ana.page).getByRole("button", { name: "Not now" }).click();
    await expect.poll(() => offer(ana.page).count()).toBe(0);
    await ana.page.reload();
    await ana.message("hello yourself").waitFor();
    expect(await offer(ana.page).count()).toBe(0);
    await offerAgain(ana);
    await ana.page.reload();
    expect(await ana.page.evaluate(() => Reflect.get(window, "testAsked"))).toBe(0);
    await offer(ana.page).getByRole("button", { name: "Turn on notifications" }).click();
    await expect.poll(() => told).toEqual([put]);
    await expect.poll(() => offer(ana.page).count()).toBe(0);
    expect(await ana.page.evaluate(() => Reflect.get(window, "testAsked"))).toBe(1);
  });

  test("[W42] where the browser blocks them the app says so, and how to undo it", async () => {
    const { ana, bo, told } = await anaWith("denied");
    await bo.startChat(ana.handle);
    await bo.send("hello");
    await offer(ana.page).getByRole("button", { name: "Turn on notifications" }).click();
    await ana.page.getByText("This browser blocks notifications of Parley.").waitFor();
    await expect.poll(() => offer(ana.page).count()).toBe(0);
    await openTab(ana);
    const tab = ana.page.getByRole("tabpanel", { name: "Notifications" });
    await tab.getByText("To allow them, open the site settings").waitFor();
    expect(await tab.getByRole("button", { name: "Turn on notifications" }).count()).toBe(0);
    expect(told).toEqual([]);
  });

  test("[W26] [W27] [W42] the settings: on, a test notification, previews, quiet hours, off; by keys alone, and axe finds nothing", async () => {
    const { ana, told } = await anaWith("granted");
    const { page } = ana;
    const { faults, see } = auditOf(page);
    await openTab(ana);
    await page.keyboard.press("Tab");
    const tab = page.getByRole("tabpanel", { name: "Notifications" });
    await tab.getByText("Notifications are turned off for this device.").waitFor();
    await see("settings, off", "dialog[open]");
    await tab.getByRole("button", { name: "Turn on notifications" }).focus();
    await page.keyboard.press("Enter");
    await tab.getByText("Notifications are turned on for this device.").waitFor();
    expect(told).toEqual([put]);
    await tab.getByRole("button", { name: "Show a test notification" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => shownIn(page)).toMatchObject([{ tag: "test", body: "This is how a notification looks." }]);
    await tab.getByRole("switch", { name: /^Show names and texts/ }).focus();
    await page.keyboard.press("Space");
    await tab.getByRole("switch", { name: /^Quiet hours/ }).focus();
    await page.keyboard.press("Space");
    await tab.getByLabel("From").waitFor();
    await see("settings, on", "dialog[open]");
    const saved = page.waitForResponse((answer) => {
      const of = answer.request();
      return of.method() === "PATCH" && of.url().endsWith("/v1/me") && (of.postData() ?? "").includes("06:15");
    });
    await tab.getByLabel("From").fill("21:30");
    await tab.getByLabel("To").fill("06:15");
    // Closed before the pause after the last key is over.
    await page.keyboard.press("Escape");
    await saved;
    await openTab(ana);
    await expect.poll(() => tab.getByLabel("From").inputValue()).toBe("21:30");
    await expect.poll(() => tab.getByLabel("To").inputValue()).toBe("06:15");
    await expect.poll(() => tab.getByRole("switch", { name: /^Show names and texts/ }).isChecked()).toBe(false);
    await tab.getByText(/^Time zone: /).waitFor();
    // What was typed just before does not turn them on again.
    await tab.getByLabel("From").fill("23:00");
    await tab.getByRole("switch", { name: /^Quiet hours/ }).click();
    await expect.poll(() => tab.getByLabel("From").count()).toBe(0);
    await page.keyboard.press("Escape");
    await openTab(ana);
    await tab.getByRole("switch", { name: /^Notifications/ }).waitFor();
    await expect.poll(() => tab.getByRole("switch", { name: /^Quiet hours/ }).isChecked()).toBe(false);
    await tab.getByRole("button", { name: "Turn off for this device" }).click();
    await tab.getByText("Notifications are turned off for this device.").waitFor();
    await expect.poll(() => told).toEqual([put, "DELETE"]);
    expect(faults).toEqual([]);
  });

  test("[W44] [W45] a chat is muted for a while or always, and what is notified of it is chosen, in its header and in its panel", async () => {
    const { ana, bo } = await anaWith("granted");
    const { page } = ana;
    const { faults, see } = auditOf(page);
    await ana.startChat(bo.handle);
    await ana.send("hello");
    const button = page.getByRole("button", { name: "Notifications of this chat" });
    await button.focus();
    await page.keyboard.press("Enter");
    await see("menu of a chat's notifications", "[role=menu]");
    await page.locator("[role=menu] :focus").waitFor();
    expect(await page.getByRole("menuitemradio", { name: "All messages" }).getAttribute("aria-checked")).toBe("true");
    const mentions = page.getByRole("menuitemradio", { name: "Mentions of you and answers to you" });
    await page.keyboard.press("ArrowDown");
    // The menu moves the focus a moment later.
    await expect.poll(() => mentions.evaluate((item) => item === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await button.click();
    await expect.poll(() => mentions.getAttribute("aria-checked")).toBe("true");
    await page.getByRole("menuitem", { name: "Mute for 1 hour" }).click();
    await ana.row("Bo").getByText("Muted").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Details" }).click();
    const section = page.getByRole("region", { name: "Notifications of this chat" });
    await section.getByText(/^Muted until /).waitFor();
    await see("panel, muted", "aside.panel");
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByRole("button", { name: "Unmute" }).click();
    await ana.row("Bo").getByText("Muted").waitFor({ state: "detached" });
    await section.getByRole("radio", { name: "Nothing" }).click();
    await expect.poll(() => section.getByRole("radio", { name: "Nothing" }).isChecked()).toBe(true);
    await see("panel, nothing notified", "aside.panel");
    await page.reload();
    await page.getByRole("button", { name: "Details" }).click();
    await expect.poll(() => section.getByRole("radio", { name: "Nothing" }).isChecked()).toBe(true);
    await panel.getByRole("button", { name: "Mute", exact: true }).click();
    await page.getByRole("menuitem", { name: "Always" }).click();
    await section.getByText(/^Muted\. /).waitFor();
    expect(faults).toEqual([]);
    // The icon and the title count what comes all the same, and alike.
    await page.evaluate(() => (location.hash = "#/"));
    await page.getByText("Choose a chat").waitFor();
    await bo.open("Ana");
    await bo.send("hush");
    await expect.poll(() => page.title()).toBe("(1) Parley");
    await expect.poll(() => page.evaluate(() => Reflect.get(window, "testBadge"))).toBe(1);
  });
});

/** Runs in the page. */
function permissionStandIn({ answer, first }: { answer: NotificationPermission; first: NotificationPermission }): void {
  const key = "test.permission";
  Object.assign(window, { testAsked: 0 });
  Object.defineProperty(Notification, "permission", { get: () => localStorage.getItem(key) ?? first });
  Notification.requestPermission = () => {
    Object.assign(window, { testAsked: 1 });
    localStorage.setItem(key, answer);
    return Promise.resolve(answer);
  };
}
