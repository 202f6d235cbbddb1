import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("settings", () => {
  const rig = browsing();

  async function openSettings(person: WebPerson, tab: string): Promise<void> {
    await person.page.getByRole("button", { name: /^Account:/ }).click();
    await person.page.getByRole("menuitem", { name: "Settings" }).click();
    await person.page.getByRole("tab", { name: tab }).click();
  }

  test("[W124] a new name is seen by others; a taken handle is refused at its field", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("hi");
    await bo.row("Ana").waitFor();
    await openSettings(ana, "Profile");
    await ana.page.getByLabel("Handle").fill(bo.handle);
    await ana.page.getByRole("button", { name: "Save" }).click();
    await ana.page.getByText("That handle is taken.").waitFor();
    await ana.page.getByLabel("Handle").fill(`${ana.handle}.new`);
    await ana.page.getByLabel("Name", { exact: true }).fill("Ana the Great");
    await ana.page.getByRole("button", { name: "Save" }).click();
    // Behind the dialog it would be darkened, and not read out.
    await ana.page.getByRole("dialog").locator(".toast").getByText("Saved").waitFor();
    await ana.page.keyboard.press("Escape");
    await ana.page.getByRole("button", { name: "Account: Ana the Great" }).waitFor();
    await bo.row("Ana the Great").waitFor();
  });

  test("a setting that is changed while another one is saved is saved after it, and both stay as chosen", async () => {
    const ana = await rig.person("Ana");
    await openSettings(ana, "Privacy");
    let [open, most] = [0, 0];
    let goOn = (): void => undefined;
    const areBothChosen = new Promise<void>((resolve) => (goOn = resolve));
    await ana.page.route("**/v1/me", async (route) => {
      most = Math.max(most, ++open);
      await areBothChosen;
      const response = await route.fetch();
      open--;
      await route.fulfill({ response });
    });
    const switches = ["Read receipts", "Typing"].map((name) =>
      ana.page.getByRole("switch", { name: new RegExp(`^${name}`) }),
    );
    for (const each of switches) await each.click();
    goOn();
    for (const each of switches) await expect.poll(() => each.isChecked()).toBe(false);
    expect(most).toBe(1);
  });

  test("with read receipts off, senders do not see that their messages were read", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await openSettings(bo, "Privacy");
    await bo.page.getByRole("switch", { name: /^Read receipts/ }).click();
    await expect.poll(() => bo.page.getByRole("switch", { name: /^Read receipts/ }).isChecked()).toBe(false);
    await bo.page.keyboard.press("Escape");
    await ana.startChat(bo.handle);
    await ana.send("did you see this?");
    await bo.open("Ana");
    await bo.send("what?");
    await ana.message("what?").waitFor();
    await expect.poll(() => bo.row("Ana").getAttribute("data-unread")).toBe("0");
    await expect.poll(() => ana.markOf("did you see this?")).toBe("delivered");
    // A receipt would come before what Bo does after reading.
    await bo.send("one more thing");
    await ana.message("one more thing").waitFor();
    expect(await ana.markOf("did you see this?")).toBe("delivered");
  });

  test("[M12] [W20] requests of strangers are in a list of their own, and not counted in the title, until they are answered", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await openSettings(bo, "Privacy");
    const reach = bo.page.getByLabel("What people who do not know you can do");
    await reach.selectOption("requests");
    await expect.poll(() => reach.inputValue()).toBe("requests");
    await bo.page.keyboard.press("Escape");
    await ana.startChat(bo.handle);
    await ana.send("you do not know me");
    const { writer: cy, chat } = await rig.writer("Cy", bo);
    await cy.send(chat, "nor me");
    await bo.page.getByRole("button", { name: "Requests (2)" }).waitFor();
    expect(await bo.row("Ana").count()).toBe(0);
    expect(await bo.page.title()).toBe("Parley");
    await bo.page.getByRole("button", { name: "Requests (2)" }).click();
    await expect.poll(() => bo.row("Ana").getAttribute("data-unread")).toBe("1");
    await bo.open("Ana");
    const bar = bo.page.getByRole("region", { name: "Request" });
    await bar.getByRole("button", { name: "Accept" }).click();
    await bar.waitFor({ state: "hidden" });
    await expect.poll(() => bo.row("Ana").count()).toBe(0);
    await bo.send("who are you?");
    await expect.poll(() => ana.markOf("you do not know me")).toBe("read");
    // When the last request is answered, all chats are shown again.
    await bo.open("Cy");
    await bar.getByRole("button", { name: "Block" }).click();
    await bo.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await bo.row("Ana").waitFor();
    await bo.page.getByRole("button", { name: "Archived (1)" }).waitFor();
    await expect.poll(() => bo.row("Cy").count()).toBe(0);
    expect(await bo.page.title()).toBe("Parley");
  });

  test("changing the password needs the old one, and then the new one signs in", async () => {
    const ana = await rig.person("Ana");
    await openSettings(ana, "Password");
    const present = ana.page.getByLabel("Present password", { exact: true });
    const next = ana.page.getByLabel("New password", { exact: true });
    await present.fill("not it at all");
    await next.fill("an entirely new one");
    await ana.page.getByRole("button", { name: "Change the password" }).click();
    await ana.page.getByText("That is not the present password.").waitFor();
    await present.fill("correct horse battery");
    await ana.page.getByRole("button", { name: "Change the password" }).click();
    await ana.page.getByText(/^The password is changed/).waitFor();
    await ana.page.keyboard.press("Escape");
    await ana.page.getByRole("button", { name: /^Account:/ }).click();
    await ana.page.getByRole("menuitem", { name: "Sign out" }).click();
    await ana.page.getByLabel("Handle").fill(ana.handle);
    await ana.page.getByLabel("Password", { exact: true }).fill("an entirely new one");
    await ana.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await ana.page.getByRole("heading", { name: "Chats" }).waitFor();
  });

  test("a long press opens the menu of a message", async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const [ana, bo] = await Promise.all([rig.person("Ana", phone), rig.person("Bo")]);
    await bo.startChat(ana.handle);
    await bo.send("press me");
    await ana.open("Bo");
    // A conversation that has just opened finds its place first.
    await expect.poll(() => bo.markOf("press me")).toBe("read");
    const place = await ana.message("press me").locator(".bubble").boundingBox();
    if (place === null) throw new Error("The bubble is nowhere");
    const touch = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
    const session = await ana.context.newCDPSession(ana.page);
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [touch] });
    await ana.page.getByRole("menuitem", { name: "Reply" }).waitFor();
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await ana.page.getByRole("menuitem", { name: "React 😂" }).click();
    await bo.message("press me").getByRole("button", { name: /^😂 1/ }).waitFor();
  });
});
