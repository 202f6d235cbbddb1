import { describe, expect, test } from "vitest";
import { browsing } from "../rig/browsing.ts";
import { lacksChromium } from "../rig/chromium.ts";
import { ask, HttpPerson } from "../rig/http.ts";
import { password, type WebPerson } from "../rig/web-person.ts";
import type { Session } from "../../schema/http/accounts.ts";

describe.skipIf(lacksChromium())("history", () => {
  const rig = browsing();

  /** The same person from a program, for many messages at once. */
  async function program(person: WebPerson): Promise<HttpPerson> {
    const body = { handle: person.handle, password };
    const answer = await ask<Session>(rig.server().url, "POST", "/v1/sessions", { body });
    return new HttpPerson(rig.server().url, password, answer.body);
  }

  function openId(person: WebPerson): string {
    return new URL(person.page.url()).hash.replace("#/c/", "");
  }

  test("[W6] older history comes in without moving what is looked at, and only what is near is in the page", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    const sender = await program(ana);
    for (let n = 1; n <= 240; n++) await sender.send(openId(ana), `line ${n} ${"x".repeat(n % 90)}`);
    await bo.open("Ana");
    await bo
      .message("line 1 ")
      .waitFor({ timeout: 1 })
      .catch(() => undefined);
    await bo.page.getByTestId("unread-border").waitFor();

    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await bo.message("line 240").waitFor();
    await expect.poll(() => bo.row("Ana").getAttribute("data-unread")).toBe("0");
    expect(await bo.page.getByTestId("message").count()).toBeLessThan(60);

    const timeline = bo.page.getByRole("log");
    const seen = new Set<number>();
    for (let round = 0; round < 400 && !seen.has(1); round++) {
      await timeline.evaluate((element) => {
        element.scrollTop -= 300;
      });
      await bo.page.waitForTimeout(30);
      const shown = await bo.page
        .getByTestId("message")
        .evaluateAll((elements) => elements.map((element) => Number(element.getAttribute("data-seq"))));
      for (const seq of shown) seen.add(seq);
      // In order and without holes, at every moment.
      expect(shown).toEqual(shown.map((_, index) => (shown[0] ?? 0) + index));
    }
    expect(seen.size).toBe(240);
  });

  test("[W6] a page that arrives late leaves the view where it is", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    const sender = await program(ana);
    for (let n = 1; n <= 150; n++) await sender.send(openId(ana), `line ${n}`);
    await ana.page.reload();
    await ana.message("line 150").waitFor();
    await ana.page.route("**/messages?*before=*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 800));
      await route.continue();
    });
    const timeline = ana.page.getByRole("log");
    await timeline.evaluate((element) => {
      element.scrollTop = 0;
    });
    await ana.page.waitForTimeout(200);
    const placeOfFirst = () =>
      ana.page.getByTestId("message").evaluateAll((elements) => {
        const inView = elements.filter((element) => element.getBoundingClientRect().top > 70);
        const first = inView[0];
        return { seq: Number(first?.getAttribute("data-seq")), top: first?.getBoundingClientRect().top ?? 0 };
      });
    const before = await placeOfFirst();
    await expect.poll(() => timeline.evaluate((element) => element.scrollTop), { timeout: 5_000 }).toBeGreaterThan(500);
    const after = await ana.page
      .locator(`[data-testid=message][data-seq="${before.seq}"]`)
      .evaluate((element) => element.getBoundingClientRect().top);
    expect(Math.abs(after - before.top)).toBeLessThan(3);
  });

  test("new messages do not pull away somebody who reads further up", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    const sender = await program(ana);
    for (let n = 1; n <= 60; n++) await sender.send(openId(ana), `line ${n}`);
    await bo.open("Ana");
    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await bo.message("line 60").waitFor();
    const timeline = bo.page.getByRole("log");
    await timeline.evaluate((element) => {
      element.scrollTop -= 900;
    });
    await bo.page.waitForTimeout(300);
    const top = await timeline.evaluate((element) => element.scrollTop);
    await ana.send("something new");
    await bo.page.getByRole("button", { name: "To the newest, 1 unread" }).waitFor();
    expect(Math.abs((await timeline.evaluate((element) => element.scrollTop)) - top)).toBeLessThan(3);
    await bo.page.getByRole("button", { name: "To the newest, 1 unread" }).click();
    await bo.message("something new").waitFor();
    await expect.poll(() => ana.markOf("something new")).toBe("read");
  });

  test("a long text is shown in part, and whole when asked for", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    const text = `begin ${"word ".repeat(6_000)}end`;
    await ana.send(text);
    await bo.open("Ana");
    await bo.message("begin").waitFor();
    expect((await bo.texts())[0]?.length).toBeLessThan(2_000);
    await bo.message("begin").getByRole("button", { name: "Show all" }).click();
    await expect.poll(async () => (await bo.texts())[0]?.length).toBe(text.length);
  });
});
