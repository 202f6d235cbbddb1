import { describe, expect, test } from "vitest";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";

describe.skipIf(lacksChromium())("the list of chats", () => {
  const rig = browsing();

  test("[W27] [W50] [W51] a row says who types and how far one's own last message came; its menu is led by keys; muting and archiving are undone", async () => {
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
    await bo.row("typing…").waitFor();
    await see("a row with typing", "nav.sidebar");
    await ana.send(chat, `for @${bo.handle}`, { mentions: [bo.program.id] });
    const row = bo.row(`for @${bo.handle}`);
    await expect.poll(() => row.locator(".badge").allTextContents()).toEqual(["@1"]);

    // In a menu the first item has the focus. The arrows, End, Home and letters lead to others, and Tab to none.
    await row.getByRole("button", { name: /^Actions for / }).press("Enter");
    const walk = [
      ["", "Mark as read"],
      ["ArrowDown ArrowDown ArrowUp", "Pin to the top"],
      ["End ArrowDown", "Delete chat"],
      ["a", "Archive"],
      ["Tab", "Archive"],
      ["Home ArrowUp", "Mark as read"],
    ] as const;
    for (const [keys, item] of walk) {
      for (const key of keys.split(" ")) if (key !== "") await page.keyboard.press(key);
      await expect.poll(() => page.getByRole("menuitem").and(page.locator(":focus")).textContent()).toBe(item);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "hidden" });

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
    await page.getByRole("button", { name: "Chat actions" }).click();
    await page.getByRole("menuitem", { name: "Mark as unread" }).click();
    await bo.row("ana").getByLabel("Marked unread").waitFor({ state: "attached" });
    await panel.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByTestId("chat-search").waitFor();
    expect(faults).toEqual([]);
  });

  test("[W120] [W122] folders hold what they name and the chats of a kind, on all devices; pinned rows stand apart; empty lists offer a next step", async () => {
    const bo = await rig.person("Bo");
    const { page } = bo;
    const { faults, see } = auditOf(page);
    await page.getByText("No conversations yet.", { exact: false }).waitFor();
    await see("an empty list");
    const { writer: ana, chat } = await rig.writer("Ana", bo);
    await ana.send(chat, "from Ana");
    for (const title of ["Quay", "Harbour", "Mill"]) await bo.program.group([], { title });
    await bo.row("Mill").waitFor();
    const titles = () => page.getByTestId("conversation-row").locator(".row-title").allTextContents();
    const filters = page.getByRole("toolbar", { name: "Filter the chats" });
    await filters.getByRole("button", { name: "Folders…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "New folder…" }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Give the folder a name.").waitFor();
    await dialog.getByLabel("Name of the folder").fill("Water");
    await dialog.getByRole("checkbox", { name: "Harbour" }).check();
    await see("the form of a folder", "dialog");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("1 chat", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "New folder…" }).click();
    await dialog.getByLabel("Name of the folder").fill("People");
    await dialog.getByRole("checkbox", { name: "All direct chats" }).check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("button", { name: "Move People up" }).click();
    await expect.poll(() => dialog.getByRole("listitem").locator("bdi").allTextContents()).toEqual(["People", "Water"]);
    await see("the list of folders", "dialog");
    await page.keyboard.press("Escape");
    await filters.getByRole("button", { name: "Water" }).click();
    await expect.poll(titles).toEqual(["Harbour"]);
    await filters.getByRole("button", { name: "People" }).click();
    await expect.poll(titles).toEqual(["ana"]);
    await filters.getByRole("button", { name: "All" }).click();
    await bo.row("Quay").hover();
    await bo
      .row("Quay")
      .getByRole("button", { name: /^Actions/ })
      .click();
    await page.getByRole("menuitem", { name: "Folders…" }).click();
    await dialog.getByRole("checkbox", { name: "Water" }).click();
    await expect.poll(() => dialog.getByRole("checkbox", { name: "Water" }).isChecked()).toBe(true);
    await page.keyboard.press("Escape");
    await page.reload();
    await filters.getByRole("button", { name: "Water" }).click();
    await expect.poll(async () => (await titles()).toSorted()).toEqual(["Harbour", "Quay"]);
    await filters.getByRole("button", { name: "Folders…" }).click();
    await dialog.getByRole("button", { name: "Delete the folder Water" }).click();
    await page.keyboard.press("Escape");
    await expect.poll(async () => (await titles()).length).toBe(4);

    await bo.program.must(200, "PATCH", `/v1/conversations/${chat}/me`, { pinned: true });
    const pinned = page.getByRole("list", { name: "Pinned conversations" }).getByTestId("conversation-row");
    await expect.poll(() => pinned.locator(".row-title").allTextContents()).toEqual(["ana"]);
    await page.getByRole("heading", { name: "Other chats" }).waitFor();
    await page.getByRole("list", { name: "Conversations", exact: true }).getByText("Mill").waitFor();
    await see("pinned rows apart", "nav.sidebar");
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
    await expect.poll(titles).toEqual(["Keepers", "ana"]);
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
