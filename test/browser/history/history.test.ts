import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";
import { openIdOf, sendMany } from "../../rig/browser/many-messages.ts";

describe.skipIf(lacksChromium())("history", () => {
  const rig = browsing();

  test("[W6] older history comes in without moving the view, and only messages near it are in the page", async () => {
    const bo = await rig.person("Bo");
    const { writer, chat } = await rig.writer("Ana", bo);
    await sendMany(writer, chat, 240);
    await bo.hasUnread("Ana", 240);
    await bo.open("Ana");
    // At the first unread message, although it is far from the newest.
    await bo.message("line 1 word").waitFor();
    await bo.page.getByTestId("unread-border").waitFor();
    expect(Number(await bo.row("Ana").getAttribute("data-unread"))).toBeGreaterThan(200);

    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await bo.message("line 240").waitFor();
    await expect.poll(() => bo.row("Ana").getAttribute("data-unread")).toBe("0");
    expect(await bo.page.getByTestId("message").count()).toBeLessThan(60);

    const walk = await bo.page.getByRole("log").evaluate(walkThrough, { way: -1, goal: 1 });
    expect(walk.faults).toEqual([]);
    expect(walk.seen).toBe(240);
  });

  test("[W6] [C4] through 3,000 messages up and down again the page holds a part of them, in order, and the view stays where it is", async () => {
    const count = 3_000;
    const bo = await rig.person("Bo");
    const { writer, chat } = await rig.writer("Ana", bo);
    await sendMany(writer, chat, count);
    await bo.hasUnread("Ana", count);
    await bo.open("Ana");
    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await bo.message(`line ${count}`).waitFor();
    const timeline = bo.page.getByRole("log");
    for (const way of [-1, 1]) {
      const walk = await timeline.evaluate(walkThrough, { way, goal: way === -1 ? 1 : count });
      expect(walk.faults).toEqual([]);
      expect(walk.seen).toBeGreaterThan(count - 100);
      expect(walk.heightMax).toBeLessThan(1_900 * 50);
    }
    await bo.page.getByTestId("hole").waitFor({ state: "detached" });
  }, 240_000);

  test("[W6] a page that arrives late leaves the view where it is", async () => {
    const [ana, bo] = await Promise.all([signUp(rig.url, "ana"), signUp(rig.url, "bo")]);
    const chat = await ana.dm(bo);
    await sendMany(ana, chat, 170);
    // Bo has read all of it, on another device: this browser has none of it.
    await bo.must(204, "POST", `/v1/conversations/${chat}/receipts`, { read: 170 });
    const device = await rig.person("Somebody");
    const { page } = device;
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Add an account" }).click();
    await device.signIn(bo.handle, bo.password);
    // A page that is asked for arrives when it is let in.
    const gates = [Promise.withResolvers<void>()];
    const letIn = () => {
      gates.push(Promise.withResolvers());
      gates.at(-2)?.resolve();
    };
    await page.route("**/messages?*before=*", async (route) => {
      await gates.at(-1)?.promise;
      await route.continue();
    });
    await device.open("Ana");
    await device.message("line 170").waitFor();
    // There is older history, and it is far from the view.
    await expect.poll(() => page.getByText("Loading…").count()).toBe(0);
    const timeline = page.getByRole("log");
    const firstSeq = () => page.getByTestId("message").first().getAttribute("data-seq").then(Number);
    for (let round = 0; round < 3; round++) {
      await timeline.evaluate((element) => {
        element.scrollTop = 0;
      });
      await device.standsStill();
      const seq = await firstSeq();
      if (seq === 1) break;
      const first = page.locator(`[data-testid=message][data-seq="${seq + 1}"]`);
      const topOf = () => first.evaluate((element) => element.getBoundingClientRect().top);
      const before = await topOf();
      letIn();
      await expect.poll(firstSeq).toBeLessThan(seq);
      expect(Math.abs((await topOf()) - before)).toBeLessThan(3);
    }
    letIn();
    await page.unroute("**/messages?*before=*");
    await timeline.evaluate((element) => {
      element.scrollTop = 0;
    });
    await device.page.getByText("started the chat").waitFor();
  });

  test("new messages do not scroll the view of somebody who reads further up", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await sendMany(ana.program, openIdOf(ana), 60);
    await bo.hasUnread("Ana", 60);
    await bo.open("Ana");
    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await bo.message("line 60").waitFor();
    await expect.poll(() => bo.row("Ana").getAttribute("data-unread")).toBe("0");
    const timeline = bo.page.getByRole("log");
    await timeline.evaluate((element) => {
      element.scrollTop -= 900;
    });
    await bo.standsStill();
    const top = await timeline.evaluate((element) => element.scrollTop);
    await ana.send("something new");
    await bo.page.getByRole("button", { name: "To the newest, 1 unread" }).waitFor();
    expect(Math.abs((await timeline.evaluate((element) => element.scrollTop)) - top)).toBeLessThan(3);
    await bo.page.getByRole("button", { name: "To the newest, 1 unread" }).click();
    await bo.message("something new").waitFor();
    await expect.poll(() => ana.markOf("something new")).toBe("read");
  });

  test("a long text is shown in part, and whole when asked for", async () => {
    const bo = await rig.person("Bo");
    const { writer, chat } = await rig.writer("Ana", bo);
    const text = `begin ${"word ".repeat(6_000)}end`;
    await writer.send(chat, text);
    await bo.hasUnread("Ana", 1);
    await bo.open("Ana");
    await bo.message("begin").waitFor();
    expect((await bo.texts())[0]?.length).toBeLessThan(2_000);
    await bo.message("begin").getByRole("button", { name: "Show all" }).click();
    await expect.poll(async () => (await bo.texts())[0]?.length).toBe(text.length);
  });
});

