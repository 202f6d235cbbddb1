import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { openIdOf, programOf, sendMany } from "../../rig/browser/many-messages.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("heights", () => {
  const rig = browsing();

  async function gapOf(person: WebPerson): Promise<number> {
    const log = person.page.getByRole("log");
    return await log.evaluate((each) => Math.round(each.scrollHeight - each.clientHeight - each.scrollTop));
  }

  async function topOf(person: WebPerson, seq: number): Promise<number> {
    const message = person.page.locator(`[data-testid=message][data-seq="${seq}"]`);
    return await message.evaluate((each) => each.getBoundingClientRect().top);
  }

  /** Ana has written sixty lines to this person, who is at their end. */
  async function atTheEndOfMany(person: WebPerson) {
    const ana = await rig.writer("Ana", person);
    await sendMany(ana.writer, ana.chat, 60);
    await person.hasUnread("Ana", 60);
    await person.open("Ana");
    await person.page.getByRole("button", { name: /^To the newest/ }).click();
    await person.message("line 60").waitFor();
    await expect.poll(() => gapOf(person)).toBeLessThan(2);
    return ana;
  }

  /** The widths of the history and of the chat around it: before a button is pressed, as soon as it was, and some frames later. */
  async function widthsAround(person: WebPerson, button: string): Promise<readonly (readonly [number, number])[]> {
    return await person.page
      .getByRole("button", { name: button, exact: true })
      .evaluate(async (element: HTMLElement) => {
        const widths = (): [number, number] => [
          document.querySelector<HTMLElement>(".timeline")?.offsetWidth ?? 0,
          document.querySelector<HTMLElement>(".pane")?.offsetWidth ?? 0,
        ];
        const before = widths();
        element.click();
        await Promise.resolve();
        const atOnce = widths();
        await new Promise((resolve) => setTimeout(resolve, 500));
        return [before, atOnce, widths()];
      });
  }

  test("[W129] the details come and go at once, the history has its new width a frame later, and its end stays in view", async () => {
    const bo = await rig.person("Bo", { viewport: { width: 1280, height: 800 } });
    await atTheEndOfMany(bo);
    // What is pressed looks pressed until it is let go.
    const details = bo.page.getByRole("button", { name: "Details" });
    const shade = () => details.evaluate((button) => getComputedStyle(button).boxShadow);
    await details.hover();
    expect(await shade()).toBe("none");
    await bo.page.mouse.down();
    expect(await shade()).toContain("inset");
    await bo.page.mouse.move(600, 300);
    await bo.page.mouse.up();
    expect(await shade()).toBe("none");
    for (const button of ["Details", "Close the details"]) {
      const [before, atOnce, after] = await widthsAround(bo, button);
      expect(atOnce?.[0], button).toBe(before?.[0]);
      expect(after?.[0], button).not.toBe(before?.[0]);
      expect(after?.[0], button).toBe(after?.[1]);
      await expect.poll(() => gapOf(bo), { message: button }).toBeLessThan(2);
    }
    await expect.poll(() => bo.page.locator(".panel").count()).toBe(0);
  });

  test("[W22] the newest messages stay in view when the composer, a bar or a keyboard takes room", async () => {
    const bo = await rig.person("Bo");
    const { writer, chat } = await atTheEndOfMany(bo);

    await bo.composer.fill("a\nb\nc\nd\ne\nf\ng\nh");
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    await writer.send(chat, "while they write");
    await bo.message("while they write").waitFor();
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    await bo.composer.fill("");
    await bo.choose("while they write", "Reply");
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    await bo.page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    await bo.page.setViewportSize({ width: 390, height: 500 });
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    await writer.send(chat, "while a keyboard is open");
    await bo.message("while a keyboard is open").waitFor();
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    // A phone that is turned, and larger letters, make the newest message much higher.
    await writer.send(chat, `turned ${"word ".repeat(150)}`);
    await bo.message("turned").waitFor();
    await bo.page.setViewportSize({ width: 844, height: 390 });
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    await bo.page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    for (let n = 0; n < 8; n++) await writer.send(chat, `The chair came, too, and I have taught it manners, ${n}`);
    await bo.message("manners, 7").waitFor();
    await bo.page.setViewportSize({ width: 820, height: 1000 });
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    await bo.page.evaluate(() => (document.documentElement.style.fontSize = "150%"));
    await expect.poll(() => gapOf(bo)).toBeLessThan(2);
    expect(await bo.page.locator(".timeline-older").count()).toBe(0);
  });

  test("[W22] a view at the end stays there when others' messages come before one's own that waited", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.program("bo")]);
    await ana.startChat(bo.handle);
    const id = openIdOf(ana);
    await sendMany(await programOf(rig.url, ana), id, 60);
    await ana.message("line 60").waitFor();
    await ana.context.setOffline(true);
    for (const text of ["waits 1", "waits 2"]) {
      await ana.composer.fill(text);
      await ana.composer.press("Enter");
      await ana.message(text).waitFor();
    }
    await expect.poll(() => gapOf(ana)).toBeLessThan(2);
    expect(await ana.markOf("waits 1")).toBe("sending");
    await sendMany(bo, id, 20, (n) => `meanwhile ${n}`);
    await ana.context.setOffline(false);
    await ana.message("meanwhile 20").waitFor();
    await expect.poll(() => ana.markOf("waits 2")).not.toBe("sending");
    await expect.poll(() => gapOf(ana)).toBeLessThan(2);
    expect((await ana.texts()).slice(-3)).toEqual(["meanwhile 20", "waits 1", "waits 2"]);
  });

  test("[W22] edits, reactions and unsends above the view leave it where it is", async () => {
    const bo = await rig.person("Bo");
    const { writer: program, chat: id } = await rig.writer("Ana", bo);
    await sendMany(program, id, 100);
    await bo.hasUnread("Ana", 100);
    await bo.open("Ana");
    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await bo.message("line 100").waitFor();
    const log = bo.page.getByRole("log");
    await log.hover();
    for (const way of [-1_500, 200]) {
      await bo.page.mouse.wheel(0, way);
      await bo.standsStill();
      // The first message that begins in view. The one before it reaches into the view, or lies above it.
      const seq = await log.evaluate((element) => {
        const edge = element.getBoundingClientRect().top;
        const rows = [...element.querySelectorAll(".timeline-row")];
        const first = rows.find((row) => row.getBoundingClientRect().top >= edge);
        return Number(first?.querySelector("[data-seq]")?.getAttribute("data-seq"));
      });
      const before = await topOf(bo, seq);
      const path = `/v1/conversations/${id}/messages`;
      for (const back of [1, 2, 4, 30])
        await program.must(200, "PATCH", `${path}/${seq - back}`, { text: `edited ${way} ${"word ".repeat(120)}` });
      for (const back of [1, 3])
        await program.must(200, "PUT", `${path}/${seq - back}/reactions/${encodeURIComponent("👍")}`);
      await program.must(200, "DELETE", `${path}/${seq - 4}`);
      const textOf = (each: number) => bo.page.locator(`[data-testid=message][data-seq="${each}"]`).textContent();
      await expect.poll(() => textOf(seq - 1)).toContain(`edited ${way}`);
      await expect.poll(() => textOf(seq - 4)).toContain("unsent");
      await bo.standsStill();
      expect(Math.abs((await topOf(bo, seq)) - before)).toBeLessThan(3);
    }
  });

  test("[W22] a long text that is opened at the end of a chat is read from where it was opened", async () => {
    const bo = await rig.person("Bo");
    const { writer, chat } = await rig.writer("Ana", bo);
    await writer.send(chat, `begin ${"word ".repeat(3_000)}end`);
    await bo.hasUnread("Ana", 1);
    await bo.open("Ana");
    await bo.message("begin").waitFor();
    await bo.standsStill();
    // Near enough to the end to follow what comes.
    expect(await gapOf(bo)).toBeLessThan(80);
    const showAll = bo.message("begin").getByRole("button", { name: "Show all" });
    // The click itself would bring the whole button into view, which moves the message.
    await showAll.scrollIntoViewIfNeeded();
    await bo.standsStill();
    const before = await topOf(bo, 1);
    await showAll.click();
    await expect.poll(async () => (await bo.texts())[0]?.length ?? 0).toBeGreaterThan(14_000);
    await bo.standsStill();
    expect(Math.abs((await topOf(bo, 1)) - before)).toBeLessThan(3);
    expect(await gapOf(bo)).toBeGreaterThan(300);
  });
});
