import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { openIdOf } from "../../rig/browser/many-messages.ts";

describe.skipIf(lacksChromium())("a phone", () => {
  const rig = browsing();
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

  /** A long press in a browser that reports pointer events alone, and no `contextmenu`. */
  async function press(target: Locator): Promise<void> {
    const touch = (type: "pointerdown" | "pointerup") =>
      target.evaluate((element, name) => {
        const { left, top, width } = element.getBoundingClientRect();
        const at = { clientX: left + width / 2, clientY: Math.max(top, 80) + 20 };
        element.dispatchEvent(new PointerEvent(name, { ...at, bubbles: true, pointerType: "touch", isPrimary: true }));
      }, type);
    await touch("pointerdown");
    await target.page().getByRole("menu").waitFor();
    await touch("pointerup");
  }

  test("[W24] menus open by a long press, lie on the screen, offer all reactions, and the way back closes them first", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo", phone)]);
    await ana.startChat(bo.handle);
    await ana.send(`long ${"word\n".repeat(17)}${"word ".repeat(240)}end`);
    const { page } = bo;

    // No filter is seen above or below the button that they go behind.
    const heightOf = async (name: string) => (await page.locator(name).first().boundingBox())?.height;
    expect(await heightOf(".list-folders")).toBe(await heightOf(".list-filter"));

    await press(bo.row("Ana").getByRole("link"));
    // For how long is a choice of its own.
    await page.getByRole("menuitem", { name: "Mute" }).tap();
    await page.getByRole("menuitem", { name: "For 8 hours" }).waitFor();
    await page.getByRole("menuitem", { name: "Mute" }).tap();
    await page.getByRole("menuitem", { name: "Archive" }).waitFor();
    await page.goBack();
    await page.getByRole("menu").waitFor({ state: "hidden" });
    expect(await page.getByRole("heading", { name: "Chats" }).isVisible()).toBe(true);

    await bo.open("Ana");
    await press(bo.message("long").locator(".bubble"));
    const menu = page.getByRole("menu");
    await menu.waitFor();
    const isOnScreen = async () => {
      const box = await menu.boundingBox();
      return box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= 390 && box.y + box.height <= 844;
    };
    await expect.poll(isOnScreen).toBe(true);
    // Above it stands the whole bubble, on a ground that hides what lies behind one that has none.
    const [lifted, copy, bubble] = [
      page.locator(".sheet-lifted"),
      page.locator(".sheet-lifted > .bubble"),
      bo.message("long").and(page.locator(":not(.sheet-lifted)")).locator(".bubble"),
    ];
    await expect
      .poll(async () => {
        const [around, inner, original] = await Promise.all([lifted, copy, bubble].map((each) => each.boundingBox()));
        if (!around || !inner || !original) return "not there";
        return [inner.y - around.y, inner.height - original.height, inner.width - original.width].map(Math.round);
      })
      .toEqual([0, 0, 0]);
    expect(await lifted.evaluate((element) => getComputedStyle(element).backgroundColor)).not.toBe("rgba(0, 0, 0, 0)");
    await page.getByRole("menuitem", { name: "More reactions" }).click();
    // The picker is a sheet at the lower edge, as wide as the screen; the way back closes it.
    const sheet = page.getByRole("dialog", { name: "Emoji" });
    await sheet.getByRole("gridcell").first().waitFor();
    await expect.poll(async () => (await sheet.boundingBox())?.width).toBe(390);
    await page.goBack();
    await sheet.waitFor({ state: "detached" });
    await press(bo.message("long").locator(".bubble"));
    await page.getByRole("menuitem", { name: "More reactions" }).click();
    await sheet.getByRole("combobox").fill("rocket");
    await sheet.getByRole("gridcell", { name: "rocket" }).click();
    await ana.message("long").getByRole("button", { name: /🚀/ }).waitFor();

    // The sheet of a button at the lower edge comes up under the finger, which chooses nothing.
    await page.getByRole("button", { name: "Attach" }).tap();
    await page.getByRole("menuitem", { name: "Poll" }).waitFor();
    await page.goBack();
    await menu.waitFor({ state: "hidden" });
    expect(await page.locator("dialog[open]").count()).toBe(0);

    await page.getByRole("button", { name: "Details" }).click();
    const panel = page.getByRole("button", { name: "Close" });
    await panel.waitFor();
    await page.goBack();
    await panel.waitFor({ state: "hidden" });
    expect(await bo.composer.isVisible()).toBe(true);
    const chats = page.getByRole("heading", { name: "Chats" });
    const expectMarked = (isMarked: boolean) =>
      expect.poll(() => page.evaluate(() => history.state !== null)).toBe(isMarked);
    // The panel that its button closes, or a reload, leaves no step behind.
    for (const close of [() => panel.click(), () => page.reload()]) {
      await page.getByRole("button", { name: "Details" }).click();
      await expectMarked(true);
      await close();
      await panel.waitFor({ state: "hidden" });
      await expectMarked(false);
      await page.goBack();
      await chats.waitFor();
      await bo.open("Ana");
    }
    await page.goBack();

    // Nor does a profile in which another chat is opened, above the panel of a group.
    await ana.foundGroup("Quay", [bo.handle]);
    await bo.open("Quay");
    await page.getByRole("button", { name: "Details" }).click();
    const members = page.getByRole("list", { name: "Members" });
    await members.getByRole("button", { name: `@${ana.handle}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Message", exact: true }).click();
    await bo.message("long").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Quay" }).waitFor();
    await page.goBack();
    await chats.waitFor();

    // The settings are a list, of which each part takes the place. The way back leads to the list, and then out of them.
    await page.locator(".sidebar .account-button").click();
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.getByRole("tab", { name: "Privacy" }).click();
    await page.getByRole("dialog", { name: "Privacy" }).getByLabel("Read receipts").waitFor();
    expect(await page.getByRole("tab", { name: "Devices" }).isVisible()).toBe(false);
    await page.goBack();
    await page.getByRole("dialog", { name: "Settings" }).getByRole("tab", { name: "Privacy" }).waitFor();
    await page.goBack();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await chats.waitFor();
  });

  test("[W97] a swipe answers a message, and archives a chat until that is undone; a short one does nothing", async () => {
    const bo = await rig.person("Bo", phone);
    const { writer: ana, chat } = await rig.writer("Ana", bo);
    await ana.send(chat, "swipe me");
    const { page } = bo;
    const swipe = (target: Locator, px: number) =>
      target.evaluate((element, far) => {
        const { left, top } = element.getBoundingClientRect();
        const touch = (name: string, along: number) =>
          element.dispatchEvent(
            new PointerEvent(name, {
              ...{ clientX: left + 20 + along, clientY: top + 20, pointerId: 7 },
              ...{ bubbles: true, pointerType: "touch", isPrimary: true },
            }),
          );
        touch("pointerdown", 0);
        for (const part of [0.3, 0.6, 1]) touch("pointermove", far * part);
        touch("pointerup", far);
      }, px);
    await bo.open("Ana");
    await swipe(bo.message("swipe me").locator(".bubble"), 40);
    await swipe(bo.message("swipe me").locator(".bubble"), -120);
    expect(await page.getByText("Reply to Ana").count()).toBe(0);
    await swipe(bo.message("swipe me").locator(".bubble"), 120);
    await page.getByText("Reply to Ana").waitFor();
    await page.getByRole("link", { name: "Back to the chats" }).click();
    await swipe(bo.row("Ana").getByRole("link"), 40);
    expect(await bo.row("Ana").count()).toBe(1);
    await swipe(bo.row("Ana").getByRole("link"), 120);
    await page.getByRole("button", { name: /^Archived/ }).waitFor();
    expect(await bo.row("Ana").count()).toBe(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await bo.row("Ana").waitFor();
  });

  test("[W25] [W57] an address is shown by the account that has the chat", async () => {
    const bo = await rig.person("Bo");
    const { writer: ana, chat } = await rig.writer("Ana", bo);
    await ana.send(chat, "for Bo alone");
    await bo.open("Ana");
    const id = openIdOf(bo);
    const { page } = bo;
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Add an account" }).click();
    await bo.signUp(`${bo.handle}2`, "Cleo");
    await page.getByRole("button", { name: "Account: Cleo" }).waitFor();
    const size = page.viewportSize() ?? { width: 1280, height: 720 };
    await page.setViewportSize({ width: 390, height: 844 });
    await ana.send(chat, "and one more");
    await page.getByRole("button", { name: "Account: Cleo. 1 unread in other accounts" }).waitFor();
    await page.setViewportSize(size);
    await page.evaluate((conversationId) => {
      location.hash = `#/c/${conversationId}`;
    }, id);
    await bo.message("for Bo alone").waitFor();
    await page.reload();
    await bo.message("for Bo alone").waitFor();
    await page.evaluate(() => {
      location.hash = "#/c/0000000000000000000000";
    });
    await page.getByText("There is no such conversation here.").waitFor();
  });
});
