/**
 * The pictures of the README, from a scene that this test plays; `PARLEY_PICTURES=docs/images npx vitest run --project browser
 * test/browser/pictures.test.ts` writes them there, otherwise they go to a temporary folder and only the layout is judged.
 */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../rig/browser/browsing.ts";
import { lacksChromium } from "../rig/browser/chromium.ts";
import type { WebPerson } from "../rig/browser/web-person.ts";

const wished = process.env["PARLEY_PICTURES"];
const folder = wished ?? mkdtempSync(join(tmpdir(), "parley-pictures-"));
mkdirSync(folder, { recursive: true });

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}

/** Nothing is wider than the window. */
async function fits(page: Page): Promise<boolean> {
  return await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
}

describe.skipIf(lacksChromium())("the app to look at", () => {
  const rig = browsing();

  test("wide and narrow, light and dark", { timeout: 180_000 }, async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
    const [ana, bo, chloe, dev] = await Promise.all([
      rig.person("Ana Lindqvist", { deviceScaleFactor: wished === undefined ? 1 : 2 }, "ana.lindqvist"),
      rig.person("Bo Okafor", { colorScheme: "dark" }, "bo.okafor"),
      rig.person("Chloé Martin", phone, "chloe.martin"),
      rig.person("Dev Patel", { ...phone, colorScheme: "dark" }, "dev.patel"),
    ]);
    await play(ana, bo, chloe, dev);

    await picture(ana.page, "conversation");
    await picture(bo.page, "conversation-dark");
    await picture(chloe.page, "conversation-phone");
    await picture(dev.page, "list-phone-dark");
    for (const { page } of [ana, bo, chloe, dev]) expect(await fits(page)).toBe(true);

    await chloe.page.getByRole("button", { name: "Details" }).click();
    await chloe.page.getByRole("list", { name: "Members" }).waitFor();
    await picture(chloe.page, "group-phone");
    expect(await fits(chloe.page)).toBe(true);

    await bo.page.getByRole("button", { name: /^Account:/ }).click();
    await bo.page.getByRole("menuitem", { name: "Settings" }).click();
    await bo.page.getByLabel("About you").waitFor();
    await picture(bo.page, "settings-dark");
    expect(await fits(bo.page)).toBe(true);
  });
});

async function play(ana: WebPerson, bo: WebPerson, chloe: WebPerson, dev: WebPerson): Promise<void> {
  await dev.startChat(ana.handle);
  await dev.send("Did you get the photos from last weekend?");
  await ana.open("Dev Patel");
  await ana.send("They are lovely, thank you!");
  await bo.startChat(ana.handle);
  await bo.send("I can pick you up at nine");

  await ana.foundGroup("Book club", [chloe.handle, dev.handle]);
  await chloe.open("Book club");
  await chloe.send("I have finished chapter seven and I have questions");

  await ana.foundGroup("Harbour walk", [bo.handle, chloe.handle, dev.handle]);
  await ana.send("Who is in for Saturday? The forecast says sun until four.");
  await chloe.page.getByRole("link", { name: "Back to the chats" }).click();
  await chloe.open("Harbour walk");
  await chloe.send("Me! I can bring a thermos and cinnamon buns");
  await bo.open("Harbour walk");
  await bo.send("Count me in");
  await bo.send(`Ferry at 10:12 from platform 3, the timetable is at https://example.org/ferries`);
  await ana.message("Ferry at").waitFor();
  await ana.message("Me! I can").hover();
  await ana.choose("Me! I can", "React ❤️");
  await bo.choose("Me! I can", "React ❤️");
  await ana.choose("Ferry at", "Reply");
  await ana.send(`Perfect. @${bo.handle} can you get four tickets?`);
  await bo.send("Done 🎉");
  await dev.page.getByRole("link", { name: "Back to the chats" }).click();
  await ana.message("Done").waitFor();
  await chloe.message("Done").waitFor();
  await chloe.composer.pressSequentially("See you");
  await ana.page.getByText("Chloé is typing").waitFor();
  await ana.page.mouse.move(700, 120);
  await bo.page.mouse.move(700, 120);
  await expect.poll(() => ana.markOf("Perfect")).toBe("delivered");
  for (const person of [ana, bo])
    await expect.poll(() => person.message("Done").getByTestId("readers").count()).toBe(1);
}
