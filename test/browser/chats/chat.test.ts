import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";

describe.skipIf(lacksChromium())("two people and a chat", () => {
  const rig = browsing();

  test("[W1] the marks of a message go from sent to delivered to read", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await bo.context.setOffline(true);
    await bo.page.evaluate(() => dispatchEvent(new Event("offline")));
    await ana.startChat(bo.handle);
    await ana.send("Hello Bo");
    await expect.poll(() => ana.markOf("Hello Bo")).toBe("sent");

    await bo.context.setOffline(false);
    await expect.poll(() => ana.markOf("Hello Bo")).toBe("delivered");
    // It is acknowledged before it is rendered.
    await bo.hasUnread("Ana", 1);
    await expect.poll(() => bo.page.title()).toBe("(1) Parley");

    await bo.open("Ana");
    await bo.message("Hello Bo").waitFor();
    await expect.poll(() => ana.markOf("Hello Bo")).toBe("read");
    await expect.poll(() => bo.page.title()).toBe("Parley");
    await bo.hasUnread("Ana", 0);
  });

  test("a chat without messages says whom it is with, and a wave begins it; typing is seen, and gone with the message", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    const beginning = ana.page.locator(".beginning");
    await beginning.getByText(`@${bo.handle}`).waitFor();
    await beginning.getByRole("button", { name: "Send 👋" }).click();
    await beginning.waitFor({ state: "hidden" });
    await bo.hasUnread("Ana", 1);
    await bo.open("Ana");
    await expect.poll(() => bo.texts()).toEqual(["👋"]);
    await bo.composer.pressSequentially("hm");
    await ana.page.getByText("Bo is typing").waitFor();
    await bo.composer.press("Enter");
    await ana.message("hm").waitFor();
    await ana.page.getByText("Bo is typing").waitFor({ state: "hidden" });
  });

  test("edit, reaction, reply and unsend are seen on both sides", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("Lunch at nine?");
    await bo.open("Ana");
    await ana.choose("Lunch", "Edit");
    const editor = ana.page.getByRole("textbox", { name: "Edit message" });
    expect(await editor.inputValue()).toBe("Lunch at nine?");
    await editor.fill("Lunch at noon?");
    await editor.press("Enter");
    await bo.message("Lunch at noon?").getByText("edited").waitFor();

    await bo.choose("Lunch", "React 👍");
    await ana.message("Lunch").getByRole("button", { name: /^👍 1/ }).waitFor();

    await bo.choose("Lunch", "Reply");
    await bo.send("Fine with me");
    // Screen readers say whose words are quoted, and which.
    const quote = ana.message("Fine with me").getByRole("button", { name: /^Answer to Ana.*Lunch at noon\?$/ });
    await quote.waitFor();

    await ana.choose("Lunch", "Unsend");
    await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await bo.page.getByText("Message unsent", { exact: true }).first().waitFor();
    await bo.message("Lunch at noon?").waitFor({ state: "detached" });
  });

  test("links lead only where addresses may lead; a text in another script keeps its direction, also after a mention and in one line", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("see https://example.org/a?b=1. or javascript:alert(1) or data:text/html,x");
    const links = ana.message("see").locator(".message-text a");
    await expect.poll(() => links.allTextContents()).toEqual(["https://example.org/a?b=1"]);
    expect(await links.getAttribute("rel")).toContain("noopener");
    await ana.send("שלום לך");
    const text = ana.message("שלום").locator(".message-text");
    const directionOf = (element: Element) => getComputedStyle(element).direction;
    expect(await text.evaluate(directionOf)).toBe("rtl");
    // Handles and addresses have no say in it, also where the text is shown in one line. They read from left to right themselves.
    await ana.send(`@${bo.handle} שלום, www.example.org!`);
    await bo.row("Ana").getByText("שלום,").waitFor();
    await bo.open("Ana");
    await bo.choose("שלום,", "Reply");
    await bo.choose("שלום,", "Pin");
    for (const [draft, direction] of [
      [`@${ana.handle} שלום`, "rtl"],
      [`@${ana.handle} hello`, "ltr"],
    ] as const) {
      await bo.composer.fill(draft);
      expect(await bo.composer.evaluate(directionOf), draft).toBe(direction);
    }
    const lines = [
      bo.row("Ana").locator(".row-preview > :last-child"),
      bo.page.locator(".composer-context .quote-text"),
      bo.page.locator(".pin-bar-text"),
    ];
    for (const line of lines) {
      expect(await line.evaluate(directionOf)).toBe("rtl");
      expect(await line.locator("[dir=ltr]").allTextContents()).toEqual([`@${bo.handle}`, "www.example.org"]);
    }
  });

  test("the menu of a message opens by keyboard; the arrows go through messages", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.program("bo")]);
    await ana.startChat(bo.handle);
    await ana.send("first");
    await ana.send("second");
    await expect.poll(() => ana.markOf("second")).toMatch(/sent|delivered/);
    await ana.message("second").focus();
    await ana.page.keyboard.press("ArrowUp");
    await ana.page.keyboard.press("Enter");
    await ana.page.getByRole("menuitem", { name: "Unsend" }).waitFor();
    await ana.page.keyboard.press("Escape");
    await ana.composer.press("ArrowUp");
    expect(await ana.page.getByRole("textbox", { name: "Edit message" }).inputValue()).toBe("second");
    await ana.page.keyboard.press("Escape");
    // In a narrow window the menu comes up under the mouse. Letting its button go chooses nothing.
    await ana.page.setViewportSize({ width: 390, height: 600 });
    await ana.page.getByRole("button", { name: "Attach" }).click();
    await ana.page.getByRole("menuitem", { name: "Poll" }).click();
    await ana.page.getByRole("dialog", { name: "New poll" }).waitFor();
  });

  test("a block bars both from writing, and unblocking ends that", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("hello");
    await bo.open("Ana");
    await bo.page.getByRole("button", { name: "Details" }).click();
    const panel = bo.page.getByRole("complementary", { name: "Details" });
    await panel.getByRole("button", { name: "Add to contacts" }).click();
    await panel.getByText("In your contacts.").waitFor();
    // What is dangerous comes last, and no button leads to where one is.
    const names = (await panel.getByRole("button").allTextContents()).filter((name) => name !== "");
    expect(names.slice(-3)).toEqual(["Block", "Report the person", "Delete chat"]);
    expect(names).not.toContain("Message");
    await panel.getByRole("button", { name: "Block" }).click();
    await bo.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await bo.page.getByText("You have blocked Ana").waitFor();
    await ana.send("are you there?");
    await expect.poll(() => ana.markOf("are you there?")).toBe("failed");

    await panel.getByRole("button", { name: "Unblock" }).click();
    await bo.composer.waitFor();
    await ana.message("are you there?").getByRole("button", { name: "Send again" }).click();
    await bo.message("are you there?").waitFor();
  });

  test("[W107] a message, a person and a group are reported; with a report somebody is blocked, and nobody is told", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const { page } = ana;
    await ana.foundGroup("Harbour", [bo.handle]);
    await bo.open("Harbour");
    await bo.send("buy my boat");
    await ana.message("buy my boat").waitFor();
    await ana.choose("buy my boat", "Report");
    const dialog = page.getByRole("dialog", { name: "Report the message" });
    await dialog.getByRole("button", { name: "Report", exact: true }).click();
    await dialog.getByText("Choose what is wrong.").waitFor();
    await dialog.getByRole("radio", { name: "Spam or fraud" }).check();
    await dialog.getByLabel("What should the operator know?", { exact: false }).fill("again and again");
    await dialog.getByRole("checkbox", { name: "Also block Bo" }).check();
    await dialog.getByRole("button", { name: "Report", exact: true }).click();
    await page.getByText("Reported, and Bo is blocked.").waitFor();

    await page.getByRole("button", { name: "Details" }).click();
    await page.getByRole("button", { name: "Report the group" }).click();
    const ofGroup = page.getByRole("dialog", { name: "Report the group" });
    await ofGroup.getByRole("radio", { name: "Something else" }).check();
    await ofGroup.getByRole("button", { name: "Report", exact: true }).click();
    await page.getByText("Thank you. The report is with the operator.").waitFor();
    await ofGroup.waitFor({ state: "detached" });

    const exported = await ana.program.ask("GET", "/v1/me/export");
    const reports = exported.text.split("\n").filter((line) => line.startsWith('{"type":"report"'));
    expect(reports.map((line) => JSON.parse(line))).toMatchObject([
      expect.objectContaining({ reason: expect.stringMatching(/spam|other/) }),
      expect.objectContaining({ reason: expect.stringMatching(/spam|other/) }),
    ]);
    expect((await bo.program.ask("GET", "/v1/me/export")).text).not.toContain('"type":"report"');
    expect(await bo.page.getByText("report", { exact: false }).count()).toBe(0);
  });
});
