/** Safe accounts in Chromium: passkeys of a virtual authenticator, the second factor, recovery codes, sign-in by another device, and notices of new devices. */
import type { Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { password, type WebPerson } from "../../rig/browser/web-person.ts";

/** A virtual authenticator. `touch`: whether its owner says yes to what is asked from now on. `asked`: how often the page has asked for a passkey. */
interface Key {
  readonly touch: (isOn: boolean) => Promise<unknown>;
  readonly asked: () => Promise<number>;
}

describe.skipIf(lacksChromium())("safe accounts", () => {
  // Browsers make no passkeys for an IP address.
  const rig = browsing(() => inject("serverUrl").replace("127.0.0.1", "localhost"));

  /** A key that says yes to everything, as a laptop with a finger on it. */
  async function authenticator(page: Page): Promise<Key> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    const { authenticatorId: id } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.evaluate(() => {
      const get = navigator.credentials.get.bind(navigator.credentials);
      let asked = 0;
      navigator.credentials.get = (options) => {
        Reflect.set(window, "passkeysAsked", ++asked);
        return get(options);
      };
    });
    const asked = async () => await page.evaluate(() => Number(Reflect.get(window, "passkeysAsked") ?? 0));
    return {
      touch: async (enabled) =>
        await cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: id, enabled }),
      asked,
    };
  }

  /** The entrance, where passkeys are offered in the field of the handle and nobody takes one. */
  async function toEntrance(person: WebPerson, key: Key): Promise<void> {
    await key.touch(false);
    const before = await key.asked();
    await signOut(person);
    await expect.poll(() => key.asked()).toBe(before + 1);
  }

  async function openSettings(person: WebPerson, tab: string): Promise<void> {
    await person.page.getByRole("button", { name: /^Account:/ }).click();
    await person.page.getByRole("menuitem", { name: "Settings" }).click();
    await person.page.getByRole("tab", { name: tab }).click();
  }

  async function giveProof(page: Page, action: string): Promise<void> {
    const dialog = page.getByRole("dialog").last();
    await dialog.getByLabel("Your password").fill(password);
    await dialog.getByRole("button", { name: action, exact: true }).click();
  }

  async function signOut({ page }: WebPerson): Promise<void> {
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Parley" }).waitFor();
  }

  async function fill({ page, handle }: WebPerson): Promise<void> {
    await page.getByLabel("Handle").fill(handle);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  test("[W81] [W126] a passkey is added, signs in alone, stands beside the password, and is replaced by a recovery code", async () => {
    const ana = await rig.person("Ana");
    const { page } = ana;
    const audit = auditOf(page);
    const key = await authenticator(page);
    await openSettings(ana, "Security");
    await page.getByRole("button", { name: "Add a passkey…" }).click();
    await page.getByRole("dialog").last().getByLabel("Your password").fill("not the password");
    await page.getByRole("dialog").last().getByRole("button", { name: "Add a passkey", exact: true }).click();
    await page.getByText("That is not the present password.").waitFor();
    await audit.see("a wrong password before a passkey is added");
    await giveProof(page, "Add a passkey");
    await page
      .getByRole("list", { name: "Passkeys" })
      .getByText(/ on Linux/)
      .first()
      .waitFor();
    const secondFactor = page.getByRole("switch", { name: /^Ask for a passkey besides/ });
    expect(await secondFactor.isEnabled()).toBe(false);
    await page.getByRole("button", { name: "Make new codes…" }).click();
    await giveProof(page, "Make new codes");
    const listed = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
    await expect.poll(() => listed.count()).toBe(10);
    // A click beside them closes nothing. A page that is left does not keep them.
    await page.mouse.click(4, 4);
    const [first = "no code"] = await listed.allTextContents();
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    await expect.poll(() => listed.count()).toBe(0);
    expect(await page.content()).not.toContain(first);
    await page.getByRole("button", { name: "Make new codes…" }).click();
    await giveProof(page, "Make new codes");
    await expect.poll(() => listed.count()).toBe(10);
    const codes = await listed.allTextContents();
    await audit.see("new recovery codes");
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByText("10 codes are left.").waitFor();
    await audit.see("the security settings");
    await page.keyboard.press("Escape");

    // By the button, and by the offer in the field.
    await toEntrance(ana, key);
    await key.touch(true);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByRole("heading", { name: "Chats" }).waitFor();
    const offered = page.waitForResponse((response) => response.url().endsWith("/v1/sessions/passkey"));
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    expect((await offered).status()).toBe(201);
    await page.getByRole("heading", { name: "Chats" }).waitFor();
    await openSettings(ana, "Security");
    await page.getByText(/^Used /).waitFor();
    await secondFactor.click();
    await giveProof(page, "Turn on");
    await expect.poll(() => secondFactor.isChecked()).toBe(true);
    await page.keyboard.press("Escape");

    await toEntrance(ana, key);
    await fill(ana);
    const question = page.getByRole("dialog", { name: "Is it you?" });
    await question.waitFor();
    await audit.see("the question for the second factor");
    await key.touch(true);
    await question.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByRole("heading", { name: "Chats" }).waitFor();

    await toEntrance(ana, key);
    await fill(ana);
    await question.getByLabel("Or a recovery code").fill("0000-0000-0000-0000");
    await question.getByRole("button", { name: "Use the code" }).click();
    await question.getByText("That was wrong, or was used before.").waitFor();
    await question.getByLabel("Or a recovery code").fill((codes[0] ?? "").toLowerCase());
    await question.getByRole("button", { name: "Use the code" }).click();
    await page.getByRole("heading", { name: "Chats" }).waitFor();

    // Turning it off asks for it, and then the password is enough.
    await openSettings(ana, "Security");
    await page.getByText("9 codes are left.").waitFor();
    await secondFactor.click();
    await giveProof(page, "Turn off");
    await key.touch(true);
    await question.getByRole("button", { name: "Use a passkey" }).click();
    await expect.poll(() => secondFactor.isChecked()).toBe(false);
    await page.getByRole("button", { name: /^Remove / }).click();
    await page.getByRole("dialog").last().getByRole("button", { name: "Remove", exact: true }).click();
    // While the question is open, what is behind it is out of reach and would count as gone.
    await expect.poll(() => page.getByRole("dialog").count()).toBe(1);
    await page.getByRole("button", { name: "Add a passkey…" }).waitFor();
    await expect.poll(() => page.getByRole("button", { name: /^Remove / }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await toEntrance(ana, key);
    await ana.signIn();
    expect(audit.faults).toEqual([]);
  }, 180_000);

  test("[W82] a new device shows a code, a signed-in one looks at it, and approves it only by a yes; the others show the new device", async () => {
    const [ana, tab] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await signOut(tab);
    const audits = { ana: auditOf(ana.page), tab: auditOf(tab.page) };
    const begin = async (): Promise<string> => {
      await tab.page.getByRole("button", { name: "Sign in with another device" }).click();
      await tab.page
        .getByTestId("link-code")
        .filter({ hasText: /^[0-9A-Z]{4}-[0-9A-Z]{4}$/ })
        .waitFor();
      await tab.page.locator("svg.qr path").waitFor({ state: "attached" });
      return await tab.page.getByTestId("link-code").innerText();
    };
    // By the address in the picture, and refused.
    const first = await begin();
    await audits.tab.see("the code of a new device");
    await ana.page.evaluate((code) => (location.hash = `#/link/${code}`), first);
    const approval = ana.page.getByRole("dialog", { name: "Sign in another device" });
    await approval.getByText("Sign in this device as Ana?").waitFor();
    await approval
      .getByText(/ on Linux/)
      .first()
      .waitFor();
    expect(new URL(ana.page.url()).hash).not.toContain(first);
    await audits.ana.see("the approval of a device");
    await approval.getByRole("button", { name: "It is not mine" }).click();
    await tab.page.getByText("The other device has refused.").waitFor();
    await tab.page.getByRole("button", { name: "Sign in with a password" }).click();

    // By hand, and approved.
    const second = await begin();
    await openSettings(ana, "Devices");
    await ana.page.getByRole("button", { name: "Sign in another device…" }).click();
    await approval.getByLabel("Code of the new device").fill("AAAA-AAAA");
    await approval.getByRole("button", { name: "Go on" }).click();
    await approval.getByText("There is no such code, or its two minutes are over.").waitFor();
    await approval.getByLabel("Code of the new device").fill(second.toLowerCase().replace("-", " "));
    await approval.getByRole("button", { name: "Go on" }).click();
    await approval.getByRole("button", { name: "Sign it in" }).click();
    await tab.page.getByRole("button", { name: "Account: Ana" }).waitFor();

    const notice = ana.page.getByTestId("new-device");
    await notice.getByText(/was signed in/).waitFor();
    await audits.ana.see("the notice of a new device");
    expect(await tab.page.getByTestId("new-device").count()).toBe(0);
    await notice.getByRole("button", { name: "It was me" }).click();
    await expect.poll(() => notice.count()).toBe(0);
    await openSettings(ana, "Devices");
    await ana.page.getByRole("button", { name: "Sign out all others…" }).click();
    await ana.page.getByRole("button", { name: "Sign out all others", exact: true }).click();
    await tab.page.getByText("This device was signed out.").waitFor();
    expect([...audits.ana.faults, ...audits.tab.faults]).toEqual([]);
  });

  test("[W82] a device that the user does not know is signed out from its notice", async () => {
    const ana = await rig.person("Ana");
    const thief = await ana.program.ask<{ accessToken: string }>("POST", "/v1/sessions", {
      handle: ana.handle,
      password,
      device: { name: "Thief", platform: "x" },
    });
    expect(thief.status).toBe(201);
    const notice = ana.page.getByTestId("new-device");
    await notice.getByText(/Thief was signed in/).waitFor();
    await notice.getByRole("button", { name: "Sign it out…" }).click();
    await ana.page.getByRole("dialog").getByRole("button", { name: "Sign out", exact: true }).click();
    await expect.poll(() => notice.count()).toBe(0);

    // Several do not push the chats away: the newest is shown, and the others when asked for.
    for (const name of ["First", "Second"])
      await ana.program.ask("POST", "/v1/sessions", {
        handle: ana.handle,
        password,
        device: { name, platform: "x" },
      });
    await notice.getByText(/Second was signed in/).waitFor();
    await expect.poll(() => notice.count()).toBe(1);
    await ana.page.getByRole("button", { name: "1 more new device" }).click();
    await notice.getByText(/First was signed in/).waitFor();
  });
});
