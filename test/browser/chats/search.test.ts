import { describe, expect, test } from "vitest";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";
import { programOf, sendMany } from "../../rig/browser/many-messages.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

const count = 300;
const scripts = ["the harbour at night", "東京の港", "مرحبا بكم في الميناء", "порт ночью", "שלום לכולם", "a café 👍🏽"];
/** Of every message, by its seq: another script in turn, and in each fifth one "lantern". */
const textOf = (n: number) => `${n} ${scripts[n % scripts.length]}${n % 5 === 0 ? " lantern" : ""}`;

describe.skipIf(lacksChromium())("search and mentions", () => {
  const rig = browsing();

  /** Bo's page, beside a chat of many messages with Ana, who has no page. */
  async function beside(options: Parameters<typeof rig.person>[1] = {}) {
    const [ana, bo] = await Promise.all([signUp(rig.url, "ana"), rig.person("Bo", options)]);
    const program = await programOf(rig.url, bo);
    const id = await ana.dm(program);
    await sendMany(ana, id, count, textOf);
    await program.must(204, "POST", `/v1/conversations/${id}/receipts`, { read: count });
    await bo.row(ana.session.user.name).waitFor();
    return { ana, bo, program, id };
  }

  const searchbox = ({ page }: WebPerson) => page.getByRole("searchbox", { name: "Search people and messages" });
  const hits = ({ page }: WebPerson) => page.getByRole("list", { name: "Messages found" }).getByTestId("hit");
  const focusedHit = ({ page }: WebPerson) => page.evaluate(() => document.activeElement?.getAttribute("data-hit"));
  const isInView = ({ page }: WebPerson, seq: number) =>
    page
      .locator(`[data-testid=message][data-seq="${seq}"]`)
      .evaluateAll((found) => found.some((each) => Math.abs(each.getBoundingClientRect().top - 390) < 350));

  test("[W35] the messages of all chats are found in every script, and a hit opens the chat at its message", async () => {
    const { ana, bo, id } = await beside();
    const { page } = bo;
    const { faults, see } = auditOf(page);
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === "/v1/search") asked.push(searchParams.get("q") ?? "");
    });
    await searchbox(bo).pressSequentially("lantern", { delay: 10 });
    await expect.poll(() => hits(bo).count()).toBeGreaterThanOrEqual(20);
    // Not at each key. A busy machine may pause between two of them, and show what it has found for the first of them.
    await expect.poll(() => asked.at(-1)).toBe("lantern");
    expect(asked.length).toBeLessThan("lantern".length);
    await expect.poll(() => hits(bo).first().locator("mark").allTextContents()).toEqual(["lantern"]);
    expect(await hits(bo).first().getAttribute("data-hit")).toBe(`${id}/300`);
    await page
      .getByTestId("spoken-count")
      .getByText(/messages found/)
      .waitFor({ state: "attached" });
    await see("hits", "nav.sidebar");
    // The rest comes as the list is scrolled.
    const scroller = page.locator(".search-results");
    await expect
      .poll(async () => {
        await scroller.evaluate((element) => (element.scrollTop = element.scrollHeight));
        return await hits(bo).count();
      })
      .toBe(60);

    // By keys: down from the field, Enter opens, Escape leads back, up to the field, and out.
    await searchbox(bo).press("ArrowDown");
    await page.keyboard.press("End");
    await expect.poll(() => focusedHit(bo)).toBe(`${id}/5`);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await expect.poll(() => isInView(bo, 10)).toBe(true);
    await page.locator('[data-message][data-seq="10"]:focus').waitFor();
    await expect.poll(() => page.locator('.timeline [data-seq="10"] mark').allTextContents()).toEqual(["lantern"]);
    await page.keyboard.press("Escape");
    await expect.poll(() => focusedHit(bo)).toBe(`${id}/10`);
    expect(await searchbox(bo).inputValue()).toBe("lantern");
    await page.keyboard.press("Escape");
    await expect.poll(() => searchbox(bo).evaluate((field) => field === document.activeElement)).toBe(true);

    for (const [query, marked] of [
      ["京の", "京の"],
      ["مرحبا", "مرحبا"],
      ["ПОРТ", "порт"],
      ["cafe", "café"],
      ["“at night” 294", "at night"],
    ] as const) {
      await searchbox(bo).fill(query);
      await page.locator(".hit mark").getByText(marked, { exact: true }).first().waitFor();
    }
    // Far behind what lists carry of a long message.
    await ana.send(id, `${"long ".repeat(2_500)}lighthouse`);
    await searchbox(bo).fill("lighthouse");
    await page.locator(".hit mark").getByText("lighthouse").waitFor();
    await searchbox(bo).fill("nowhere at all");
    await page.getByText("No messages found.").waitFor();
    await see("no hits", "nav.sidebar");
    await searchbox(bo).fill("!?");
    await page.getByText("Type a word to find messages.").waitFor();
    await page.keyboard.press("Escape");
    await bo.row("ana").waitFor();
    expect(faults).toEqual([]);
  });

  test("[W35] a search that is far back shows it and can be stopped, another query ends it, and without network it waits", async () => {
    const { bo } = await beside();
    const { page } = bo;
    let pages = 0;
    const aborted: string[] = [];
    page.on("requestfailed", (request) => aborted.push(new URL(request.url()).searchParams.get("q") ?? ""));
    await page.route(/\/v1\/search\?.*q=far/, async (route) => {
      pages++;
      // The first pages are empty, and the next one does not come.
      if (pages <= 2) await route.fulfill({ json: { hits: [], cursor: `${pages}` } });
    });
    await searchbox(bo).fill("far");
    await page.getByText("Searching further back…").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText("Nothing found so far.").waitFor();
    await expect.poll(() => aborted).toEqual(["far"]);
    await page.getByRole("button", { name: "Search on" }).click();
    await expect.poll(() => pages).toBe(4);
    await searchbox(bo).fill("lantern");
    await expect.poll(() => aborted).toEqual(["far", "far"]);
    await hits(bo).first().waitFor();

    await page.context().setOffline(true);
    await searchbox(bo).fill("harbour");
    await page.getByText(/^The search (?:goes on|begins) when there is a connection\.$/).waitFor();
    await page.context().setOffline(false);
    await hits(bo).first().waitFor();
    await page.route("**/v1/search?**", (route) =>
      route.fulfill({ status: 500, json: { code: "internal", detail: "", retry: "later", retryAfterMs: null } }),
    );
    await searchbox(bo).fill("night");
    await page.getByText("Something failed on the server. Try again.").waitFor();
    await page.unroute("**/v1/search?**");
    await page.getByRole("button", { name: "Try again" }).click();
    await hits(bo).first().waitFor();
  });

  test("[W36] in a chat, Ctrl and F search it, by sender and by days, and Enter goes from hit to hit", async () => {
    const { bo, program, id } = await beside();
    const { page } = bo;
    const { faults, see } = auditOf(page);
    await program.send(id, "my own lantern");
    await bo.open("ana");
    await bo.message("my own lantern").waitFor();
    await bo.composer.press("Control+f");
    const field = page.getByRole("searchbox", { name: "Search in this chat" });
    const place = page.getByTestId("chat-search-count");
    await field.fill("lantern");
    await place.getByText("20+ hits").waitFor();
    // The words are marked in the message that is shown, and in no other.
    await field.press("Enter");
    await place.getByText("1 of 20+").waitFor();
    await expect.poll(() => page.locator(".timeline mark").allTextContents()).toEqual(["lantern"]);
    expect(await bo.message("my own lantern").locator("mark").count()).toBe(1);
    // A step is a hit, further ones are fetched as they are reached, and the focus stays in the field.
    for (let step = 1; step < 20; step++) await field.press("Enter");
    await place.getByText("20 of 20+").waitFor();
    await field.press("Enter");
    await place.getByText("21 of 40+").waitFor();
    await field.press("Enter");
    await place.getByText("22 of 40+").waitFor();
    await expect.poll(() => isInView(bo, 200)).toBe(true);
    await field.press("Shift+Enter");
    await place.getByText("21 of 40+").waitFor();
    await page.getByRole("button", { name: "Older hit" }).click();
    await page
      .getByTestId("spoken")
      .getByText("22. ana: 200 مرحبا بكم في الميناء lantern")
      .waitFor({ state: "attached" });
    await see("search in a chat", ".pane");

    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByLabel("From").selectOption({ label: "You" });
    await place.getByText("1 hit").waitFor();
    await field.press("Enter");
    await place.getByText("1 of 1").waitFor();
    await expect.poll(() => isInView(bo, 301)).toBe(true);
    await see("filters", ".pane");
    const tomorrow = new Date(Date.now() + 86_400_000).toLocaleDateString("sv");
    await page.getByLabel("Since").fill(tomorrow);
    await place.getByText("Nothing found").waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await place.getByText("20+ hits").waitFor();
    // The keys again, in the field, are the browser's.
    const isLeft = await field.evaluate((element) => {
      const event = new KeyboardEvent("keydown", { key: "f", ctrlKey: true, bubbles: true, cancelable: true });
      return element.dispatchEvent(event);
    });
    expect(isLeft).toBe(true);
    await field.press("Escape");
    await field.waitFor({ state: "detached" });
    await expect.poll(() => page.locator(".timeline mark").count()).toBe(0);
    await expect.poll(() => bo.composer.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(faults).toEqual([]);
  });

  test("[W36] of a group whose members are not all listed, the messages of one are found by the member's name", async () => {
    const { ana, bo, program } = await beside();
    const { page } = bo;
    const group = await ana.group([program], { title: "Keepers" });
    await ana.send(group, "a lantern of mine");
    await program.send(group, "a lantern of Bo");
    await page.route(`**/v1/conversations/${group}`, async (route) => {
      const answer = await route.fetch();
      const details = (await answer.json()) as { members?: { user: { id: string } }[] };
      const members = details.members?.filter(({ user }) => user.id === program.id);
      await route.fulfill({ response: answer, json: { ...details, members } });
    });
    await bo.open("Keepers");
    await bo.message("a lantern of Bo").waitFor();
    await bo.composer.press("Control+f");
    await page.getByRole("searchbox", { name: "Search in this chat" }).fill("lantern");
    const place = page.getByTestId("chat-search-count");
    await place.getByText("2 hits").waitFor();
    await page.getByRole("button", { name: "Filters" }).click();
    const senders = () => page.getByLabel("From").getByRole("option").allTextContents();
    // Who wrote what is loaded can be chosen at once, also after they have left.
    await expect.poll(senders).toContain("ana");
    await page.getByRole("searchbox", { name: "Find a member" }).fill("nobody of this name");
    await expect.poll(senders).not.toContain("ana");
    await page.getByRole("searchbox", { name: "Find a member" }).fill("ana");
    await expect.poll(senders).toContain("ana");
    await page.getByLabel("From").selectOption({ label: "ana" });
    await place.getByText("1 hit").waitFor();
    // The chosen one stays to be seen.
    await page.getByRole("searchbox", { name: "Find a member" }).fill("");
    await expect
      .poll(() => page.getByLabel("From").evaluate((select: HTMLSelectElement) => select.selectedOptions[0]?.text))
      .toBe("ana");
    await page.getByRole("searchbox", { name: "Find a member" }).fill("ana");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await place.getByText("2 hits").waitFor();
    expect(await page.getByLabel("From").inputValue()).toBe("");
    expect(await page.getByRole("searchbox", { name: "Find a member" }).inputValue()).toBe("");
  });

  test("[P10] [W37] mentions are listed, say which are unread, and lead to their messages", async () => {
    const { ana, bo, program, id } = await beside();
    const { page } = bo;
    const { faults, see } = auditOf(page);
    const group = await ana.group([program], { title: "Harbour" });
    const mention = { mentions: [program.id] };
    const first = await ana.send(id, `one for @${bo.handle}`, mention);
    await program.must(204, "POST", `/v1/conversations/${id}/receipts`, { read: first.seq });
    await ana.send(group, `two for @${bo.handle}`, mention);
    await page.getByRole("button", { name: "Mentions, 1 unread" }).click();
    const list = page.getByRole("list", { name: "Mentions" });
    const texts = () => list.getByTestId("hit").locator("mark").allTextContents();
    await expect.poll(texts).toEqual([`@${bo.handle}`, `@${bo.handle}`]);
    expect(await list.getByLabel("Unread").count()).toBe(1);
    await see("mentions", "nav.sidebar");
    // One that comes while they are shown.
    const third = await ana.send(group, `three for @${bo.handle}`, mention);
    await expect.poll(async () => (await texts()).length).toBe(3);
    await list.getByTestId("hit").first().click();
    await bo.message("three for").waitFor();
    await expect.poll(() => list.getByLabel("Unread").count()).toBe(0);
    // A list of hits does not keep what was unsent.
    await ana.must(200, "DELETE", `/v1/conversations/${group}/messages/${third.seq}`);
    await list.getByText("Message unsent").waitFor();
    expect(await list.getByText("three for").count()).toBe(0);
    await list.getByText("one for").click();
    await expect.poll(() => isInView(bo, first.seq)).toBe(true);
    await page.getByRole("button", { name: "All chats" }).click();
    await bo.row("Harbour").waitFor();
    expect(faults).toEqual([]);
  });

  test("[W35] [W37] on a phone the way back leads to the hits, and to the mentions, as they were", async () => {
    const { ana, bo, program, id } = await beside({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const { page } = bo;
    const { faults, see } = auditOf(page);
    await searchbox(bo).click();
    await searchbox(bo).fill("lantern");
    await expect.poll(() => hits(bo).count()).toBeGreaterThanOrEqual(20);
    await see("hits");
    await hits(bo).nth(15).scrollIntoViewIfNeeded();
    await hits(bo).nth(15).click();
    await expect.poll(() => isInView(bo, 225)).toBe(true);
    await page.goBack();
    await expect.poll(() => focusedHit(bo)).toBe(`${id}/225`);
    expect(await searchbox(bo).inputValue()).toBe("lantern");
    await expect.poll(() => hits(bo).nth(15).isVisible()).toBe(true);
    await page.getByText("Nobody found.").waitFor();
    await hits(bo).nth(14).click();
    await expect.poll(() => isInView(bo, 230)).toBe(true);
    await page.getByRole("button", { name: "Chat actions" }).click();
    await page.getByRole("menuitem", { name: "Search in this chat" }).click();
    await page.getByRole("searchbox", { name: "Search in this chat" }).fill("東京");
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByTestId("chat-search-count").getByText("20+ hits").waitFor();
    await see("search in a chat");
    await page.goBack();
    await page.getByTestId("chat-search").waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Back to the chats" }).click();
    await page.getByRole("button", { name: "End the search" }).click();
    await ana.send(id, `for @${bo.handle}`, { mentions: [program.id] });
    await page.getByRole("button", { name: "Mentions, 1 unread" }).click();
    await page.getByRole("list", { name: "Mentions" }).getByTestId("hit").click();
    await bo.message("for @").waitFor();
    await page.goBack();
    await page.getByRole("list", { name: "Mentions" }).waitFor();
    expect(faults).toEqual([]);
  });
});
