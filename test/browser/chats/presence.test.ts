import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("presence", () => {
  const rig = browsing();

  const note = (person: WebPerson) => person.page.getByTestId("pane-note");
  const dot = (within: Locator) => within.getByTestId("online-dot");
  async function expectNote(person: WebPerson, text: string): Promise<void> {
    await expect.poll(() => note(person).textContent()).toBe(text);
  }

  async function signOut(person: WebPerson): Promise<void> {
    await person.page.getByRole("button", { name: /^Account:/ }).click();
    await person.page.getByRole("menuitem", { name: "Sign out" }).click();
    await person.page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  }

  async function showPresenceTo(person: WebPerson, whom: "Everyone" | "My contacts" | "Nobody"): Promise<void> {
    await person.page.getByRole("button", { name: /^Account:/ }).click();
    await person.page.getByRole("menuitem", { name: "Settings" }).click();
    await person.page.getByRole("tab", { name: "Privacy" }).click();
    await person.page.getByLabel("Who sees whether you are online").selectOption(whom);
    await person.page.keyboard.press("Escape");
  }

  test("[W7] somebody who signs out is offline at once, and online again with the next sign-in", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("are you there?");
    await expectNote(ana, "Online");
    expect(await dot(ana.row("Bo")).textContent()).toBe("online");
    await dot(bo.row("Ana")).waitFor();

    await signOut(bo);
    await expectNote(ana, "Last seen just now");
    await expect.poll(() => dot(ana.page.locator("body")).count()).toBe(0);

    await bo.signIn();
    await expectNote(ana, "Online");
    await dot(ana.row("Bo")).waitFor();
  });

  test("[W7] somebody who hides their presence is shown without one, at once, and as online when everybody may see it again", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("are you there?");
    await expectNote(ana, "Online");
    await showPresenceTo(bo, "Nobody");
    await expectNote(ana, `@${bo.handle}`);
    await expect.poll(() => dot(ana.page.locator("body")).count()).toBe(0);
    await showPresenceTo(bo, "Everyone");
    await expectNote(ana, "Online");
    await dot(ana.row("Bo")).waitFor();
    await showPresenceTo(bo, "My contacts");
    await expectNote(ana, `@${bo.handle}`);
  });

  test("[W7] a group shows how many others are online; its list of members shows who, and when the others last were", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.foundGroup("Boats", [bo.handle]);
    await expectNote(ana, "2 members · 1 online");
    await ana.page.getByRole("button", { name: "Details" }).click();
    const members = ana.page.getByRole("list", { name: "Members" }).getByRole("listitem");
    await dot(members.filter({ hasText: bo.handle })).waitFor();
    expect(await dot(members.filter({ hasText: ana.handle })).count()).toBe(0);
    await signOut(bo);
    await expectNote(ana, "2 members");
    await members.filter({ hasText: bo.handle }).getByText("last seen just now").waitFor();
  });
});
