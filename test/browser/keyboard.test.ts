import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../rig/browsing.ts";
import { lacksChromium } from "../rig/chromium.ts";

describe.skipIf(lacksChromium())("the keyboard", () => {
  const rig = browsing();
  /** The name of the focused element. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const active = document.activeElement;
      return active === null || active === document.body
        ? "nothing"
        : (active.getAttribute("aria-label") ?? active.textContent);
    });

  test("[W19] the focus comes back from menus, dialogs and the panel, a message is read by its name, and Tab reaches the chats", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("first words");
    await ana.send("second words");
    await expect.poll(() => ana.markOf("second words")).toMatch(/sent|delivered/);
    const { page } = ana;
    const { keyboard } = page;
    const at = (name: string | RegExp) => expect.poll(() => focused(page)).toMatch(name);

    // Escape closes a message's menu. The arrow keys go on from the message.
    await ana.message("second words").focus();
    await at(/^You: second words, /);
    await keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Unsend" }).waitFor();
    await keyboard.press("Escape");
    await at(/^You: second words/);
    await keyboard.press("ArrowUp");
    await at(/^You: first words/);

    // A dialog that a menu opened: it is closed by Escape, then by its button.
    for (const isDone of [false, true]) {
      await keyboard.press("Enter");
      await page.getByRole("menuitem", { name: "Unsend" }).focus();
      await keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      if (isDone) await dialog.getByRole("button", { name: "Unsend" }).press("Enter");
      else await keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      await at(isDone ? /^You: You unsent a message/ : /^You: first words/);
    }

    // Reply by the menu leads to the field, and stays there.
    await ana.choose("second words", "Reply");
    await at("Message");
    await keyboard.press("Escape");

    // Escape closes the panel wherever the focus is, unless something nearer, here the answer, takes the key.
    const panel = page.getByRole("complementary", { name: "Details" });
    const details = page.getByRole("button", { name: "Details" });
    await details.click();
    await panel.waitFor();
    await ana.choose("second words", "Reply");
    await ana.composer.press("Escape");
    await expect.poll(() => page.locator(".composer-context").count()).toBe(0);
    expect(await panel.count()).toBe(1);
    await ana.composer.press("Escape");
    await panel.waitFor({ state: "hidden" });
    await details.focus();
    await keyboard.press("Enter");
    await panel.getByRole("button", { name: "Close the details" }).press("Enter");
    await at("Details");

    // A dialog of the menu above the list.
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("menuitem", { name: "New group" }).click();
    await page.getByRole("dialog", { name: "New group" }).waitFor();
    await keyboard.press("Escape");
    await at("New conversation");

    // By Tab through the search, which stays closed, to the chats.
    await keyboard.press("Tab");
    await at("Search people and conversations");
    await keyboard.press("Tab");
    await at(/Bo/);
    await page.getByRole("list", { name: "Conversations" }).waitFor();
    await page.getByRole("searchbox").click();
    await page.getByRole("heading", { name: "Contacts" }).waitFor();
  });
});
