import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";
import { Keys } from "../../rig/browser/keys.ts";
import { programOf } from "../../rig/browser/many-messages.ts";
import { password } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("the keyboard", () => {
  const rig = browsing(undefined, "whole");
  /** The name of the focused element. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const active = document.activeElement;
      return active === null || active === document.body
        ? "nothing"
        : (active.getAttribute("aria-label") ?? active.textContent);
    });

  test("[W19] the focus comes back from menus, dialogs and the panel, a message is read by its name, and Tab reaches the chats", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.program("bo")]);
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

    // Reply by the menu leads to the field, and stays there; also where the message is being answered already.
    for (let n = 0; n < 2; n++) {
      await ana.choose("second words", "Reply");
      await at("Message");
    }
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
    await at("Search people and messages");
    // The filters are one step, too; the arrow keys lead along them.
    await keyboard.press("Tab");
    await at("All");
    await keyboard.press("ArrowRight");
    await at("Unread");
    await keyboard.press("ArrowLeft");
    await keyboard.press("Tab");
    await at(/bo/);
    await page.getByRole("list", { name: "Conversations" }).waitFor();
    await page.getByRole("searchbox").click();
    await page.getByRole("heading", { name: "Contacts" }).waitFor();
  });

  test("[W27] accounts, chats, messages and the list are used by keys alone", async () => {
    const ana = await rig.person("Ana");
    const bo = await signUp(rig.url, "bo");
    const { page } = ana;
    const keys = new Keys(page);
    const gone = (text: string | RegExp) => page.getByText(text).first().waitFor({ state: "hidden" });
    await keys.press(/^Account:/);
    await keys.pick("Add an account");
    await keys.at("Handle");
    await keys.press("New here? Create an account");
    await keys.to("Name", "Shift+Tab");
    await keys.type("Second");
    await keys.to("Handle");
    await keys.type(`${ana.handle}2`);
    await keys.to("Password");
    await keys.type(password);
    await keys.hit("Enter");
    await page.getByRole("button", { name: "Account: Second" }).waitFor();

    await keys.to("Search people and messages");
    await keys.type(bo.handle);
    await page
      .getByRole("list", { name: "People found" })
      .getByRole("button", { name: `@${bo.handle}` })
      .waitFor();
    await keys.press(new RegExp(`@${bo.handle}`));
    await keys.at("Message");
    for (const text of ["first words", "second words"]) {
      await keys.type(text);
      await keys.hit("Enter");
      await ana.message(text).waitFor();
    }
    await expect.poll(() => ana.markOf("second words")).toMatch(/sent|delivered/);

    // By Tab from the field to the newest message; its buttons follow while it has the focus.
    const toMessage = async (text: string) => {
      await keys.to(/^You: /, "Shift+Tab");
      await keys.hit("ArrowDown", "ArrowDown", "ArrowDown");
      await keys.to(new RegExp(`^You: ${text}`), "ArrowUp");
    };
    await toMessage("first words");
    await keys.hit("Enter");
    await keys.pick("Reply");
    await keys.at("Message");
    await keys.type("an answer");
    await keys.hit("Enter");
    await ana.message("an answer").waitFor();
    await toMessage("an answer");
    await keys.press(/^Answer to/);
    await expect.poll(() => page.locator(".message-flash").textContent()).toContain("first words");
    await keys.to("Message");
    await toMessage("second words");
    await keys.press("React");
    await keys.press("React 🎉");
    await ana.message("second words").getByRole("button", { name: /^🎉 1/ }).waitFor();
    await keys.at(/^You: second words/);
    await keys.hit("Enter");
    await keys.pick("React 👍");
    await ana.message("second words").getByRole("button", { name: /^👍 1/ }).waitFor();
    await keys.at(/^You: second words/);
    await keys.hit("Enter");
    await keys.pick("Edit");
    await keys.at("Edit message");
    await keys.type(" edited");
    await keys.hit("Enter");
    await ana.message("second words edited").getByText("edited", { exact: true }).waitFor();
    await toMessage("second words edited");
    await keys.hit("Enter");
    await keys.pick("Copy text");
    await page.getByText("Copied").waitFor();
    await keys.at(/^You: second words/);
    await keys.hit("Enter");
    await keys.pick("Unsend");
    await page.getByRole("dialog").waitFor();
    await keys.press("Unsend");
    await keys.at(/^You: You unsent a message/);
    await keys.to("Message");

    // There is a way back from everywhere, and everything on the way shows that it has the focus.
    for (const { name, isRinged } of await keys.round())
      expect([name === "", name, isRinged]).toEqual([false, name, true]);

    // The list of chats is one step for Tab; the arrow keys lead through it.
    const others = await Promise.all(["Cy", "Dan", "Eve"].map((name) => signUp(rig.url, name.toLowerCase())));
    const program = await programOf(rig.url, { handle: `${ana.handle}2` });
    for (const other of others) await other.send(await other.dm(program), "hello");
    await expect.poll(() => page.getByTestId("conversation-row").count()).toBe(4);
    await keys.to(/bo.*an answer/s, "Shift+Tab");
    await keys.hit("ArrowUp", "Home");
    await keys.at(/eve.*hello/s);
    await keys.hit("ArrowDown");
    await keys.at(/dan.*hello/s);
    await keys.hit("Enter");
    await keys.at("Message");
    await keys.to(/dan.*hello/s, "Shift+Tab");
    await keys.press("Actions for dan");
    await keys.pick("Pin to the top");
    await expect.poll(() => page.getByTestId("conversation-row").first().textContent()).toContain("dan");
    await keys.at("Actions for dan");

    // Blocking and unblocking.
    await keys.press("Details");
    await keys.press("Block");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await keys.press("Block");
    await page.getByText(/^You have blocked dan/).waitFor();
    await keys.at("Unblock");
    await keys.hit("Enter");
    await gone(/^You have blocked dan/);
    await keys.hit("Escape");
    await keys.at("Details");

    // Every tab of the settings.
    await keys.choose(/^Account:/, "Settings");
    // The settings are a part that comes when it is asked for.
    await dialog.waitFor();
    await keys.to("Profile");
    for (const [tab, within] of [
      ["Profile", "Save"],
      ["Privacy", /^What people who do not know you can do/],
      ["Devices", /^Sign out/],
      ["Password", "Change the password"],
      ["Data", "Delete my account…"],
      ["Blocked", null],
    ] as const) {
      await keys.to(tab, "ArrowDown");
      if (within === null) break;
      await dialog.getByRole("tabpanel").waitFor();
      await keys.to(within);
      if (tab === "Privacy") {
        await keys.hit("ArrowDown");
        await expect
          .poll(() => page.getByLabel("What people who do not know you can do").inputValue())
          .toBe("requests");
      }
      await keys.to(tab, "Shift+Tab");
    }
    await keys.hit("Escape");
    await keys.at(/^Account:/);

    // Requests: one is accepted, one put away.
    const [fay, guy] = await Promise.all([signUp(rig.url, "fay"), signUp(rig.url, "guy")]);
    for (const stranger of [fay, guy]) await stranger.send(await stranger.dm(program), "you do not know me");
    await page.getByRole("button", { name: "Requests (2)" }).waitFor();
    await keys.press("Requests (2)");
    await keys.at("All chats");
    await keys.press(/guy.*do not/s);
    await page.getByRole("region", { name: "Request" }).waitFor();
    await keys.press("Accept");
    await keys.at("Message");
    await keys.press(/fay.*do not/s, "Shift+Tab");
    await page.getByText("You do not know fay.").waitFor();
    await keys.press("Block");
    await dialog.waitFor();
    await keys.hit("Escape");
    await keys.at("Block");
    await keys.press("Archive");
    await gone("You do not know fay.");
    expect(await keys.focused()).not.toBeNull();

    // From account to account, and out. The app is made anew for each account; the focus stays on the rail.
    await keys.press("Ana");
    await page.getByRole("button", { name: "Account: Ana" }).waitFor();
    await keys.at("Ana");
    await keys.press(/^Second, /);
    await page.getByRole("button", { name: "Account: Second" }).waitFor();
    await keys.at(/^Second, /);
    await keys.press("Add an account");
    await keys.at("Handle");
    await keys.press("Back");
    await keys.at(/^Second, /);
    await keys.choose(/^Account:/, /Ana/);
    await page.getByRole("button", { name: "Account: Ana" }).waitFor();
    await keys.choose(/^Account:/, "Sign out");
    await page.getByRole("button", { name: "Account: Second" }).waitFor();
  });

  test("[W27] a group is made, led and left by keys alone", async () => {
    const ana = await rig.person("Ana");
    const [bo, cy] = await Promise.all([signUp(rig.url, "bo"), signUp(rig.url, "cy")]);
    const { page } = ana;
    const keys = new Keys(page);
    const dialog = page.getByRole("dialog");
    await keys.choose("New conversation", "New group");
    await dialog.waitFor();
    await keys.to("Title");
    await keys.type("Quay");
    await keys.to("People");
    await keys.type(bo.handle);
    await dialog.getByRole("button", { name: `@${bo.handle}` }).waitFor();
    await keys.press(new RegExp(`@${bo.handle}`));
    await keys.at("People");
    // In a dialog, Tab stays.
    for (const { name, isRinged } of await keys.round())
      expect([name === "", name, isRinged]).toEqual([false, name, true]);
    await keys.press("Create");
    await keys.at("Message");

    // A mention is completed by the arrow keys and Enter.
    await keys.type("hello @b");
    await page.getByRole("option").waitFor();
    await keys.hit("Enter", "Enter");
    await ana
      .message("hello")
      .getByRole("button", { name: `@${bo.handle}` })
      .waitFor();

    await keys.press("Details", "Shift+Tab");
    await keys.press("Add people");
    await dialog.waitFor();
    await keys.to("People");
    await keys.type(cy.handle);
    await dialog.getByRole("button", { name: `@${cy.handle}` }).waitFor();
    await keys.press(new RegExp(`@${cy.handle}`));
    await keys.press("Add");
    await page.getByText("You added cy").waitFor();
    await keys.at("Add people");
    await keys.choose("Actions for cy", "Make admin");
    await page.getByText("You made cy an admin").waitFor();
    await keys.at("Actions for cy");
    await keys.press("Make an invite link", "Shift+Tab");
    await page.getByLabel("Invite link").waitFor();
    await keys.at("Invite link");
    await keys.press("Copy");
    await page.getByText("Copied").waitFor();
    await keys.press("End the invite by Ana");
    await page.getByRole("list", { name: "Open invites" }).waitFor({ state: "hidden" });
    await keys.at("Invite link");

    // A dialog above another one: Escape closes one at a time.
    await keys.press(new RegExp(`@${cy.handle}`));
    await page.getByRole("dialog", { name: "Profile" }).waitFor();
    await keys.press("Block");
    await page.getByRole("dialog", { name: "Block cy?" }).waitFor();
    await keys.hit("Escape");
    await page.getByRole("dialog", { name: "Block cy?" }).waitFor({ state: "hidden" });
    await keys.at("Block");
    await keys.hit("Escape");
    await dialog.waitFor({ state: "hidden" });
    await keys.at(new RegExp(`@${cy.handle}`));

    await keys.press("Leave");
    await dialog.waitFor();
    await keys.press("Leave");
    await page.getByText("You are no longer a member of this group.").waitFor();
    expect(await keys.focused()).not.toBeNull();
  });
});
