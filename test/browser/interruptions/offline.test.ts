import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { hasShell, hasStored } from "../../rig/browser/kept.ts";
import { withWorker } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("reloads and no network", () => {
  const rig = browsing();

  test("[W2] a draft survives a reload, belongs to its conversation, and reaches the other device", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.program("bo")]);
    await ana.startChat(bo.handle);
    await ana.send("hello");
    await ana.composer.fill("half a thought");
    // At once: nothing had time to sync.
    await ana.page.reload();
    await ana.composer.waitFor();
    expect(await ana.composer.inputValue()).toBe("half a thought");

    await ana.foundGroup("Elsewhere", [bo.handle]);
    expect(await ana.composer.inputValue()).toBe("");
    // A reply without a text is shown again, too.
    await ana.send("something to answer");
    await ana.choose("something to answer", "Reply");
    await ana.row("Bo").getByRole("link").click();
    await expect.poll(() => ana.composer.inputValue()).toBe("half a thought");
    expect(await ana.page.getByText("Reply to yourself").count()).toBe(0);
    await ana.row("Elsewhere").getByRole("link").click();
    await ana.page.getByText("Reply to yourself").waitFor();
    expect(await ana.composer.inputValue()).toBe("");
    await ana.row("Bo").getByText("Draft:").waitFor();

    const other = await ana.context.browser()?.newContext();
    const page = await other?.newPage();
    if (page === undefined) throw new Error("There is no second browser");
    await page.goto(rig.url);
    await page.getByLabel("Handle").fill(ana.handle);
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByTestId("conversation-row").filter({ hasText: "half a thought" }).getByRole("link").click();
    const field = page.getByRole("textbox", { name: "Message", exact: true });
    await expect.poll(() => field.inputValue()).toBe("half a thought");
    await field.press("Enter");
    await expect.poll(() => ana.row("Bo").getByText("Draft:").count()).toBe(0);
    await other?.close();
  });

  test("[W3] without network: a reload shows the conversation, what is written is kept over another, and arrives once", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("before the tunnel");
    await bo.open("Ana");
    await bo.send("see you after");
    await ana.message("see you after").waitFor();
    await expect.poll(() => hasStored(ana, "see you after")).toBe(true);
    await hasShell(ana);

    await ana.context.setOffline(true);
    await ana.page.reload();
    await ana.message("before the tunnel").waitFor();
    await ana.message("see you after").waitFor();
    await expect.poll(() => ana.banner.getAttribute("data-status")).toBe("offline");
    await ana.send("written in the dark");
    await expect.poll(() => ana.markOf("written in the dark")).toBe("sending");
    await ana.composer.fill("and a draft");
    await ana.page.reload();
    await expect.poll(() => ana.markOf("written in the dark")).toBe("sending");
    expect(await ana.composer.inputValue()).toBe("and a draft");
    expect(await bo.message("written in the dark").count()).toBe(0);

    await ana.context.setOffline(false);
    await bo.message("written in the dark").waitFor();
    await ana.banner.waitFor({ state: "hidden" });
    await expect.poll(() => ana.markOf("written in the dark")).toBe("read");
    expect(await ana.composer.inputValue()).toBe("and a draft");
    await ana.page.reload();
    await bo.page.reload();
    for (const person of [ana, bo]) {
      await person.message("written in the dark").waitFor();
      expect(await person.message("written in the dark").count()).toBe(1);
    }
  });

  test("[W127] [W128] without network: a reaction, a vote, a star, an unsend, a message and a chat deleted for oneself stay over a reload, and reach all", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo")]);
    const { page } = ana;
    await ana.foundGroup("Attic", [bo.handle]);
    await ana.send("dust");
    await ana.foundGroup("Harbour", [bo.handle]);
    const id = ana.page.url().split("/").at(-1) ?? "";
    await ana.send("typo");
    await bo.open("Harbour");
    await bo.message("typo").waitFor();
    await bo.send("warm");
    await bo.send("cold");
    await ana.message("cold").waitFor();
    await bo.program.must(201, "POST", `/v1/conversations/${id}/messages`, {
      clientId: "poll",
      poll: { question: "Where?", options: ["Garden", "Quay"] },
    });
    const pollOf = (of: typeof ana) => of.page.getByRole("group", { name: "Poll: Where?" });
    await pollOf(ana).waitFor();
    await expect.poll(() => hasStored(ana, "Garden")).toBe(true);
    await hasShell(ana);

    await ana.context.setOffline(true);
    await expect.poll(() => ana.banner.getAttribute("data-status")).toBe("offline");
    await ana.message("warm").hover();
    await ana.message("warm").getByRole("button", { name: "React", exact: true }).click();
    await page.getByRole("dialog", { name: "Reactions" }).getByRole("button", { name: "React 👍" }).click();
    await pollOf(ana).getByRole("button", { name: "Garden, 0 votes" }).click();
    await ana.choose("warm", "Star");
    await ana.choose("cold", "Delete for me");
    await ana.choose("typo", "Unsend");
    await page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await page.getByText("It reaches the others as soon as there is a connection.").waitFor();
    await ana.row("Attic").hover();
    await ana.row("Attic").getByRole("button", { name: "Actions for Attic" }).click();
    await page.getByRole("menuitem", { name: "Delete chat" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete chat" }).click();
    const isShown = async () => {
      await ana.message("warm").getByRole("button", { name: /^👍 1/ }).waitFor();
      await ana.message("warm").getByText("Starred").waitFor({ state: "attached" });
      await pollOf(ana).getByRole("button", { name: "Garden, 1 vote", pressed: true }).waitFor();
      await expect.poll(() => ana.texts()).toEqual([expect.stringContaining("unsent"), "warm"]);
      await expect.poll(() => ana.row("Attic").count()).toBe(0);
      await ana.row("Harbour").waitFor();
    };
    await isShown();
    await page.reload();
    await isShown();
    expect(await bo.message("typo").count()).toBe(1);
    // Whoever signs out now is told of what would be lost.
    await page.getByRole("button", { name: "Account: Ana" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    const asked = page.getByRole("dialog", { name: "Sign out?" });
    await asked.getByText("6 changes have not reached the server yet").waitFor();
    expect(await asked.textContent()).not.toContain("messages");
    await asked.getByRole("button", { name: "Cancel" }).click();

    await ana.context.setOffline(false);
    await bo
      .message("warm")
      .getByRole("button", { name: /^👍 1: Ana/ })
      .waitFor();
    await pollOf(bo).getByRole("button", { name: "Garden, 1 vote" }).waitFor();
    await bo.message("typo").waitFor({ state: "detached" });
    expect(await bo.texts()).toEqual([expect.stringContaining("unsent"), "warm", "cold"]);
    const marks = () => ana.program.must(200, "GET", `/v1/conversations/${id}/marks`);
    await expect.poll(marks).toMatchObject({ starred: [2], hidden: [{ from: 3, to: 3 }] });
    await ana.banner.waitFor({ state: "hidden" });
    await isShown();
    await page.reload();
    await isShown();
  });

  test("[G13] an address without its # opens the app there, with and without network; any other path is not found", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.program("bo")]);
    await ana.startChat(bo.handle);
    await ana.send("hello");
    await expect.poll(() => hasStored(ana, "hello")).toBe(true);
    await hasShell(ana);
    const { url } = rig;
    const address = new URL(ana.page.url()).hash.slice(1);
    expect(address).toMatch(/^\/u\/[^/]+\/c\//);
    for (const isOffline of [false, true]) {
      await ana.context.setOffline(isOffline);
      await ana.page.goto(url + address);
      await ana.message("hello").waitFor();
      expect(ana.page.url()).toBe(`${url}/#${address}`);
    }
    await ana.context.setOffline(false);
    const answer = await ana.page.goto(`${url}/v2/me`);
    expect(answer?.status()).toBe(404);
    await ana.page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    await ana.page.getByRole("link", { name: "Open Parley" }).click();
    await ana.row("Bo").waitFor();
  });

  test("[W5] the banner says what is true: no network, then nothing", async () => {
    const ana = await rig.person("Ana", withWorker);
    await expect.poll(() => ana.banner.count()).toBe(0);
    await ana.context.setOffline(true);
    await ana.page.getByText("You are offline. What you write is kept and sent later.").waitFor();
    await ana.context.setOffline(false);
    await ana.banner.waitFor({ state: "hidden" });
  });
});
