/** Large groups in the app: the list of members, whom one can mention, growth while somebody looks, announcements. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Locator } from "playwright-core";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import type { Server } from "../../../scripts/server/server.ts";
import { spawnTestServer } from "../../rig/server/test-server.ts";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { programOf } from "../../rig/browser/many-messages.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";
import { type ImportedPerson, importPeople, operatorSecret } from "../../rig/server/imported-people.ts";

describe.skipIf(lacksChromium())("a large group", () => {
  let server: Server;
  let people: ImportedPerson[];
  beforeAll(async () => {
    server = await spawnTestServer({ env: { OPERATOR_SECRET: operatorSecret, PARLEY_RATE_LIMITS: "off" } });
    people = await importPeople(server.url, "crowd", 260);
  }, 120_000);
  const rig = browsing(() => server.url);
  afterAll(() => server?.stop());

  const idsOf = (from: number, to: number): string[] => people.slice(from, to).map(({ userId }) => userId);

  async function found(
    by: WebPerson,
    draft: object,
  ): Promise<{ id: string; add: (userId: string) => Promise<unknown> }> {
    const program = await programOf(server.url, by);
    const { id } = await program.must<Conversation>(201, "POST", "/v1/conversations", draft);
    return { id, add: (userId) => program.must(200, "PUT", `/v1/conversations/${id}/members/${userId}`, {}) };
  }
  const idOf = async (person: WebPerson): Promise<string> => (await programOf(server.url, person)).id;

  async function panelOf(person: WebPerson): Promise<{ panel: Locator; rows: Locator }> {
    await person.page.getByRole("button", { name: "Details", exact: true }).click();
    const panel = person.page.getByRole("complementary", { name: "Details" });
    return { panel, rows: panel.getByRole("list", { name: "Members" }).getByRole("listitem") };
  }

  test("[W46] lists its members page by page with few of them in the page, and finds one by name", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await found(ana, { title: "Harbour", memberIds: [...idsOf(0, 250), await idOf(bo)] });
    await ana.open("Harbour");
    const { panel, rows } = await panelOf(ana);
    await panel.getByRole("heading", { name: "252 members" }).waitFor();
    await rows
      .filter({ hasText: `@${ana.handle}` })
      .getByText("owner")
      .waitFor();
    await rows.filter({ hasText: "@crowd.3x" }).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    expect(await rows.first().getAttribute("aria-setsize")).toBe("252");
    const scroller = panel.locator(".members-scroller");
    const isAtEnd = async (): Promise<number> => {
      await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return await rows.filter({ hasText: `@${bo.handle}` }).count();
    };
    await expect.poll(isAtEnd).toBe(1);
    expect(await rows.last().getAttribute("aria-posinset")).toBe("252");
    expect(await rows.count()).toBeLessThan(60);
    const audit = auditOf(ana.page);
    await audit.see("a long list of members", ".panel");
    expect(audit.faults).toEqual([]);
    await panel.getByLabel("Find members").fill("p 177");
    await expect.poll(() => rows.allTextContents()).toHaveLength(1);
    await rows.filter({ hasText: "@crowd.177x" }).waitFor();
    await panel.getByLabel("Find members").fill("nobody of that name");
    await panel.getByText("Nobody found.").waitFor();
    await panel.getByLabel("Find members").fill(bo.handle);
    await rows.filter({ hasText: `@${bo.handle}` }).waitFor();
    await rows.getByRole("button", { name: "Actions for Bo" }).click();
    await ana.page.getByRole("menuitem", { name: "Make admin" }).click();
    await rows.getByText("admin", { exact: true }).waitFor();
    await rows.getByRole("button", { name: "Actions for Bo" }).click();
    await ana.page.getByRole("menuitem", { name: "Remove from the group" }).click();
    await panel.getByText("Nobody found.").waitFor();
    await panel.getByLabel("Find members").fill("");
    await panel.getByRole("heading", { name: "251 members" }).waitFor();
  });

  test("[W47] somebody who is not on the screen can be mentioned: offered while their name is typed, or by the whole handle", async () => {
    const [ana, bo, chloe] = await Promise.all([rig.person("Ana"), rig.person("Bo"), rig.person("Chloé")]);
    await found(ana, { title: "Quay", memberIds: [...idsOf(0, 120), await idOf(bo), await idOf(chloe)] });
    await ana.open("Quay");
    await ana.composer.pressSequentially(`Who is in, @${bo.handle.slice(0, -2)}`);
    await ana.page.getByRole("option", { name: bo.handle }).click();
    await ana.page.getByRole("button", { name: "Send", exact: true }).click();
    await bo.row("Quay").getByLabel("You are mentioned").waitFor();
    await ana.send(`and @${chloe.handle}, at once`);
    await ana
      .message("at once")
      .getByRole("button", { name: `@${chloe.handle}` })
      .waitFor();
    await chloe.row("Quay").getByLabel("You are mentioned").waitFor();
    await bo.open("Quay");
    const texts = async () => (await bo.texts()).map((text) => text.trim());
    await expect.poll(texts).toEqual([`Who is in, @${bo.handle}`, `and @${chloe.handle}, at once`]);
  });

  test("[W48] grows while two look at it: the notice comes, what they write arrives, and receipts end", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const { add } = await found(ana, { title: "Pier", memberIds: [await idOf(bo), ...idsOf(0, 98)] });
    await Promise.all([ana.open("Pier"), bo.open("Pier")]);
    await ana.send("while it is small");
    await expect.poll(() => ana.message("while it is small").getByTestId("readers").count()).toBe(1);
    const { panel, rows } = await panelOf(ana);
    await panel.getByRole("heading", { name: "100 members" }).waitFor();
    await bo.composer.fill("written before it grew");
    await add(people[98]?.userId ?? "");
    const notice = { hasText: "The group has more than 100 members now" };
    for (const person of [ana, bo]) await person.page.getByTestId("notice").filter(notice).waitFor();
    await panel.getByRole("heading", { name: "101 members" }).waitFor();
    await rows.first().waitFor();
    expect(await bo.composer.inputValue()).toBe("written before it grew");
    await bo.page.getByRole("button", { name: "Send", exact: true }).click();
    await ana.message("written before it grew").waitFor();
    await ana.send("and after");
    await bo.message("and after").waitFor();
    await expect.poll(() => ana.page.getByTestId("readers").count()).toBe(0);
    // Who joins from now on makes no line in the history.
    await add(people[99]?.userId ?? "");
    await ana.page.reload();
    await ana.message("and after").waitFor();
    const all = ["while it is small", "written before it grew", "and after"];
    for (const person of [ana, bo]) await expect.poll(() => person.texts()).toEqual(all);
  });

  test("[W48] where only admins write, the others have a line in place of the text field, and may react", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await found(ana, { title: "News", mode: "large", memberIds: [await idOf(bo)], policy: { write: "admin" } });
    await ana.open("News");
    await ana.send("the first of the news");
    await bo.row("News").getByText("the first of the news").waitFor();
    await bo.row("News").getByRole("link").click();
    await bo.page.getByText("Only admins write in this group.").waitFor();
    expect(await bo.composer.count()).toBe(0);
    await bo.message("the first of the news").hover();
    await bo.message("the first of the news").getByRole("button", { name: "React" }).click();
    await bo.page.getByRole("button", { name: "🎉" }).click();
    await ana.message("the first of the news").getByRole("button", { name: /^🎉/ }).waitFor();
    await bo.page.getByRole("button", { name: "Notifications of this chat" }).click();
    const choice = bo.page.getByRole("menuitemradio", { name: "Mentions of you and answers to you" });
    expect(await choice.getAttribute("aria-checked")).toBe("true");
  });
});
