import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { Keys } from "../../rig/browser/keys.ts";
import { password } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("the way in", () => {
  const rig = browsing();

  test("[A30] faults are shown at their fields, before and after the server is asked", async () => {
    const ana = await rig.person("Ana");
    const page = await ana.context.newPage();
    await page.goto(rig.url);
    // This tab of the same browser is signed in, so a further account is added.
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Add an account" }).click();
    await page.getByRole("button", { name: "Create an account" }).click();
    const handle = page.getByLabel("Handle");
    const secret = page.getByLabel("Password", { exact: true });
    const create = page.getByRole("button", { name: "Create account" });

    await handle.fill("no");
    await secret.fill("short");
    await create.click();
    await expect.poll(() => handle.getAttribute("aria-invalid")).toBe("true");
    await page.getByText("At least 8 characters.").waitFor();

    // While it is written it is told whether somebody has it.
    await handle.fill(`${ana.handle}.free`);
    await page.getByText(`@${ana.handle}.free is free.`).waitFor();
    await handle.fill(ana.handle);
    await page.getByText("That handle is taken.").waitFor();
    // Not with her own password: that would count as a repeat of her sign-up.
    await secret.fill("somebody else's password");
    await create.click();
    await page.getByText("That handle is taken.").waitFor();
    await expect.poll(() => handle.evaluate((element) => element === document.activeElement)).toBe(true);

    await handle.fill(`${ana.handle}2`);
    await secret.fill("password");
    await create.click();
    await expect.poll(() => secret.getAttribute("aria-invalid")).toBe("true");

    await secret.fill("a much better one");
    expect(await secret.getAttribute("type")).toBe("password");
    await page.getByRole("button", { name: "Show the password" }).click();
    await expect.poll(() => secret.getAttribute("type")).toBe("text");
    await create.click();
    await page.getByRole("heading", { name: "Chats" }).waitFor();
  });

  test("a wrong password and an unknown handle get the same answer", async () => {
    const ana = await rig.person("Ana");
    await ana.page.getByRole("button", { name: /^Account:/ }).click();
    await ana.page.getByRole("menuitem", { name: "Sign out" }).click();
    for (const handle of [ana.handle, "nobody.at.all"]) {
      await ana.page.getByLabel("Handle").fill(handle);
      await ana.page.getByLabel("Password", { exact: true }).fill("not the right one");
      await ana.page.getByRole("button", { name: "Sign in", exact: true }).click();
      await ana.page.getByText("Unknown handle or wrong password.").waitFor();
      await ana.page.getByLabel("Password", { exact: true }).fill("");
    }
    await ana.signIn();
  });

  test("two accounts stand side by side in one window, each with its own unread", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana One"), rig.person("Bo")]);
    const second = `second.${ana.handle}`;
    await ana.page.getByRole("button", { name: /^Account:/ }).click();
    await ana.page.getByRole("menuitem", { name: "Add an account" }).click();
    await ana.signUp(second, "Ana Two");
    await ana.page.getByRole("button", { name: "Account: Ana Two" }).waitFor();

    await bo.startChat(ana.handle);
    await bo.send("for the first one");
    await ana.page.getByRole("button", { name: "Ana One, 1 unread" }).waitFor();
    expect(await ana.row("Bo").count()).toBe(0);

    await ana.page.getByRole("button", { name: "Ana One, 1 unread" }).click();
    await ana.open("Bo");
    await ana.message("for the first one").waitFor();
    await ana.page.getByRole("button", { name: "Ana One", exact: true }).waitFor();

    await ana.page.reload();
    await ana.message("for the first one").waitFor();
    await ana.page.getByRole("button", { name: "Ana Two", exact: true }).click();
    await ana.page.getByRole("button", { name: "Account: Ana Two" }).click();
    await ana.page.getByRole("menuitem", { name: "Sign out" }).click();
    await ana.page.getByRole("button", { name: "Account: Ana One" }).waitFor();
  });

  test("[W27] a device that was signed out elsewhere says so, and goes on with the password, by keys alone", async () => {
    const ana = await rig.person("Ana");
    const other = await ana.context.browser()?.newContext();
    const page = await other?.newPage();
    if (page === undefined) throw new Error("There is no second browser");
    await page.goto(rig.url);
    await page.getByLabel("Handle").fill(ana.handle);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.getByRole("tab", { name: "Devices" }).click();
    await page.getByRole("button", { name: /^Sign out Chrome/ }).click();
    await page.getByRole("dialog", { name: "Sign out this device?" }).getByRole("button", { name: "Sign out" }).click();
    await expect.poll(() => ana.banner.getAttribute("data-status")).toBe("reauth");

    const keys = new Keys(ana.page);
    await keys.to("Password");
    await keys.type("not the password");
    await keys.press("Sign in");
    await ana.banner.getByText("Unknown handle or wrong password.").waitFor();
    await keys.to("Password", "Shift+Tab");
    await keys.hit("Control+A");
    await keys.type(password);
    await keys.hit("Enter");
    await ana.banner.waitFor({ state: "hidden" });
    expect(await keys.focused()).not.toBeNull();
    await other?.close();
  });
});