/**
 * Scrolls in steps until the message `goal` is in the page, and notes at each step what is wrong. Each step is shorter than the view, and waits until
 * the view is rendered: nothing is passed unseen, however slow the page is. Runs in the page.
 */
async function walkThrough(element: Element, { way, goal }: { way: number; goal: number }) {
  /** The messages that are in the page, in order; a hole has the seq 0. */
  const inPage = () =>
    [...element.querySelectorAll("[data-testid=message], [data-testid=hole]")].map((each) => ({
      seq: Number(each.getAttribute("data-seq") ?? 0),
      top: each.getBoundingClientRect().top,
    }));
  const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const isRendered = () => {
    const view = element.getBoundingClientRect();
    const rows = [...element.querySelectorAll(".timeline-row")].map((row) => row.getBoundingClientRect());
    const [top, bottom] = [Math.min(...rows.map((row) => row.top)), Math.max(...rows.map((row) => row.bottom))];
    const isFirst = element.scrollTop < 60;
    const isLast = element.scrollHeight - element.scrollTop - view.height < 60;
    return (isFirst || top <= view.top) && (isLast || bottom >= view.bottom);
  };
  const seen = new Set<number>();
  const faults: string[] = [];
  const note = (rows: ReturnType<typeof inPage>) => {
    for (const [index, { seq }] of rows.entries()) {
      if (seq !== 0) seen.add(seq);
      const before = rows[index - 1]?.seq ?? 0;
      if (seq !== 0 && before !== 0 && seq !== before + 1) faults.push(`${seq} follows ${before}`);
    }
  };
  const middle = () => inPage().find(({ seq, top }) => seq !== 0 && top > 200 && top < 600);
  let heightMax = 0;
  note(inPage());
  for (let round = 0; round < 5_000 && !seen.has(goal); round++) {
    const isAtHole = inPage().some(({ seq, top }) => seq === 0 && top > -100 && top < 900);
    // At a hole it waits, as a reader would.
    if (!isAtHole) element.scrollTop += way * 480;
    for (let waits = 0; ; waits++) {
      await rest(10);
      if (isRendered()) break;
      if (waits === 1_000) return { seen: seen.size, faults: [...faults, "not rendered"], heightMax };
    }
    note(inPage());
    heightMax = Math.max(heightMax, element.scrollHeight);
    if (round % 30 !== 0 || isAtHole) continue;
    // Pages come in and go while nobody scrolls: the view does not move, once the rows that have come into view are measured.
    let still = middle();
    // Several frames alike, for one may be late.
    for (let alike = 0, frames = 0; alike < 5 && frames < 600; frames++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = middle();
      if (now?.seq === still?.seq && now?.top === still?.top) alike++;
      else [still, alike] = [now, 0];
    }
    await rest(200);
    const later = inPage().find(({ seq }) => seq === still?.seq);
    if (Math.abs((later?.top ?? 0) - (still?.top ?? 0)) >= 4) faults.push(`${still?.seq} moved`);
  }
  return { seen: seen.size, faults, heightMax };
}
