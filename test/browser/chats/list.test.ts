import { describe, expect, test } from "vitest";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";

describe.skipIf(lacksChromium())("the list of chats", () => {
  const rig = browsing();

  test("[W50] [W51] a row says who types and how far one's own last message came; muting and archiving are undone", async () => {
    const bo = await rig.person("Bo");
    const { page } = bo;
    const { faults, see } = auditOf(page);
    const { writer: ana, chat } = await rig.writer("Ana", bo);
    await ana.send(chat, "hello Bo");
    await bo.row("hello Bo").waitFor();
    // It was never opened: the row learns by itself how far the message came.
    const sent = await bo.program.send(chat, "hello Ana");
    const mark = bo.row("hello Ana").getByTestId("row-mark");
    await mark.waitFor();
    await expect.poll(() => mark.getAttribute("data-mark")).toBe("sent");
    await ana.must(204, "POST", `/v1/conversations/${chat}/receipts`, { delivered: sent.seq });
    await expect.poll(() => mark.getAttribute("data-mark")).toBe("delivered");
    await ana.must(204, "POST", `/v1/conversations/${chat}/receipts`, { read: sent.seq });
    await expect.poll(() => mark.getAttribute("data-mark")).toBe("read");
    await ana.must(204, "POST", `/v1/conversations/${chat}/typing`);
    await bo.row("typing …").waitFor();
    await see("a row with typing", "nav.sidebar");
    await ana.send(chat, `for @${bo.handle}`, { mentions: [bo.program.id] });
    const row = bo.row(`for @${bo.handle}`);
    expect(await row.locator(".badge").allTextContents()).toEqual(["@1"]);

    // In the header, with the keys that undo; in the panel, with the button; in the menu of the row.
    const titles = () => page.getByTestId("conversation-row").locator(".row-title").allTextContents();
    await row.getByRole("link").click();
    await bo.composer.waitFor();
    await page.getByRole("button", { name: "Chat actions" }).click();
    await page.getByRole("menuitem", { name: "Archive" }).click();
    await page.getByText("The chat is archived.").waitFor();
    await expect.poll(titles).toEqual([]);
    await page.keyboard.press("Control+z");
    await expect.poll(titles).toEqual(["Ana".toLowerCase()]);
    await page.getByText("The chat is archived.").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Details" }).click();
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByRole("button", { name: "Mute", exact: true }).click();
    await page.getByRole("menuitem", { name: "For a week" }).click();
    await page.getByText("The chat is muted.").waitFor();
    await see("a toast that offers to undo");
    await bo.row("ana").getByText("Muted").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await bo.row("ana").getByText("Muted").waitFor({ state: "detached" });
    await panel.getByRole("button", { name: "Pin", exact: true }).click();
    await bo.row("ana").getByText("Pinned").waitFor({ state: "attached" });
    await panel.getByRole("button", { name: "Mark as unread" }).click();
    await bo.row("ana").getByLabel("Marked unread").waitFor({ state: "attached" });
    await panel.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByTestId("chat-search").waitFor();
    expect(faults).toEqual([]);
  });

  test("[W52] the list is narrowed to unread chats and to groups, and the search of messages to a sender and to days", async () => {
    const bo = await rig.person("Bo");
    const { page } = bo;
    const { faults, see } = auditOf(page);
    const [{ writer: ana, chat }, cyd] = await Promise.all([rig.writer("Ana", bo), signUp(rig.url, "cyd")]);
    await ana.send(chat, "a lantern of Ana");
    await bo.program.must(204, "POST", `/v1/conversations/${chat}/receipts`, { read: 1 });
    const group = await ana.group([bo.program, cyd], { title: "Keepers" });
    await cyd.send(group, "a lantern of Cyd");
    await bo.hasUnread("Keepers", 1);
    const titles = () => page.getByTestId("conversation-row").locator(".row-title").allTextContents();
    const filter = (name: string) =>
      page.getByRole("toolbar", { name: "Filter the chats" }).getByRole("button", { name });
    expect(await titles()).toEqual(["Keepers", "ana"]);
    await filter("Unread").click();
    await expect.poll(titles).toEqual(["Keepers"]);
    await see("filters", "nav.sidebar");
    // The chat on screen stays in the list while it is read, and leaves it with the next one.
    await bo.open("Keepers");
    await bo.hasUnread("Keepers", 0);
    expect(await titles()).toEqual(["Keepers"]);
    await page.evaluate(() => (location.hash = "#/"));
    await page.getByText("Nothing is unread.").waitFor();
    await filter("Groups").click();
    await expect.poll(titles).toEqual(["Keepers"]);
    await filter("All").click();
    await expect.poll(titles).toEqual(["Keepers", "ana"]);

    const field = page.getByRole("searchbox", { name: "Search people and messages" });
    const hits = page.getByRole("list", { name: "Messages found" }).getByTestId("hit");
    await field.fill("lantern");
    await expect.poll(() => hits.count()).toBe(2);
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByLabel("From").selectOption({ label: "ana" });
    await expect.poll(() => hits.allTextContents()).toEqual([expect.stringContaining("lantern of Ana")]);
    const tomorrow = new Date(Date.now() + 86_400_000).toLocaleDateString("sv");
    await page.getByLabel("Since").fill(tomorrow);
    await page.getByText("No messages found.").waitFor();
    await see("search with filters", "nav.sidebar");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await expect.poll(() => hits.count()).toBe(2);
    expect(faults).toEqual([]);
  });
});
