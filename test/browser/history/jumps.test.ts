import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { sendMany } from "../../rig/browser/many-messages.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("jumps in the history", () => {
  const rig = browsing();

  /** Somebody who has a long chat open, at its end. */
  async function inLongChat(count: number): Promise<{ bo: WebPerson; id: string; asked: string[] }> {
    const bo = await rig.person("Bo");
    const { writer, chat: id } = await rig.writer("Ana", bo);
    await sendMany(writer, id, count);
    await bo.hasUnread("Ana", count);
    await bo.open("Ana");
    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await bo.message(`line ${count}`).waitFor();
    const asked: string[] = [];
    bo.page.on("request", (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname.includes("/messages")) asked.push(`${pathname.split("/messages")[1] ?? ""}${search}`);
    });
    return { bo, id, asked };
  }

  /** Whether a message, all of which are `line <seq>`, is in the middle part of the page. */
  const isInView = async ({ page }: WebPerson, seq: number): Promise<boolean> =>
    await page
      .locator(`[data-testid=message][data-seq="${seq}"]`)
      .evaluateAll((found) => found.some((each) => Math.abs(each.getBoundingClientRect().top - 390) < 350));

  test("[W33] the address of a message leads to it by a page or two, and the way leads back", async () => {
    const { bo, id, asked } = await inLongChat(900);
    await bo.page.evaluate((hash) => (location.hash = hash), `#/c/${id}/m/3`);
    await expect.poll(() => isInView(bo, 3)).toBe(true);
    await expect.poll(() => new URL(bo.page.url()).hash).toMatch(new RegExp(`^#/u/[^/]+/c/${id}$`));
    await bo.page.locator('[data-seq="3"]:focus').waitFor();
    await bo.standsStill();
    expect(asked.length).toBeLessThanOrEqual(2);
    // Keys go on from it.
    await bo.page.keyboard.press("ArrowDown");
    expect(await bo.page.evaluate(() => document.activeElement?.getAttribute("data-seq"))).toBe("4");
    // From the end: back is to the end.
    await bo.page.getByRole("button", { name: "To the newest" }).click();
    await expect.poll(() => isInView(bo, 900)).toBe(true);
    // From further up: first back to there, then to the end.
    await bo.page.getByRole("log").evaluate((element) => (element.scrollTop -= 1_500));
    await bo.standsStill();
    const middle = await bo.page
      .getByTestId("message")
      .evaluateAll((all) =>
        Number(all.find((each) => each.getBoundingClientRect().top > 350)?.getAttribute("data-seq")),
      );
    await bo.page.evaluate((hash) => (location.hash = hash), `#/c/${id}/m/450`);
    await expect.poll(() => isInView(bo, 450)).toBe(true);
    await bo.page.getByRole("button", { name: "Back to where you were" }).click();
    await expect.poll(() => isInView(bo, middle)).toBe(true);
    await bo.page.getByRole("button", { name: "To the newest" }).click();
    await expect.poll(() => isInView(bo, 900)).toBe(true);
  });

  test("[W33] the link of a message can be copied, and opens at it; of one that is not here the app says so", async () => {
    const { bo, id } = await inLongChat(120);
    await bo.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await bo.message("line 119").click({ button: "right" });
    await bo.page.getByRole("menuitem", { name: "Copy link" }).click();
    await bo.page.getByText("Copied").waitFor();
    expect(await bo.page.evaluate(() => navigator.clipboard.readText())).toBe(`${rig.url}/#/c/${id}/m/119`);
    await bo.page.goto(`${rig.url}/?anew#/c/${id}/m/20`);
    await expect.poll(() => isInView(bo, 20)).toBe(true);
    await bo.page.evaluate((hash) => (location.hash = hash), `#/c/${id}/m/5000`);
    await bo.page.getByText("That does not exist, or you may not see it.").waitFor();
  });

  test("[W34] the panel leads to a day, and says whether everything is here", async () => {
    const { bo } = await inLongChat(130);
    await bo.page.getByRole("button", { name: "Details" }).click();
    const day = (days: number) => {
      const at = new Date(Date.now() + days * 86_400_000);
      const two = (value: number) => String(value).padStart(2, "0");
      return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    };
    await bo.page.getByLabel("Go to a day").fill(day(2));
    await bo.page.getByRole("button", { name: "Go", exact: true }).click();
    await bo.page.getByText("Nothing was written on that day or after it.").waitFor();
    await bo.page.getByLabel("Go to a day").fill(day(-1));
    await bo.page.getByLabel("Go to a day").press("Enter");
    await expect.poll(() => isInView(bo, 1)).toBe(true);
    await bo.page.getByRole("button", { name: "Check that nothing is missing" }).click();
    await bo.page.getByText("Complete: 130 messages, same as the server.").waitFor();
  });
});
