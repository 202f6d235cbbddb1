/** What users do with their data: they download it, and they delete their account. */
import { createHash, randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ExportCheck } from "../../../core/export-check.ts";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { password, type WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("one's own data", () => {
  const rig = browsing();

  async function openData(person: WebPerson): Promise<void> {
    await person.page.getByRole("button", { name: /^Account:/ }).click();
    await person.page.getByRole("menuitem", { name: "Settings" }).click();
    await person.page.getByRole("tab", { name: "Data" }).click();
  }

  async function saved(person: WebPerson, button: string): Promise<{ name: string; text: string }> {
    const download = person.page.waitForEvent("download");
    await person.page.getByRole("button", { name: button }).click();
    const file = await download;
    await person.page.getByText("The file is saved.").first().waitFor();
    const path = join(tmpdir(), randomUUID());
    await file.saveAs(path);
    onTestFinished(() => rm(path, { force: true }));
    return { name: file.suggestedFilename(), text: await readFile(path, "utf8") };
  }

  test("[X1] [X4] [W71] a chat and one's own data are saved as files, and the file of the chat checks", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("written by ana");
    await bo.open("Ana");
    await bo.send("written by bo");
    await ana.message("written by bo").waitFor();
    await ana.page.getByRole("button", { name: "Details" }).click();
    const chat = await saved(ana, "Export chat");
    expect(chat.name).toMatch(/^parley-chat-.*\.ndjson$/);
    const check = new ExportCheck((text) => createHash("sha256").update(text).digest("hex"));
    for (const line of chat.text.split("\n").slice(0, -1)) check.take(line);
    expect(check.verdict()).toMatchObject({ isWhole: true, to: 2, texts: { intact: 2 } });
    // One that takes long can be stopped, and one that is cut off is no file.
    await ana.page.route("**/export", () => undefined);
    await ana.page.getByRole("button", { name: "Export chat" }).click();
    await ana.page.getByText("Downloading…").waitFor();
    await ana.page.getByRole("button", { name: "Stop the download" }).click();
    await ana.page.unroute("**/export");
    await ana.page.route("**/export", (route) => route.fulfill({ body: chat.text.slice(0, -10) }));
    await ana.page.getByRole("button", { name: "Export chat" }).click();
    await ana.page.getByText("The download was cut off. Try again.").waitFor();
    await ana.page.unroute("**/export");
    await openData(ana);
    const own = await saved(ana, "Download my data");
    expect(own.text).toContain("written by ana");
    expect(own.text).not.toContain("written by bo");
  });

  test("[X7] [X8] deleting the account asks for the password, signs out, and takes name and words away from others", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("written by ana");
    await bo.open("Ana");
    await bo.message("written by ana").waitFor();
    await openData(ana);
    await ana.page.getByRole("button", { name: "Delete my account…" }).click();
    const dialog = ana.page.getByRole("dialog", { name: "Delete your account?" });
    await dialog.getByLabel("Your password").fill("not it at all");
    await dialog.getByRole("button", { name: "Delete for ever" }).click();
    await dialog.getByText("That is not the present password.").waitFor();
    const { faults, see } = auditOf(ana.page);
    await see("deleting the account");
    expect(faults).toEqual([]);
    await dialog.getByLabel("Your password").fill(password);
    await ana.page.keyboard.press("Enter");
    await ana.page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    await expect.poll(() => bo.page.getByText("written by ana").count()).toBe(0);
    await expect.poll(() => bo.row("Ana").count()).toBe(0);
    await bo.row("Deleted account").waitFor();
    await ana.page.getByLabel("Handle").fill(ana.handle);
    await ana.page.getByLabel("Password", { exact: true }).fill(password);
    await ana.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await ana.page.getByRole("alert").waitFor();
  });
});
