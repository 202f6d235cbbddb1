import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";

describe.skipIf(lacksChromium())("what is done with messages", () => {
  const rig = browsing();

  test("[W85] [W86] [W88] emoji are picked by search, by keys and by name while writing; reactions say who reacted; shortcuts format", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const { page } = ana;
    await ana.startChat(bo.handle);
    // Nothing of the picker comes before it is asked for: this page has loaded none of it since it was opened.
    const pickerParts = () =>
      page.evaluate(() =>
        performance
          .getEntriesByType("resource")
          .map(({ name }) => name)
          .filter((name) => /\/assets\/(picker|load-emoji)-/.test(name)),
      );
    expect(await pickerParts()).toEqual([]);

    // In the composer, with the mouse and by search.
    await ana.composer.fill("hi ");
    await page.getByRole("button", { name: "Emoji", exact: true }).click();
    const picker = page.getByTestId("emoji-picker");
    const search = picker.getByRole("combobox", { name: "Search emoji" });
    await search.fill("rocket");
    expect((await pickerParts()).length).toBeGreaterThan(0);
    await search.press("Enter");
    await expect.poll(() => ana.composer.inputValue()).toBe("hi 🚀");
    await search.fill("waving hand");
    await picker.getByRole("button", { name: "Skin tone" }).click();
    await picker.getByRole("button", { name: "Medium-dark" }).click();
    await picker.getByRole("gridcell", { name: "waving hand", exact: true }).click();
    await expect.poll(() => ana.composer.inputValue()).toBe("hi 🚀👋🏾");
    // The arrow keys lead through all of them, and to those that are out of view.
    await search.fill("");
    for (let line = 0; line < 30; line++) await search.press("ArrowDown");
    const led = await search.getAttribute("aria-activedescendant");
    await expect.poll(() => picker.locator(`[id="${led}"]`).count()).toBe(1);
    await page.keyboard.press("Escape");
    await picker.waitFor({ state: "detached" });
    await expect.poll(() => ana.composer.evaluate((field) => field === document.activeElement)).toBe(true);

    // By name, and in bold.
    await ana.composer.press("End");
    await ana.composer.pressSequentially(" :hear");
    await page.getByRole("option", { name: /heart/ }).first().waitFor();
    await ana.composer.pressSequentially("t: big");
    await expect.poll(() => ana.composer.inputValue()).toBe("hi 🚀👋🏾 ❤️ big");
    for (let letter = 0; letter < 3; letter++) await ana.composer.press("Shift+ArrowLeft");
    await ana.composer.press("ControlOrMeta+b");
    await expect.poll(() => ana.composer.inputValue()).toBe("hi 🚀👋🏾 ❤️ *big*");
    await ana.composer.press("Enter");
    await bo.open("Ana");
    await bo.message("hi").locator("strong", { hasText: "big" }).waitFor();

    // Reactions: the latest come first, and who reacted is a click away.
    await ana.message("hi").hover();
    await ana.message("hi").getByRole("button", { name: "React", exact: true }).click();
    const few = page.getByRole("dialog", { name: "Reactions" });
    expect(
      await few
        .getByRole("button", { name: /^React / })
        .first()
        .textContent(),
    ).toBe("❤️");
    await few.getByRole("button", { name: "More reactions" }).click();
    await search.fill("octopus");
    await search.press("Enter");
    await picker.waitFor({ state: "detached" });
    await ana.message("hi").hover();
    await ana.message("hi").getByRole("button", { name: "React", exact: true }).click();
    await expect
      .poll(() =>
        few
          .getByRole("button", { name: /^(React|Remove) / })
          .first()
          .textContent(),
      )
      .toBe("🐙");
    await page.keyboard.press("Escape");
    await few.waitFor({ state: "detached" });
    await bo
      .message("hi")
      .getByRole("button", { name: /^🐙 1: Ana/ })
      .click();
    const who = bo.page.getByRole("dialog", { name: "Who reacted" });
    await who.getByRole("button", { name: "React 🐙 too" }).click();
    await ana.message("hi").getByRole("button", { name: /^🐙 2/ }).click();
    const list = page.getByRole("dialog", { name: "Who reacted" });
    await expect
      .poll(() => list.getByRole("listitem").allTextContents())
      .toEqual([expect.stringContaining("You"), expect.stringContaining("Bo")]);
    await list.getByRole("button", { name: "Remove your 🐙" }).click();
    await bo
      .message("hi")
      .getByRole("button", { name: /^🐙 1: You/ })
      .waitFor();
  });

  test("[W90] [W123] pins are seen by both, lead to their messages and are taken away; stars are one's own, and listed", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const { page } = ana;
    await ana.startChat(bo.handle);
    for (const text of ["the address", "the time", "see you"]) await ana.send(text);
    await bo.open("Ana");
    await ana.choose("the address", "Pin");
    const [bar, bosBar] = [page.getByTestId("pin-bar"), bo.page.getByTestId("pin-bar")];
    await bosBar.getByText("the address").waitFor();
    await bo.choose("the time", "Pin");
    await bar.getByText("Pinned message 1 of 2").waitFor();
    await bar.getByText("the time").waitFor();
    await bar.getByRole("button", { name: /the time/ }).click();
    await ana.message("the time").and(page.locator(".message-flash")).waitFor();
    await bar.getByText("Pinned message 2 of 2").waitFor();
    await bar.getByText("the address").waitFor();
    // In the panel their texts begin where all others do.
    await page.getByRole("button", { name: "Details" }).click();
    const pinned = page.locator(".panel").getByRole("region", { name: "Pinned messages" });
    const startOf = async (name: string) => (await pinned.locator(name).first().boundingBox())?.x;
    await expect.poll(() => startOf(".pinned-text")).toBe(await startOf("h3"));
    await page.locator(".panel").getByRole("button", { name: "Close" }).click();
    await bar.getByRole("button", { name: "All pinned messages" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("listitem").filter({ hasText: "the time" }).getByRole("button", { name: "Unpin" }).click();
    await bosBar.getByText("Pinned message", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    // What is unsent is pinned no more.
    await ana.choose("the address", "Unsend");
    await dialog.getByRole("button", { name: "Unsend" }).click();
    await bosBar.waitFor({ state: "detached" });

    // What could not be asked for is asked for with the next link.
    await ana.choose("the time", "Pin");
    await bosBar.getByText("the time").waitFor();
    await bo.page.route("**/pins**", (route) => route.abort());
    const account = bo.page.waitForResponse((response) => response.url().endsWith("/v1/me"));
    await bo.page.reload();
    await bo.message("the time").waitFor();
    await account;
    expect(await bosBar.count()).toBe(0);
    await bo.page.unroute("**/pins**");
    await bo.context.setOffline(true);
    await bo.banner.waitFor();
    await bo.context.setOffline(false);
    await bosBar.getByText("the time").waitFor();
    await ana.choose("the time", "Unpin");
    await bosBar.waitFor({ state: "detached" });

    await bo.choose("see you", "Star");
    await bo.message("see you").getByText("Starred").waitFor({ state: "attached" });
    // What comes later is there, and nothing of the star.
    await bo.send("starred it");
    await ana.message("starred it").waitFor();
    expect(await ana.message("see you").getByText("Starred").count()).toBe(0);
    await bo.send("*Really* soon");
    await bo.choose("Really soon", "Star");
    await bo.page.getByRole("button", { name: /^Account: / }).click();
    await bo.page.getByRole("menuitem", { name: "Starred messages" }).click();
    const list = bo.page.getByRole("dialog");
    await list.getByText("Really soon").waitFor();
    await list.getByRole("link", { name: /see you/ }).click();
    await list.waitFor({ state: "detached" });
    await bo.choose("see you", "Take the star away");
    await expect.poll(() => bo.message("see you").getByText("Starred").count()).toBe(0);
  });

  test("[W105] messages and a chat are deleted for oneself, on all devices and after a reload, and come back by undoing", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const { page } = ana;
    await ana.foundGroup("Harbour", [bo.handle]);
    for (const text of ["one", "two", "three", "four"]) await ana.send(text);
    await bo.open("Harbour");
    await bo.message("four").waitFor();

    await bo.choose("four", "Delete for me");
    await bo.message("four").waitFor({ state: "detached" });
    await bo.row("Harbour").getByText("three").waitFor();
    await bo.choose("one", "Select");
    await bo.message("two").click();
    await bo.page.getByTestId("selection-bar").getByRole("button", { name: "Delete for me" }).click();
    await bo.message("two").waitFor({ state: "detached" });
    await bo.page.locator(".toast").filter({ hasText: "2 messages" }).getByRole("button", { name: "Undo" }).click();
    await bo.message("two").waitFor();
    await bo.choose("two", "Delete for me");
    await bo.message("two").waitFor({ state: "detached" });
    await bo.page.reload();
    await bo.message("three").waitFor();
    expect(await bo.texts()).toEqual(["one", "three"]);
    expect(await ana.texts()).toEqual(["one", "two", "three", "four"]);

    // The chat goes from the list, and is back with the next message, without what was before.
    await bo.page.getByRole("button", { name: "Chat actions" }).click();
    await bo.page.getByRole("menuitem", { name: "Delete chat" }).click();
    const dialog = bo.page.getByRole("dialog", { name: "Delete the chat?" });
    await dialog.getByRole("button", { name: "Delete chat" }).click();
    await bo.row("Harbour").waitFor({ state: "detached" });
    await bo.page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await bo.open("Harbour");
    await bo.message("three").waitFor();
    expect(await bo.texts()).toEqual(["one", "three"]);
    await bo.page.getByRole("button", { name: "Details" }).click();
    await bo.page.getByRole("button", { name: "Delete chat" }).click();
    await dialog.getByRole("button", { name: "Delete chat" }).click();
    await bo.row("Harbour").waitFor({ state: "detached" });
    await ana.send("five");
    await bo.open("Harbour");
    await bo.message("five").waitFor();
    expect(await bo.texts()).toEqual(["five"]);
    await bo.page.reload();
    await bo.message("five").waitFor();
    expect(await bo.texts()).toEqual(["five"]);

    // Who leaves a group may delete it with that.
    await bo.page.getByRole("button", { name: "Details" }).click();
    await bo.page.getByRole("button", { name: "Leave" }).click();
    const leaving = bo.page.getByRole("dialog", { name: "Leave the group?" });
    await leaving.getByRole("checkbox").check();
    await leaving.getByRole("button", { name: "Leave" }).click();
    await bo.row("Harbour").waitFor({ state: "detached" });
    await page.getByText("Bo left").waitFor();
    await bo.page.reload();
    // Once something newer has come, all that was before is here.
    await ana.startChat(bo.handle);
    await ana.send("still there?");
    await bo.row("Ana").getByText("still there?").waitFor();
    expect(await bo.row("Harbour").count()).toBe(0);
  });

  test("[W106] [W123] a poll is asked, voted on by two with mouse and keys, told by its question, and closed by its author", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const { page } = ana;
    await ana.foundGroup("Harbour", [bo.handle]);
    await bo.open("Harbour");
    await page.getByRole("button", { name: "Attach", exact: true }).click();
    await page.getByRole("menuitem", { name: "Poll" }).click();
    const making = page.getByRole("dialog", { name: "New poll" });
    await making.getByRole("button", { name: "Send" }).click();
    await making.getByText("Write what you want to ask.").waitFor();
    await making.getByLabel("Question").fill("Where do we eat?");
    await making.getByRole("textbox", { name: "Option 1" }).fill("Harbour");
    await making.getByRole("textbox", { name: "Option 2" }).fill("Harbour");
    await making.getByRole("button", { name: "Send" }).click();
    await making.getByText("Two options are the same.", { exact: false }).waitFor();
    await making.getByRole("textbox", { name: "Option 2" }).fill("Garden");
    await making.getByRole("textbox", { name: "Option 3" }).fill("At home");
    await making.getByRole("button", { name: "Send" }).click();
    await making.waitFor({ state: "detached" });

    const pollOf = (of: typeof ana) => of.page.getByRole("group", { name: "Poll: Where do we eat?" });
    await bo.row("Harbour").getByText("📊 Where do we eat?").waitFor();
    await pollOf(bo).getByRole("button", { name: "Garden, 0 votes" }).click();
    await pollOf(ana).getByRole("button", { name: "Garden, 1 vote" }).waitFor();
    await pollOf(ana).getByRole("button", { name: "Harbour, 0 votes" }).focus();
    await page.keyboard.press("Enter");
    // Another choice takes the place of the first.
    await pollOf(bo).getByRole("button", { name: "Harbour, 1 vote" }).click();
    await pollOf(ana).getByRole("button", { name: "Harbour, 2 votes" }).waitFor();
    await pollOf(ana).getByRole("button", { name: "Garden, 0 votes" }).waitFor();
    expect(await pollOf(bo).getByRole("button", { pressed: true }).count()).toBe(1);
    await pollOf(ana).getByRole("button", { name: "2 people have voted" }).click();
    const votes = page.getByRole("dialog", { name: "Votes" });
    const harbour = votes.getByRole("region", { name: "Harbour" });
    await expect
      .poll(async () => (await harbour.getByRole("listitem").allTextContents()).toSorted())
      .toEqual([expect.stringContaining("You"), expect.stringContaining("Bo")]);
    await page.keyboard.press("Escape");

    // Who voted, too, is asked for with the next link.
    await bo.page.route("**/voters?**", (route) => route.abort());
    await pollOf(bo).getByRole("button", { name: "2 people have voted" }).click();
    const bosVotes = bo.page.getByRole("dialog", { name: "Votes" });
    await bosVotes.getByText("The server cannot be reached.", { exact: false }).waitFor();
    await bo.page.unroute("**/voters?**");
    await bo.context.setOffline(true);
    await bo.banner.waitFor();
    await bo.context.setOffline(false);
    await bosVotes.getByRole("listitem").filter({ hasText: "Ana" }).waitFor();
    await bo.page.keyboard.press("Escape");

    await page.getByTestId("message").hover();
    await page.getByTestId("message").getByRole("button", { name: "Message actions" }).click();
    expect(await page.getByRole("menuitem", { name: "Edit" }).count()).toBe(0);
    await page.getByRole("menuitem", { name: "Close the poll" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Close the poll" }).click();
    await pollOf(bo).getByText("The poll is closed").waitFor();
    expect(await pollOf(bo).getByRole("button", { name: "Garden, 0 votes" }).isDisabled()).toBe(true);
    await bo.page.reload();
    await pollOf(bo).getByRole("button", { name: "Harbour, 2 votes" }).waitFor();
  });

  test("[W87] [W89] [W124] several messages are selected, copied, forwarded and unsent; details say when, who and where", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const { page } = ana;
    await ana.foundGroup("Harbour", [bo.handle]);
    await bo.open("Harbour");
    for (const text of ["one", "two", "three", "four"]) await ana.send(text);
    await bo.message("four").waitFor();
    await bo.send("from bo");
    await ana.message("from bo").waitFor();
    await ana.context.grantPermissions(["clipboard-read", "clipboard-write"]);

    await ana.choose("one", "Select");
    const bar = page.getByTestId("selection-bar");
    await bar.getByText("1 selected").waitFor();
    await ana.message("three").click({ modifiers: ["Shift"] });
    await bar.getByText("3 selected").waitFor();
    await ana.message("two").click();
    await bar.getByText("2 selected").waitFor();
    await ana.message("from bo").getByRole("checkbox").check({ force: true });
    await bar.getByText("3 selected").waitFor();
    expect(await bar.getByRole("button", { name: "Unsend" }).isDisabled()).toBe(true);
    await bar.getByRole("button", { name: "Copy text" }).click();
    await bar.waitFor({ state: "detached" });
    const copied = (await page.evaluate(() => navigator.clipboard.readText())).split("\n");
    expect(copied).toEqual([
      expect.stringMatching(/\] Ana: one$/),
      expect.stringMatching(/\] Ana: three$/),
      expect.stringMatching(/\] Bo: from bo$/),
    ]);

    await ana.choose("two", "Select");
    await page.keyboard.press("Escape");
    await bar.waitFor({ state: "detached" });
    await ana.composer.waitFor();
    const dialog = page.getByRole("dialog");
    await ana.choose("one", "Select");
    await ana.message("three").click();
    await bar.getByRole("button", { name: "Unsend" }).click();
    await dialog.getByRole("button", { name: "Unsend" }).click();
    await expect.poll(() => bo.page.getByText("Message unsent", { exact: true }).count()).toBe(2);

    await ana.choose("from bo", "Message details");
    await dialog.getByText("Message 5, verified", { exact: false }).waitFor();
    const year = String(new Date().getFullYear());
    await dialog.getByRole("definition").filter({ hasText: year }).waitFor();
    await page.keyboard.press("Escape");
    await ana.choose("two", "Message details");
    await dialog.getByRole("region", { name: "Read by" }).getByText("Bo").waitFor();
    await page.keyboard.press("Escape");

    await ana.choose("two", "Select");
    await ana.message("four").click();
    await bar.getByRole("button", { name: "Forward" }).click();
    await dialog.getByRole("checkbox").first().check();
    await dialog.getByRole("button", { name: "Send" }).click();
    await expect.poll(async () => (await bo.texts()).slice(-2)).toEqual(["two", "four"]);
  });
});
