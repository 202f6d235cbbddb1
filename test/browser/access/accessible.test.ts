import type { Device } from "../../../schema/http/account/accounts.ts";
import { describe, expect, test } from "vitest";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { type HttpPerson, signUp } from "../../rig/server/http.ts";
import { programOf, sendMany } from "../../rig/browser/many-messages.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

const dialog = "dialog[open]";
const menu = "[role=menu]";

describe.skipIf(lacksChromium())("axe finds nothing, in the light and the dark theme", () => {
  const rig = browsing();

  /** A chat of each kind in the list, and in the group a message of each kind. */
  async function fillInbox(person: WebPerson): Promise<{ bo: HttpPerson; ana: HttpPerson; harbour: string }> {
    const [ana, bo, cy, dan, eve] = await Promise.all([
      programOf(rig.url, person),
      ...["Bo", "Cy", "Dan", "Eve"].map((name) => signUp(rig.url, name.toLowerCase())),
    ]);
    if (bo === undefined || cy === undefined || dan === undefined || eve === undefined) throw new Error("nobody");
    const mark = (id: string, patch: object) => ana.must(200, "PATCH", `/v1/conversations/${id}/me`, patch);
    const chat = async (other: HttpPerson, text: string, patch: object) => {
      const id = await other.dm(ana);
      await other.send(id, text);
      await mark(id, patch);
    };
    await Promise.all([
      chat(cy, "muted", { mutedUntil: 8_640_000_000_000_000, pinned: true }),
      chat(dan, "archived", { archived: true }),
      chat(eve, "with a draft", { draft: "half a thought" }),
    ]);
    const marked = await ana.group([cy], { title: "Marked as unread" });
    await mark(marked, { markedUnread: true });
    const harbour = await bo.group([ana, cy, dan], { title: "Harbour" });
    const send = (by: HttpPerson, text: string, more: object = {}) => by.send(harbour, text, { ...more });
    const { seq } = await send(bo, "first words, see https://example.org/a and info@example.org");
    await send(cy, `hello @${ana.handle}`, { mentions: [ana.id], replyTo: seq });
    await send(ana, "an answer", { replyTo: seq });
    const unsent = await send(bo, "gone");
    await bo.must(200, "DELETE", `/v1/conversations/${harbour}/messages/${unsent.seq}`);
    await send(cy, "😀");
    await send(bo, `long ${"word\n".repeat(30)}`);
    const last = await send(ana, "edited");
    await ana.must(200, "PATCH", `/v1/conversations/${harbour}/messages/${last.seq}`, { text: "edited words" });
    for (const [by, emoji] of [
      [bo, "👍"],
      [ana, "👍"],
      [cy, "🎉"],
    ] as const)
      await by.must(200, "PUT", `/v1/conversations/${harbour}/messages/${last.seq}/reactions/${emoji}`);
    await bo.must(200, "PUT", `/v1/conversations/${harbour}/members/${cy.id}`, { role: "admin" });
    await send(bo, `the newest, @${ana.handle}`, { mentions: [ana.id] });
    await bo.must(204, "POST", `/v1/conversations/${harbour}/receipts`, { read: last.seq });
    return { bo, ana, harbour };
  }

  test("[W26] the entrance, the lists, a conversation, and all that opens over them", async () => {
    const person = await rig.person("Ana");
    const { page } = person;
    const { faults, see } = auditOf(page);
    const open = async (name: string | RegExp, item: string) => {
      await page.getByRole("button", { name }).click();
      await page.getByRole("menuitem", { name: item, exact: true }).click();
    };
    // The colour of an avatar comes from an id, so all of them are looked at once.
    await page.locator("main").evaluate((main) => {
      for (let hue = 0; hue < 12; hue++) {
        const avatar = document.createElement("span");
        avatar.className = `avatar avatar-medium hue-${hue}`;
        avatar.textContent = "AB";
        main.append(avatar);
      }
    });
    await see("empty list, and all avatars");
    const { bo, harbour } = await fillInbox(person);
    await person.row("Harbour").getByLabel("You are mentioned").waitFor();
    await see("list");
    await person
      .row("Harbour")
      .getByRole("button", { name: /^Actions/ })
      .click();
    await see("menu of a row", menu);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Archived/ }).click();
    await see("archived", "nav.sidebar");
    await page.getByRole("button", { name: "All chats" }).click();
    await page.getByRole("searchbox").click();
    await see("contacts", "nav.sidebar");
    await page.getByRole("searchbox").fill(bo.handle.slice(0, 5));
    await page.getByRole("list", { name: "People found" }).getByRole("button").first().waitFor();
    await see("search", "nav.sidebar");
    await page.getByRole("searchbox").fill("nobody at all");
    await page.getByText("Nobody found.").waitFor();
    await see("search without results", "nav.sidebar");
    await page.getByRole("button", { name: "End the search" }).click();
    await page.getByRole("button", { name: "New conversation" }).click();
    await see("menu of the list", menu);
    await page.keyboard.press("Escape");

    await person.open("Harbour");
    await person.message("the newest").waitFor();
    // The conversation may not be live yet.
    await expect
      .poll(async () => {
        await bo.must(204, "POST", `/v1/conversations/${harbour}/typing`);
        return await page.getByText("is typing").count();
      })
      .toBe(1);
    await see("conversation");
    await page.getByRole("log").evaluate((log) => log.scrollTo(0, 0));
    await person.message("first words").waitFor();
    await see("older messages", "main.pane");
    await person.message("the newest").hover();
    await person.message("the newest").getByRole("button", { name: "React" }).click();
    await see("reactions", ".picker-place");
    await page.getByRole("button", { name: "More reactions" }).click();
    await page.getByRole("gridcell").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await see("all emoji", ".picker-place");
    await page.keyboard.press("Escape");
    await person.message("edited words").getByRole("button", { name: /^👍/ }).click();
    await see("who reacted", ".picker-place");
    await page.keyboard.press("Escape");
    await person.message("the newest").getByRole("button", { name: "Message actions" }).click();
    await see("menu of a message", menu);
    await page.getByRole("menuitem", { name: "Message details" }).click();
    await page.getByText("verified", { exact: false }).waitFor();
    await see("details of a message", "dialog");
    await page.keyboard.press("Escape");
    await person.choose("the newest", "Select");
    await see("selection", "main.pane");
    await page.keyboard.press("Escape");
    await person.choose("the newest", "Reply");
    await see("reply", "form.composer");
    await person.composer.fill("@");
    await page.getByRole("listbox").waitFor();
    await see("mention", "form.composer");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await person.composer.fill("");
    await person.choose("an answer", "Edit");
    await see("edit", "form.composer");
    await page.keyboard.press("Escape");
    await person.choose("an answer", "Unsend");
    await see("confirmation", dialog);
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Details" }).click();
    await page.getByRole("button", { name: "Make an invite link" }).click();
    await page.getByRole("list", { name: "Open invites" }).waitFor();
    await see("panel of a group", "aside.panel");
    await page
      .getByRole("list", { name: "Members" })
      .getByRole("button", { name: /^Actions for/ })
      .first()
      .click();
    await see("menu of a member", menu);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Change the title" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill(" ");
    await page.getByRole("button", { name: "Save" }).click();
    await see("title", dialog);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add people" }).click();
    await see("add people", dialog);
    await page.keyboard.press("Escape");
    await page
      .getByRole("list", { name: "Members" })
      .getByRole("button", { name: `@${bo.handle}` })
      .click();
    await see("profile", dialog);
    await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await see("confirmation over a profile", dialog);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Close the details" }).click();

    await open("New conversation", "New group");
    await page.getByLabel("People", { exact: true }).fill(bo.handle);
    await page
      .getByRole("dialog")
      .getByRole("button", { name: `@${bo.handle}` })
      .click();
    await page.getByRole("button", { name: "Create" }).click();
    await see("new group", dialog);
    await page.keyboard.press("Escape");
    await open("New conversation", "Join with a link or code");
    await page.getByLabel("Invite link or code").fill("nonsense");
    await page.getByText("This invite has expired").waitFor();
    await see("join", dialog);
    await page.keyboard.press("Escape");

    await open(/^Account:/, "Settings");
    for (const tab of ["Profile", "Privacy", "Devices", "Password", "Data", "Blocked"]) {
      await page.getByRole("tab", { name: tab }).click();
      if (tab === "Devices") await page.getByText("This device").waitFor();
      if (tab === "Profile") {
        await page.getByLabel("Handle").fill("no");
        await page.getByRole("button", { name: "Save" }).click();
      }
      await see(`settings: ${tab}`, dialog);
    }
    await page.keyboard.press("Escape");
    expect(faults).toEqual([]);
  });

  test("[W26] what goes wrong: blocks, no network, missing history, unknown addresses, a crash", async () => {
    const person = await rig.person("Ana");
    const { page } = person;
    const { faults, see } = auditOf(page);
    const [ana, bo] = await Promise.all([programOf(rig.url, person), signUp(rig.url, "bo")]);
    const id = await bo.dm(ana);
    // A socket that opens just now would stay, although there is no network.
    await page.getByTestId("conversation-row").waitFor();
    // What comes while the page is not linked has to be fetched.
    await person.context.setOffline(true);
    await person.banner.waitFor();
    await page.route("**/messages?**", (route) => route.abort());
    await sendMany(bo, id, 60);
    await person.context.setOffline(false);
    await person.banner.waitFor({ state: "hidden" });
    // These come by the socket, and those before them are missing.
    for (const text of ["after the gap", "and after that"]) await bo.send(id, text);
    await person.row("and after that").waitFor();
    await person.open("bo");
    await page
      .getByText("Messages are missing here. Try again")
      .or(page.getByText(/could not be loaded/))
      .waitFor();
    // The button to the newest message lies over the last bubble here.
    await see("missing messages", ".hole, .timeline-older");
    await page.unroute("**/messages?**");
    await page.reload();
    await page.getByTestId("unread-border").waitFor();
    await see("the border of the unread", "main.pane");
    await person.send("mine");
    await page.getByRole("button", { name: "Details" }).click();
    await see("direct chat with its panel");
    await bo.must(200, "PUT", `/v1/blocks/${ana.id}`);
    await person.send("refused");
    await page.getByRole("button", { name: "Send again" }).waitFor();
    await see("failed message", "main.pane");
    await page.getByRole("button", { name: "Add to contacts" }).click();
    await page.getByText("In your contacts.").waitFor();
    await page.context().setOffline(true);
    await person.banner.waitFor();
    await person.send("waits");
    await page.getByRole("button", { name: "Remove from contacts" }).click();
    await page.locator(".toast").waitFor();
    await see("offline, with a waiting message and a toast");
    await page.context().setOffline(false);
    await person.banner.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Block" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await page.getByText(/^You have blocked/).waitFor();
    await see("blocked", "main.pane");
    await page.evaluate(() => {
      location.hash = "#/c/0000000000000000000000";
    });
    await page.getByText("There is no such conversation here.").waitFor();
    await see("unknown address");

    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Add an account" }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    await person.page.getByLabel("Handle").fill("nobody.at.all");
    await person.page.getByLabel("Password", { exact: true }).fill("not the right one");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Unknown handle or wrong password.").waitFor();
    await see("signing in");
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("Handle").fill("no");
    await page.getByRole("button", { name: "Create account" }).click();
    await see("signing up");
    await page.getByRole("button", { name: "I have an account" }).click();
    await person.signUp(`${person.handle}2`, "Second");
    await see("two accounts");
    await page.getByRole("button", { name: /^Account:/ }).click();
    await see("menu of accounts", menu);
    await page.keyboard.press("Escape");

    // Requests of strangers, and a device that was signed out elsewhere.
    const second = await programOf(rig.url, { handle: `${person.handle}2` });
    await second.must(200, "PATCH", "/v1/me", { settings: { reach: "requests" } });
    await bo.send(await bo.dm(second), "you do not know me");
    await page.getByRole("button", { name: "Requests (1)" }).click();
    await person.open("bo");
    await see("a request");
    await page.getByRole("region", { name: "Request" }).getByRole("button", { name: "Block" }).click();
    await see("blocking who asks", dialog);
    await page.keyboard.press("Escape");
    const { devices } = await second.must<{ devices: Device[] }>(200, "GET", "/v1/devices");
    const here = devices.find(({ current }) => !current);
    await second.must(204, "DELETE", `/v1/devices/${here?.id}`);
    await page.getByText("This device was signed out.").waitFor();
    await see("signed out elsewhere");

    const restore = await page.evaluateHandle(() => {
      const kept = Object.getOwnPropertyDescriptor(Date.prototype, "toISOString") ?? {};
      Date.prototype.toISOString = () => {
        throw new Error("a fault of a component");
      };
      location.hash = "#/";
      return () => Object.defineProperty(Date.prototype, "toISOString", kept);
    });
    await page.getByRole("heading", { name: "Something broke" }).waitFor();
    await restore.evaluate((mend) => void mend());
    await see("crash");
    await page.goto(`${rig.url}/v2/me`);
    await see("no such page");
    await page.goto(`${rig.url}/docs`);
    await see("the page of the API");
    expect(faults).toEqual([]);
  });

  test("[W26] a phone", async () => {
    const person = await rig.person("Ana", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const { page } = person;
    const { faults, see } = auditOf(page);
    await see("empty list");
    const { bo } = await fillInbox(person);
    await person.row("Harbour").waitFor();
    await see("list");
    await person.open("Harbour");
    await person.message("the newest").waitFor();
    await see("conversation");
    await page.getByRole("button", { name: "Details" }).click();
    await page.getByRole("list", { name: "Members" }).waitFor();
    await see("panel");
    await page
      .getByRole("list", { name: "Members" })
      .getByRole("button", { name: `@${bo.handle}` })
      .click();
    await see("profile", dialog);
    for (const left of [page.getByRole("dialog"), page.getByRole("list", { name: "Members" }), person.composer]) {
      await page.goBack();
      await left.waitFor({ state: "hidden" });
    }
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.getByRole("tab", { name: "Privacy" }).click();
    await see("settings", dialog);
    expect(faults).toEqual([]);
  });
});
