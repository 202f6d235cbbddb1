import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";
import { openIdOf, programOf } from "../../rig/browser/many-messages.ts";

describe.skipIf(lacksChromium())("a group", () => {
  const rig = browsing();

  test("three people, a mention, and who has read", async () => {
    const [ana, bo, chloe] = await Promise.all([rig.person("Ana"), rig.person("Bo"), rig.person("Chloé")]);
    await ana.foundGroup("Harbour walk", [bo.handle, chloe.handle]);
    await ana.composer.pressSequentially("Who is in, @bo");
    await ana.page.getByRole("option", { name: bo.handle }).waitFor();
    await ana.composer.press("Enter");
    await ana.composer.press("Enter");
    await bo.row("Harbour walk").getByLabel("You are mentioned").waitFor();
    await bo.open("Harbour walk");
    await bo
      .message("Who is in")
      .getByRole("button", { name: `@${bo.handle}` })
      .waitFor();
    await expect.poll(() => ana.message("Who is in").getByTestId("readers").textContent()).toContain("Bo");
    expect(await ana.markOf("Who is in")).not.toBe("read");
    await chloe.open("Harbour walk");
    await expect.poll(() => ana.markOf("Who is in")).toBe("read");
    expect(await chloe.row("Harbour walk").getByLabel("You are mentioned").count()).toBe(0);
  });

  test("[W9] a mention of somebody who has left stays a mention", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.foundGroup("Quay", [bo.handle]);
    await ana.send(`你好@${bo.handle} and not info@${bo.handle}`);
    await bo.row("Quay").getByLabel("You are mentioned").waitFor();
    await bo.open("Quay");
    await bo.page.getByRole("button", { name: "Details" }).click();
    await bo.page.getByRole("button", { name: "Leave" }).click();
    await bo.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await ana.page.getByTestId("notice").filter({ hasText: "left" }).waitFor();
    await ana.page.reload();
    const mention = ana.message("你好").getByRole("button", { name: `@${bo.handle}` });
    await mention.waitFor();
    expect(await mention.count()).toBe(1);
  });

  test("[W29] a reaction names everybody, also those who have left; a row says that one has joined", async () => {
    const ana = await rig.person("Ana");
    const [program, bo, cy] = await Promise.all([
      programOf(rig.url, ana),
      signUp(rig.url, "bo"),
      signUp(rig.url, "cy"),
    ]);
    // In the row of a group whose older messages are not for those who join, there is none of them.
    const late = await cy.group([], { title: "Late", policy: { history: "joined" } });
    await cy.send(late, "before you came");
    await cy.must(200, "PUT", `/v1/conversations/${late}/members/${program.id}`, {});
    await ana.row("Late").getByText("You joined").waitFor();
    const quay = await program.group([bo, cy], { title: "Quay" });
    const { seq } = await program.send(quay, "who comes?");
    for (const by of [bo, cy, program])
      await by.must(200, "PUT", `/v1/conversations/${quay}/messages/${seq}/reactions/👍`);
    await bo.must(204, "DELETE", `/v1/conversations/${quay}/members/${bo.id}`);
    let asked = 0;
    ana.page.on("request", (request) => {
      if (new URL(request.url()).pathname.startsWith("/v1/users/")) asked++;
    });
    await ana.open("Quay");
    const reaction = ana.message("who comes?").getByRole("button", { name: /^👍 3/ });
    await expect.poll(() => reaction.getAttribute("aria-label")).toBe("👍 3: You, bo, and cy");
    // Only who is not known from the members is asked for, unless the row has asked already.
    expect(asked).toBeLessThanOrEqual(1);
  });

  test("[C7] a page whose clock is a year ahead shows the invites that are open, and today as today", async () => {
    const ana = await rig.person("Ana");
    const bo = await signUp(rig.url, "bo");
    await ana.page.addInitScript(() => {
      const real = Date.now.bind(Date);
      Date.now = () => real() + 31_536_000_000;
    });
    await ana.page.reload();
    await ana.foundGroup("A year ahead", [bo.handle]);
    await ana.send("What day is it?");
    await ana.page.getByRole("separator").filter({ hasText: "Today" }).first().waitFor();
    await ana.page.getByRole("button", { name: "Details" }).click();
    await ana.page.getByRole("button", { name: "Make an invite link" }).click();
    await ana.page.getByRole("list", { name: "Open invites" }).getByText("By Ana").waitFor();
  });

  test("an invite link lets somebody in; a member who is removed can write no more", async () => {
    const [ana, bo, dan] = await Promise.all([rig.person("Ana"), rig.person("Bo"), rig.person("Dan")]);
    await ana.foundGroup("Book club", [bo.handle]);
    await ana.page.getByRole("button", { name: "Details" }).click();
    await ana.page.getByRole("button", { name: "Make an invite link" }).click();
    const link = await ana.page.getByLabel("Invite link").inputValue();
    expect(link).toContain("/#/join/");
    const invites = ana.page.getByRole("list", { name: "Open invites" });
    await invites.getByText("By Ana").waitFor();
    await ana.send("before you came");

    await dan.page.goto(link);
    const dialog = dan.page.getByRole("dialog", { name: "Join a group" });
    await dialog.getByText("2 members").waitFor();
    await dialog.getByRole("button", { name: "Join" }).click();
    await dan.composer.waitFor();
    await dan.row("Book club").waitFor();
    expect(await dan.row("Book club").getByText("No messages yet").count()).toBe(0);
    await dan.send("Thanks for the invite");
    await ana.message("Thanks for the invite").waitFor();
    await ana.page.getByText("Dan joined by an invite").waitFor();

    const members = ana.page.getByRole("list", { name: "Members" });
    await members.getByRole("button", { name: "Actions for Dan" }).click();
    await ana.page.getByRole("menuitem", { name: "Remove from the group" }).click();
    await dan.page.getByText("You are no longer a member of this group.").waitFor();
    expect(await dan.composer.count()).toBe(0);
    await ana.page.getByText("You removed Dan").waitFor();

    await ana.page.getByRole("button", { name: "Add people" }).click();
    const adding = ana.page.getByRole("dialog", { name: "Add people" });
    await adding.getByLabel("People", { exact: true }).fill(dan.handle);
    await adding.getByRole("button", { name: `@${dan.handle}` }).click();
    await adding.getByRole("button", { name: "Add", exact: true }).click();
    await dan.composer.waitFor();
    await ana.send("Welcome back");
    await dan.message("Welcome back").waitFor();

    await invites.getByRole("button", { name: "End the invite by Ana" }).click();
    await invites.waitFor({ state: "hidden" });
    const late = await fetch(`${rig.url}/v1/invites/${link.split("/").at(-1)}`);
    expect(late.status).not.toBe(200);

    // After leaving, Ana is not shown as the owner any more.
    await ana.page.getByRole("button", { name: "Leave" }).click();
    await ana.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    const panel = ana.page.getByRole("complementary", { name: "Details" });
    await panel.getByRole("list", { name: "Members" }).waitFor({ state: "hidden" });
    expect(await panel.getByText("owner", { exact: true }).count()).toBe(0);
  });

  test("the title changes for all, and a member leaves", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.foundGroup("Untitled", [bo.handle]);
    await bo.open("Untitled");
    await ana.page.getByRole("button", { name: "Details" }).click();
    await ana.page.getByRole("button", { name: "Change the title" }).click();
    const dialog = ana.page.getByRole("dialog", { name: "Change the title" });
    await dialog.getByLabel("Title").fill("Sunday football");
    await dialog.getByRole("button", { name: "Save" }).click();
    await bo.page.getByText("Ana changed the title to").waitFor();
    await bo.row("Sunday football").waitFor();

    // Also by the menu in the head of the chat, where other chat apps have it.
    await bo.page.getByRole("button", { name: "Chat actions" }).click();
    await bo.page.getByRole("menuitem", { name: "Leave" }).click();
    await bo.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await bo.page.getByText("You are no longer a member of this group.").waitFor();
    await ana.page.getByText("Bo left").waitFor();
  });

  test("[W121] an admin mentions everybody, who are told; a plain member is not offered it", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.foundGroup("Harbour", [bo.handle]);
    await ana.composer.pressSequentially("@al");
    await ana.page.getByRole("option", { name: "Everybody in this group" }).waitFor();
    await ana.page.keyboard.press("Enter");
    await expect.poll(() => ana.composer.inputValue()).toBe("@all ");
    await ana.composer.pressSequentially("the tide turns");
    await ana.page.getByRole("button", { name: "Send", exact: true }).click();
    expect(await ana.message("the tide turns").locator(".mention").textContent()).toBe("@all");
    await bo.row("Harbour").getByLabel("You are mentioned").waitFor({ state: "attached" });
    await bo.open("Harbour");
    expect(await bo.message("the tide turns").locator(".mention").textContent()).toBe("@all");
    await bo.composer.pressSequentially("@an");
    await bo.page.getByRole("option", { name: "Ana" }).waitFor();
    await bo.composer.fill("");
    await bo.composer.pressSequentially("@al");
    await expect.poll(() => bo.page.getByRole("option").count()).toBe(0);
  });

  test("rows are pinned, muted, marked and archived by their menu", async () => {
    const ana = await rig.person("Ana");
    const bo = await signUp(rig.url, "bo");
    await ana.foundGroup("First", [bo.handle]);
    await ana.foundGroup("Second", [bo.handle]);
    const choose = async (title: string, action: string) => {
      await ana.row(title).hover();
      await ana
        .row(title)
        .getByRole("button", { name: /^Actions/ })
        .click();
      await ana.page.getByRole("menuitem", { name: action, exact: true }).click();
    };
    const titles = () => ana.page.getByTestId("conversation-row").locator(".row-title").allTextContents();
    await expect.poll(titles).toEqual(["Second", "First"]);
    await choose("First", "Pin to the top");
    await expect.poll(titles).toEqual(["First", "Second"]);
    // A mute ends while nothing else happens.
    const program = await programOf(rig.url, ana);
    await ana.page.clock.install();
    await ana.page.reload();
    await ana.open("First");
    await ana.page.getByRole("heading", { name: "First" }).waitFor();
    const mutedUntil = Date.now() + 30_000;
    await program.must(200, "PATCH", `/v1/conversations/${openIdOf(ana)}/me`, { mutedUntil });
    await ana.row("First").getByText("Muted").waitFor({ state: "attached" });
    await ana.page.clock.fastForward(91_000);
    await ana.row("First").getByText("Muted").waitFor({ state: "detached" });
    await choose("First", "Mark as unread");
    await ana.row("First").getByLabel("Marked unread").waitFor({ state: "attached" });
    await choose("First", "Archive");
    await expect.poll(titles).toEqual(["Second"]);
    await ana.page.getByRole("button", { name: "Archived (1)" }).click();
    await choose("First", "Unarchive");
    await ana.page.getByRole("button", { name: "All chats" }).click();
    await expect.poll(titles).toEqual(["First", "Second"]);
  });
});
