import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { openIdOf, sendMany } from "../../rig/browser/many-messages.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("reading", () => {
  const rig = browsing();
  /** About the messages of one view: a message is rendered, shown by a frame and counted as read at different moments. */
  const viewMessages = 40;

  async function unreadOf(person: WebPerson, title: string): Promise<number> {
    return Number(await person.row(title).getAttribute("data-unread"));
  }

  /** Notes each message that a frame shows. Runs in the page. */
  function recordSeen() {
    const seen = new Set<number>();
    Reflect.set(window, "seenSeqs", seen);
    const look = () => {
      const log = document.querySelector("[role=log]");
      const box = log?.getBoundingClientRect();
      for (const each of log?.querySelectorAll("[data-seq]") ?? []) {
        const { top, bottom } = each.getBoundingClientRect();
        if (box !== undefined && bottom > box.top && top < box.bottom) seen.add(Number(each.getAttribute("data-seq")));
      }
      requestAnimationFrame(look);
    };
    look();
  }

  /** How many messages from the first one on were seen, none left out. */
  async function seenInRow(person: WebPerson): Promise<number> {
    return await person.page.evaluate(() => {
      const seen: Set<number> = Reflect.get(window, "seenSeqs");
      let last = 0;
      while (seen.has(last + 1)) last++;
      return last;
    });
  }

  /** Hides the page as a window does that covers it, or shows it again. */
  async function look(person: WebPerson, isLookedAt: boolean): Promise<void> {
    await person.page.evaluate(
      (state) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
        document.dispatchEvent(new Event("visibilitychange"));
      },
      isLookedAt ? "visible" : "hidden",
    );
  }

  test("[W21] of 1,000 unread messages only those count as read that were on screen, by wheel, keys and scroll bar", async () => {
    const count = 1_000;
    const bo = await rig.person("Bo");
    const { writer, chat } = await rig.writer("Ana", bo);
    await sendMany(writer, chat, count);
    await expect.poll(() => unreadOf(bo, "Ana")).toBe(count);
    await bo.page.evaluate(recordSeen);
    await bo.open("Ana");
    await bo.page.getByTestId("unread-border").waitFor();
    const log = bo.page.getByRole("log");
    const settle = async () => {
      await bo.page.waitForTimeout(400);
      const [unread, seen] = [await unreadOf(bo, "Ana"), await seenInRow(bo)];
      expect(count - unread).toBeLessThanOrEqual(seen + viewMessages);
      return { unread, seen };
    };

    await log.hover();
    // Each turn is rendered before the next one: several in one frame would be a leap.
    for (let turn = 0; turn < 8; turn++) {
      await bo.standsStill();
      await bo.page.mouse.wheel(0, 500);
    }
    // The wheel skips nothing, and messages that were passed are read. The inbox is told a second later.
    await expect.poll(async () => (await settle()).unread).toBeLessThan(count - 70);
    await bo.page.getByTestId("message").nth(14).focus();
    for (let turn = 0; turn < 4; turn++) {
      await bo.page.keyboard.press("PageDown");
      await bo.standsStill();
    }
    await expect.poll(async () => (await settle()).unread).toBeLessThan(count - 100);
    await bo.page.keyboard.press("End");
    expect((await settle()).unread).toBeGreaterThan(count / 2);
    for (let turn = 0; turn < 15; turn++) {
      await bo.page.mouse.wheel(0, 2_500);
      await bo.page.waitForTimeout(16);
    }
    await settle();
    await log.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await bo.message(`line ${count}`).waitFor();
    expect((await settle()).unread).toBeGreaterThan(0);
    // At the end the button is still there that marks all as read.
    await bo.page.getByRole("button", { name: /^To the newest, \d+ unread/ }).click();
    await expect.poll(() => unreadOf(bo, "Ana")).toBe(0);
  });

  test("[W21] messages that stream in are read while they do", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("first");
    await bo.open("Ana");
    await expect.poll(() => unreadOf(bo, "Ana")).toBe(0);
    // There is no pause in the stream until one of its messages is read.
    let isRead = false;
    const streaming = (async () => {
      for (let n = 0; !isRead; n++) {
        void ana.program.send(openIdOf(ana), `stream ${n}`).catch(() => undefined);
        await bo.page.waitForTimeout(90);
      }
    })();
    const read = ana.message("stream").and(ana.page.locator("[data-mark=read]"));
    await expect
      .poll(() => read.count())
      .toBeGreaterThan(0)
      .finally(() => (isRead = true));
    await streaming;
  });

  test("[W23] messages that came while nobody looked begin under a line, and somebody who comes back is taken there", async () => {
    const bo = await rig.person("Bo");
    const { writer: program, chat } = await rig.writer("Ana", bo);
    await sendMany(program, chat, 60);
    await bo.hasUnread("Ana", 60);
    await bo.open("Ana");
    await bo.page.getByRole("button", { name: /^To the newest/ }).click();
    await expect.poll(() => unreadOf(bo, "Ana")).toBe(0);
    await bo.standsStill();
    await look(bo, false);
    for (let n = 1; n <= 40; n++) await program.send(chat, `while away ${n} ${"x ".repeat(n)}`);
    await expect.poll(() => unreadOf(bo, "Ana")).toBe(40);
    await look(bo, true);
    const border = bo.page.getByTestId("unread-border");
    await border.waitFor();
    await expect
      .poll(async () => ((await border.boundingBox())?.y ?? 0) > 60 && ((await border.boundingBox())?.y ?? 999) < 740)
      .toBe(true);
    const first = bo.message("while away 1 x");
    await expect.poll(async () => (await first.boundingBox())?.y ?? 0).toBeGreaterThan(60);
    await bo.page.waitForTimeout(500);
    expect(await unreadOf(bo, "Ana")).toBeGreaterThan(10);
  });
});
