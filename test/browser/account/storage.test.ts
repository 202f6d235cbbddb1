import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { password, withWorker } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("a browser that keeps nothing", () => {
  const rig = browsing();
  const note = (page: Page) => page.getByText("This browser stores nothing for this page");

  test("[W17] local storage that throws and a database that never answers: the app works, and says so once", async () => {
    const bo = await rig.person("Bo");
    const context = await rig.browser().newContext();
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, {
          get: () => {
            throw new DOMException("forbidden", "SecurityError");
          },
        });
      IDBFactory.prototype.open = () =>
        Object.create(IDBOpenDBRequest.prototype, { addEventListener: { value: () => undefined } });
    });
    await page.goto(rig.url);
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Poor");
    await page.getByLabel("Handle").fill(`poor.${Date.now() % 1_000_000}`);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "Chats" }).waitFor();
    await note(page).waitFor();
    expect(await note(page).count()).toBe(1);
    await page.getByRole("searchbox").fill(bo.handle);
    await page
      .getByRole("list", { name: "People found" })
      .getByRole("button", { name: `@${bo.handle}` })
      .click();
    const field = page.getByRole("textbox", { name: "Message", exact: true });
    await field.fill("from memory");
    await field.press("Enter");
    await bo.open("Poor");
    await bo.message("from memory").waitFor();
    // A draft outlives a change of chats.
    await field.fill("half a thought");
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("menuitem", { name: "New group" }).click();
    const dialog = page.getByRole("dialog", { name: "New group" });
    await dialog.getByLabel("Title").fill("Elsewhere");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByTestId("conversation-row").filter({ hasText: "Bo" }).getByRole("link").click();
    expect(await field.inputValue()).toBe("half a thought");
    expect(faults).toEqual([]);
    await context.close();
  });

  test("[W18] signing out leaves nothing of the account in this browser, and no other tab writes it back", async () => {
    const ana = await rig.person("Ana", withWorker);
    const { writer: bo, chat } = await rig.writer("Bo", ana);
    await ana.startChat(bo.handle);
    await ana.send("hello");
    await bo.send(chat, "a secret answer");
    await ana.message("a secret answer").waitFor();
    await ana.choose("a secret answer", "Reply");
    await ana.composer.fill("a secret draft");
    const other = await ana.context.newPage();
    await other.goto(ana.page.url());
    await other.getByText("a secret answer").first().waitFor();
    // Without network the other tab can only learn of it from this one.
    await ana.context.setOffline(true);
    await ana.page.getByRole("button", { name: /^Account/ }).click();
    await ana.page.getByRole("menuitem", { name: "Sign out" }).click();
    // If the draft has not reached the server, its loss is to be confirmed.
    const confirmed = ana.page.getByRole("button", { name: "Sign out", exact: true });
    const left = ana.page.getByRole("button", { name: "Create an account" });
    await confirmed.or(left).first().waitFor();
    if (await confirmed.isVisible()) await confirmed.click();
    for (const page of [ana.page, other]) await page.getByRole("button", { name: "Create an account" }).waitFor();
    // Time for the other tab to write something back.
    await other.waitForTimeout(400);
    const stored = () =>
      ana.page.evaluate(async () => {
        const done = <T>(request: IDBRequest<T>) =>
          new Promise<T>((resolve, reject) => {
            request.addEventListener("success", () => resolve(request.result));
            request.addEventListener("error", () => reject(request.error ?? new Error("no store")));
          });
        const database = await done(indexedDB.open("parley"));
        const names = await done(database.transaction("entries").objectStore("entries").getAllKeys());
        database.close();
        return [...names.map(String), ...Object.keys(localStorage)];
      });
    // That the offer of notifications was put off is the browser's, and was said by the rig.
    const mayStay = /^(p1\/(known|revoke)\/|parley\.notifications-later$)/;
    await expect.poll(async () => (await stored()).filter((name) => !mayStay.test(name))).toEqual([]);
    await ana.context.setOffline(false);
  });
});
